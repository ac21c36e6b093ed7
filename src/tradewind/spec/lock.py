"""deploy.lock, beside deploy.yaml and meant to be committed: what a spec resolved to, per environment and provider.

A price refresh, a new image or a colleague's newer tool changes nothing by itself; `deploy lock --upgrade` does, visibly.
Absent values are left out, keys are sorted, one value stands on one line: a change is a small diff.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tradewind.errors import Problem, SpecError

NAME = "deploy.lock"
SCHEMA = "tradewind/lock/1"
_VERSION = 1
_HEADER = """\
# What deploy.yaml resolved to, so that it resolves to the same again. Made by tradewind: commit it, do not edit it.
# `deploy lock` shows what would change, `deploy lock --upgrade` changes it.
"""


class _Locked(BaseModel):
    # Keys that a newer tool of the same schema adds are kept out of our way, not lost: see DeployLock.read.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class LockedPart(_Locked):
    """What training, or serving, runs on."""

    machine: str | None = None  # the catalogue's id of the machine type
    image: str | None = None  # with its digest where the registry gives one
    need: str | None = None  # digest of the hardware and framework asked for, which these answer
    cpus: float | None = None  # of the machine
    memory_gib: float | None = None
    gpu: str | None = None
    gpus: int | None = None


class LockedFoundation(_Locked):
    """The ground, as `infra up` published it."""

    root: str
    region: str = ""
    outputs: Mapping[str, str] = Field(default_factory=dict)
    source: str = ""


class LockedTarget(_Locked):
    """One environment on one provider."""

    region: str | None = None
    runtime: str | None = None  # version of tradewind's own bootstrap and server
    catalogue: str | None = None  # date of the catalogue of prices and machines, YYYY-MM-DD
    train: LockedPart | None = None
    serve: LockedPart | None = None
    foundation: LockedFoundation | None = None
    inputs: Mapping[str, str] = Field(default_factory=dict)  # name -> sha256:... of the listing


class LockedEnvironment(_Locked):
    last_provider: str | None = None  # served last; a move says that the old endpoint still bills
    providers: Mapping[str, LockedTarget] = Field(default_factory=dict)


class DeployLock(_Locked):
    """The whole file. Frozen: `with_target` and `with_last_provider` return a changed copy."""

    environments: Mapping[str, LockedEnvironment] = Field(default_factory=dict)

    def target(self, environment: str, provider: str) -> LockedTarget | None:
        """What is pinned, or None where nothing was resolved yet."""
        found = self.environments.get(environment)
        return found.providers.get(provider) if found else None

    def last_provider(self, environment: str) -> str | None:
        found = self.environments.get(environment)
        return found.last_provider if found else None

    def with_target(self, environment: str, provider: str, target: LockedTarget) -> Self:
        before = self.environments.get(environment, LockedEnvironment())
        after = before.model_copy(update={"providers": {**before.providers, provider: target}})
        return self._with(environment, after)

    def with_last_provider(self, environment: str, provider: str | None) -> Self:
        before = self.environments.get(environment, LockedEnvironment())
        return self._with(environment, before.model_copy(update={"last_provider": provider}))

    def without(self, environment: str, provider: str | None = None) -> Self:
        """Forget one target, or the whole environment. Unknown ones are no error."""
        before = self.environments.get(environment)
        if before is None:
            return self
        if provider is None:
            left = {name: found for name, found in self.environments.items() if name != environment}
            return self.model_copy(update={"environments": left})
        targets = {name: found for name, found in before.providers.items() if name != provider}
        return self._with(environment, before.model_copy(update={"providers": targets}))

    def _with(self, environment: str, after: LockedEnvironment) -> Self:
        return self.model_copy(update={"environments": {**self.environments, environment: after}})

    @classmethod
    def read(cls, path: Path) -> Self:
        """`path` is the file, or the folder it stands in. No file: an empty lock.

        Raises SpecError TW020 for a file that is no lock, TW021 for one that a newer tradewind wrote.
        """
        path = _file(path)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError) as error:
            raise _corrupt(path, f"cannot be read: {error}") from None
        return cls.parse(text, path)

    @classmethod
    def parse(cls, text: str, path: Path = Path(NAME)) -> Self:
        """`read` on text."""
        from tradewind.spec.nodes import Dict, Node, Scalar
        from tradewind.spec.yaml12 import parse

        try:
            root, twice = parse(text, str(path))
        except SpecError as error:
            raise SpecError(error.problems, code="TW020", hint=_REMEDY) from None
        if twice:  # the trace of a merge that went wrong
            raise SpecError(twice, code="TW020", hint=_REMEDY)

        def texts(node: Node) -> Any:
            if isinstance(node, Scalar):
                return None if node.value is None else node.raw
            return (
                {k: texts(v) for k, v in node.items.items()}
                if isinstance(node, Dict)
                else [texts(v) for v in node.items]
            )

        data = texts(root)
        _check_schema(str(data.pop("schema", "")), path)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise _corrupt(path, f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None

    def text(self) -> str:
        """The file's content: sorted, without what is not known."""
        import yaml

        data = _sorted(self.model_dump(exclude_none=True, exclude_defaults=True))
        body = yaml.safe_dump(data, sort_keys=False, allow_unicode=False, default_flow_style=False, width=10_000)
        return f"{_HEADER}schema: {SCHEMA}\n{body if data else ''}"

    def write(self, path: Path) -> bool:
        """Write beside deploy.yaml (`path` is the file or its folder), whole or not at all. False where nothing changed.

        Raises SpecError TW022 where the folder cannot be written.
        """
        path = _file(path)
        text = self.text()
        try:
            if path.exists() and path.read_text(encoding="utf-8") == text:
                return False
        except (OSError, UnicodeDecodeError):
            pass  # unreadable is not the same: it is replaced below, or the reason is given there
        try:
            _replace(path, text)
        except OSError as error:
            problem = Problem("", f"cannot be written: {error.strerror or error}", str(path))
            raise SpecError(
                [problem], code="TW022", hint="make the folder writable, or run from a checkout that is"
            ) from None
        return True


_REMEDY = "restore it from git (`git checkout deploy.lock`), or delete it and run `deploy lock` to resolve anew"


def _file(path: Path) -> Path:
    return path / NAME if path.is_dir() else path


def _corrupt(path: Path, said: str) -> SpecError:
    return SpecError([Problem("", said, str(path))], code="TW020", hint=_REMEDY)


def _check_schema(said: str, path: Path) -> None:
    family, _, version = said.rpartition("/")
    if family != SCHEMA.rpartition("/")[0] or not version.isdigit():
        raise _corrupt(path, f"is no deploy.lock: its `schema` should be {SCHEMA}")
    if int(version) > _VERSION:
        problem = Problem("schema", f"was written by a newer tradewind ({said}; this one knows {SCHEMA})", str(path))
        raise SpecError([problem], code="TW021", hint="upgrade tradewind to the version that your colleagues use")


def _sorted(value: Any) -> Any:
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


def _replace(path: Path, text: str) -> None:
    """Through a file of its own in the same folder: a reader sees the old or the new, never half."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
