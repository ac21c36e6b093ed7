"""Resources without a service behind them: what was asked for is kept in a file, and what the cloud would make up is made up."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import uuid
from pathlib import Path

from tradewind.sandbox.pulumi import answers, shapes
from tradewind.sandbox.pulumi.carrier import Asked, Made, Values

# The inputs that name a thing in its cloud: with another one it is another thing.
NAMES = frozenset(
    (
        *("name", "accountId", "roleId", "secretId", "repositoryId", "keyRingId", "bucket", "location", "project"),
        *("region", "accountName", "resourceGroupName", "containerName", "blobName", "vaultName", "registryName"),
        *("workspaceName", "roleAssignmentName", "roleDefinitionId", "resourceName"),
    )
)


class Kept:
    """Resources of one package. Raises FileExistsError where a name is taken, KeyError where a thing is gone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._held: dict[str, Values] = json.loads(file.read_text()) if file.exists() else {}

    def held(self) -> dict[str, Values]:
        with self._lock:
            return json.loads(json.dumps(self._held))  # type: ignore[no-any-return]

    def lose(self, id: str) -> None:
        with self._lock:
            del self._held[id]
            self._write()

    def change(self, id: str, **values: object) -> None:
        """Behind Pulumi's back."""
        with self._lock:
            self._held[id].update(values)
            self._write()

    def replaces(self, token: str) -> frozenset[str]:
        return NAMES

    def named_by(self, token: str) -> str:
        return ""

    def create(self, asked: Asked, inputs: Values) -> Made:
        id = _id(asked, inputs)
        with self._lock:
            if id in self._held:
                raise FileExistsError(f"{asked.token} {id} already exists")
            self._held[id] = {**inputs, "__type": asked.token}
            self._write()
        return id, _made_up(asked, id, inputs)

    def read(self, asked: Asked, id: str, state: Values) -> Values | None:
        with self._lock:
            held = self._held.get(id)
            return None if held is None else {key: value for key, value in held.items() if key != "__type"}

    def update(self, asked: Asked, id: str, olds: Values, news: Values) -> Values:
        with self._lock:
            self._held[id] = {**news, "__type": self._held[id]["__type"]}
            self._write()
        return _made_up(asked, id, news)

    def delete(self, asked: Asked, id: str, state: Values) -> None:
        with self._lock:
            self._held.pop(id, None)
            self._write()

    def invoke(self, token: str, args: Values, config: dict[str, str]) -> Values:
        return answers.given(token, args, config)

    def _write(self) -> None:
        beside = self._file.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(self._held, out, indent=1, sort_keys=True)  # secrets among them
        os.replace(beside, self._file)


def _id(asked: Asked, inputs: Values) -> str:
    told = "/".join(str(inputs[name]) for name in sorted(NAMES & inputs.keys()) if isinstance(inputs[name], str))
    rest = hashlib.sha256(json.dumps([asked.name, inputs], sort_keys=True).encode()).hexdigest()[:12]
    kind = asked.token.rsplit(":", 1)[1]
    return f"{kind}/{told or rest}" if _names_itself(inputs) else f"{kind}/{told}/{rest}".replace("//", "/")


def _names_itself(inputs: Values) -> bool:
    return any(name in inputs for name in NAMES - {"location", "project", "region", "resourceGroupName", "bucket"})


def _made_up(asked: Asked, id: str, inputs: Values) -> Values:
    """One of the cloud's own forms where others depend on it; else a text that nothing else has."""
    known = {**({"project": asked.project} if asked.project else {}), **inputs}
    for name, kind in shapes.gives(asked.token).items():
        if name not in known and kind in (str, "str"):
            known[name] = _text(asked, id, name, known)
    return known


def _text(asked: Asked, id: str, name: str, known: Values) -> str:
    mail = f"{known.get('accountId', asked.name)}@{known.get('project') or asked.project or 'project'}.iam.gserviceaccount.com"
    forms = {
        "email": mail,
        "member": f"serviceAccount:{mail}",
        "arn": f"arn:aws:sandbox:{asked.region}:123456789012:{id}",
        "region": asked.region,
        "name": str(known.get("accountName") or known.get("resourceGroupName") or asked.name),
        "url": f"gs://{known.get('name', asked.name)}",
    }
    if name.endswith("Id") and asked.token.startswith("azure-native:"):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{id}/{name}"))
    return forms.get(name, f"{id}/{name}")
