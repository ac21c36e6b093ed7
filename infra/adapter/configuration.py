"""What a stack is asked to be: what its own file keeps, over that what is said now, without what deploy.yaml no longer says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradewind.errors import RefusedError
from tradewind.infra import whole
from tradewind.infra.adapter import files
from tradewind.infra.adapter.workspace import Place, on_disk

OF_ANOTHER_CLOUD = "TW817"
OF_SPEC = "deploy:spec"  # names of keys that deploy.yaml gave; a namespace of its own, which no program reads


@dataclass(frozen=True)
class Asked:
    kept: Mapping[str, Any]
    wanted: Mapping[str, Any]

    @property
    def changed(self) -> Mapping[str, Any]:
        return {key: value for key, value in self.wanted.items() if typed(self.kept.get(key)) != typed(value)}

    @property
    def gone(self) -> list[str]:
        return [key for key in self.kept if key not in self.wanted]


def typed(value: Any) -> Any:
    """A list or an object as it stands in a stack's file; a schema of Pulumi.yaml takes no text for them."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def text(value: Any) -> str:
    """As it is said by -c."""
    return value if isinstance(value, str) else json.dumps(value)


def settings(place: Place) -> dict[str, Any]:
    """The stack's file as it is: with its salt or encrypted key, and with secrets as they are kept."""
    path = file(place)
    return files.document(path) if path else {}


def kept(place: Place) -> dict[str, Any]:
    """The configuration in that file."""
    path = file(place)
    return files.table(path, "config") if path else {}


def file(place: Place) -> Path | None:
    """The stack's own, where it is there."""
    name = place.stack.rpartition("/")[2]
    paths = [place.work / f"Pulumi.{name}.{kind}" for kind in ("yaml", "yml", "json")]
    return next((it for it in paths if it.is_file()), None)


def latest(place: Place, backend: str, project: str) -> bool:
    """Whether no other run changed the stack since its file was written, as far as a folder shows; others never show it.

    A checkout and this machine have each a file of their own for one stack.
    """
    path = file(place)
    if path is None or not backend.startswith("file://"):
        return False
    there = state(place, backend, project)
    return there is None or there.stat().st_mtime_ns <= path.stat().st_mtime_ns


def state(place: Place, backend: str, project: str) -> Path | None:
    """The stack's state in a folder, where it is there."""
    stacks, name = on_disk(backend, place.work) / ".pulumi" / "stacks", place.stack.rpartition("/")[2]
    # pkg/backend/diy: by project, in old backends without; gzip where PULUMI_DIY_BACKEND_GZIP says so
    paths = [stacks / of / f"{name}.{kind}" for of in (project, "") for kind in ("json", "json.gz")]
    return next((it for it in paths if it.is_file()), None)


def document(place: Place, wanted: Mapping[str, Any]) -> str:
    """The stack's file as it would be with that."""
    return yaml.safe_dump({**settings(place), "config": {key: typed(value) for key, value in wanted.items()}})


def keep(place: Place, wanted: Mapping[str, Any]) -> None:
    """In the file of an inline program's stack. It is newer than the state from then on: this run's update is the last."""
    path = file(place) or place.work / f"Pulumi.{place.stack.rpartition('/')[2]}.yaml"
    whole.put(path, document(place, wanted))
    path.touch()


def asked(place: Place, project: str, kept: Mapping[str, Any]) -> Asked:
    """`kept`: the file's configuration. Raises RefusedError TW817 where it is of another cloud than what is said."""
    said = {_full(key, project): value for key, value in place.config.items()}
    rest = {_full(key, project): value for key, value in place.defaults.items()}
    was, now = kept.get(f"{project}:cloud"), said.get(f"{project}:cloud")
    if was and now and was != now:
        raise RefusedError(
            f"stack {place.stack} holds a ground on {was}, and {now} was asked for",
            code=OF_ANOTHER_CLOUD,
            hint=f"Name another stack, as --stack {place.stack}-{now}.",
        )
    if place.of_spec is None:
        return Asked(kept, {**rest, **kept, **said})
    before = {_full(key, project) for key in str(kept.get(OF_SPEC, "")).split()}
    stays = {key: value for key, value in kept.items() if key not in before and key != OF_SPEC}
    mark = {OF_SPEC: " ".join(sorted(place.of_spec))} if place.of_spec else {}
    return Asked(kept, {**rest, **stays, **said, **mark})


def _full(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"
