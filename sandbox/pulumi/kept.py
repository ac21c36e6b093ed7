"""Resources without a service behind them: what was asked for is kept in a file, and what the cloud would make up is made up."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from tradewind.sandbox.pulumi import answers, replacing, shapes
from tradewind.sandbox.pulumi.carrier import Asked, Made, Values


class Kept:
    """Resources of one package. Raises FileExistsError where a name is taken, KeyError where a thing is gone.

    Thread-safe, and so between processes: two stacks may be worked on at once.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._turn = FileLock(file.with_suffix(".lock"))

    def held(self) -> dict[str, Values]:
        with self._lock:
            return self._read()

    def lose(self, id: str) -> None:
        with self._open() as held:
            del held[id]

    def change(self, id: str, **values: object) -> None:
        """Behind Pulumi's back."""
        with self._open() as held:
            held[id].update(values)

    def replaces(self, token: str) -> frozenset[str]:
        return replacing.of(token)

    def named_by(self, token: str) -> str:
        return ""

    def defaults(self, token: str) -> Mapping[str, Any]:
        return {}

    def create(self, asked: Asked, inputs: Values) -> Made:
        id = _id(asked, inputs)
        with self._open() as held:
            if id in held:
                raise FileExistsError(f"{asked.token} {id} already exists")
            held[id] = {**inputs, "__type": asked.token}
        return id, _made_up(asked, id, inputs)

    def read(self, asked: Asked, id: str, state: Values) -> Values | None:
        there = self.held().get(id)
        return None if there is None else {key: value for key, value in there.items() if key != "__type"}

    def update(self, asked: Asked, id: str, olds: Values, news: Values) -> Values:
        with self._open() as held:
            held[id] = {**news, "__type": held[id]["__type"]}
        return _made_up(asked, id, news)

    def delete(self, asked: Asked, id: str, state: Values) -> None:
        with self._open() as held:
            held.pop(id, None)

    def invoke(self, token: str, args: Values, config: dict[str, str]) -> Values:
        return answers.given(token, args, config)

    @contextlib.contextmanager
    def _open(self) -> Iterator[dict[str, Values]]:
        """Written at the end, unless something was raised."""
        with self._lock, self._turn:
            held = self._read()
            yield held
            beside = self.file.with_suffix(".new")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump(held, out, indent=1, sort_keys=True)  # secrets among them
            os.replace(beside, self.file)

    def _read(self) -> dict[str, Values]:
        return dict(json.loads(self.file.read_text())) if self.file.exists() else {}


def _id(asked: Asked, inputs: Values) -> str:
    if asked.token.startswith("azure-native:"):
        return _arm(asked, inputs)
    names = replacing.NAMES & inputs.keys()
    told = "/".join(str(inputs[name]) for name in sorted(names) if isinstance(inputs[name], str))
    rest = hashlib.sha256(json.dumps([asked.name, inputs], sort_keys=True).encode()).hexdigest()[:12]
    kind = asked.token.rsplit(":", 1)[1]
    return f"{kind}/{told or rest}" if _names_itself(inputs) else f"{kind}/{told}/{rest}".replace("//", "/")


def _names_itself(inputs: Values) -> bool:
    return any(name in inputs for name in replacing.NAMES - {"location", "project", "region", "bucket"})


def _arm(asked: Asked, inputs: Values) -> str:
    """As Resource Manager writes them; types are called by Pulumi's name here, which is mostly the singular of theirs."""
    _, module, kind = asked.token.split(":")
    group = f"/subscriptions/{asked.project}/resourceGroups/{inputs.get('resourceGroupName', '')}"
    if asked.token == "azure-native:resources:ResourceGroup":
        return group
    scope = str(inputs.get("scope") or inputs.get("resourceUri") or group)
    above = {"scope", "resourceUri", "resourceGroupName"}
    names = [str(inputs[it]) for it in replacing.named(asked.token) if it in inputs and it not in above]
    if not names:
        names = [asked.name]  # the last name is made up where none is given
    return "/".join((scope, "providers", f"Microsoft.{module.capitalize()}", f"{kind[0].lower()}{kind[1:]}s", *names))


def _made_up(asked: Asked, id: str, inputs: Values) -> Values:
    """One of the cloud's own forms where others depend on it; else a text that nothing else has."""
    known = {**({"project": asked.project} if asked.project else {}), **inputs}
    for name, kind in shapes.gives(asked.token).items():
        if name not in known and kind in (str, "str"):
            known[name] = _text(asked, id, name, known)
    return shapes.answered(asked.token, known, lambda name: _text(asked, id, name, known))


def _text(asked: Asked, id: str, name: str, known: Values) -> str:
    mail = f"{known.get('accountId', asked.name)}@{known.get('project') or asked.project or 'project'}.iam.gserviceaccount.com"
    forms = {
        "email": mail,
        "member": f"serviceAccount:{mail}",
        "arn": f"arn:aws:sandbox:{asked.region}:123456789012:{id}",
        "region": asked.region,
        "name": asked.name,
        "url": f"gs://{known.get('name', asked.name)}",
    }
    if asked.token.startswith("azure-native:"):
        last = id.rpartition("/")[2]
        if name.endswith("Id"):
            return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{id}/{name}"))
        uri = f"https://{known.get('vaultName', last)}.vault.azure.net/keys/{last}"
        forms |= {
            "name": last,
            "loginServer": f"{last}.azurecr.io",
            "keyUri": uri,
            "keyUriWithVersion": f"{uri}/{'0' * 32}",
        }
    return forms.get(name, f"{id}/{name}")
