"""Where an environment stands: its foundation from the spec, from deploy.lock, or from the provider.

`foundation: {stack: NAME}` is looked for in this order, and the first that is there counts:
1. deploy.lock beside deploy.yaml: what is pinned for this environment and provider;
2. foundation.json beside deploy.yaml, where its root is one that this provider stands on;
3. what `deploy infra up` left on this machine: `<home>/infra/published/NAME.json`, under the same condition;
4. the outputs of the stack itself, where the caller has a way to read them.
`{file: PATH or URI}` reads that one alone: a path is taken from deploy.yaml's folder, an s3://, gs:// or az:// URI is read
with the settings of the target. Nothing is written but by `pin`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tradewind.errors import Problem, SpecError, StorageError
from tradewind.home import published
from tradewind.providers.base import Grounded, Info, Storing
from tradewind.spec.lock import DeployLock, LockedFoundation, LockedTarget
from tradewind.spec.models import FoundationRef, Spec
from tradewind.spec.refs import SCHEMES
from tradewind.storage.opening import open_store
from tradewind.values import Foundation

SCHEMA = "tradewind/foundation/1"
PUBLISHED = "foundation.json"
NO_GROUND = "TW043"
Stacks = Callable[[str, Path], Foundation | None]
CLOUDS_SCHEMES = frozenset(SCHEMES) - {"file"}


def find(
    spec: Spec, info: Info, settings: BaseModel | None, environment: str, root: Path, stacks: Stacks | None = None
) -> Foundation | None:
    """What the spec says, else what the provider knows by itself.

    On a target that is this machine, a foundation that is no folder here is some cloud's, and the same spec still works;
    so does it on a cloud where the foundation is another one's: that cloud has no ground then.
    Raises SpecError for a file that is not there or is no foundation.
    """
    own = info.foundation(settings, spec.name, environment)
    said = _said(spec.foundation, info, settings, environment, root) if spec.foundation else None
    if said is None and stacks is not None and spec.foundation is not None and not info.free:
        said = stacks(spec.foundation.stack or environment, root)
    if own is not None and info.free and (said is None or not said.root.startswith("file:")):
        return own
    if said is not None and _of_another_cloud(said.root, info):
        return own
    return said or own


def elsewhere(spec: Spec, info: Info, settings: BaseModel | None, environment: str, root: Path) -> str:
    """The foundation's root where it is on another cloud than the target; else ""."""
    said = _said(spec.foundation, info, settings, environment, root) if spec.foundation else None
    return said.root if said is not None and _of_another_cloud(said.root, info) else ""


def unknown(info: Info, environment: str, elsewhere: str = "", stack: str = "") -> SpecError:
    """`elsewhere` is a root on another cloud, which the spec names; `stack` one that nothing was published of yet."""
    if stack and not elsewhere:
        text = f"nothing was published of stack {stack!r}, so nothing says where environment {environment!r} stands"
        hint = (
            "`deploy infra up` makes it and publishes it here; made elsewhere, name its file in the bucket:\n"
            "foundation: {file: BUCKET/PREFIX/foundation.json}"
        )
        return SpecError([Problem("foundation.stack", f"{text} on {info.title}", value=stack)], code="TW043", hint=hint)
    but = f"{elsewhere} is on another cloud, and " if elsewhere else ""
    problem = Problem("foundation", f"{but}nothing says where environment {environment!r} stands on {info.title}")
    hint = "give `foundation: {root: URI}` or `{file: PATH}` in deploy.yaml, or `{stack: NAME}` after `deploy infra up`"
    return SpecError([problem], code="TW043", hint=info.ground_hint if isinstance(info, Grounded) else hint)


def _of_another_cloud(root: str, info: Info) -> bool:
    found = root.partition("://")[0]
    return isinstance(info, Storing) and found in CLOUDS_SCHEMES and found != info.scheme


def locked(folder: Path | None, provider: str, environment: str) -> Foundation | None:
    """What deploy.lock in `folder` remembers."""
    target = DeployLock.read(folder).target(environment, provider) if folder is not None else None
    if target is None or target.foundation is None:
        return None
    found = target.foundation
    return Foundation(found.root.rstrip("/"), found.region, found.outputs, found.source or "deploy.lock")


def pin(folder: Path, provider: str, environment: str, foundation: Foundation) -> bool:
    """Write what was published into deploy.lock of `folder`, for this one target. False where it says the same already.

    Only the target's foundation changes. Raises SpecError (TW020 to TW022) for a lock that cannot be read or written.
    """
    lock = DeployLock.read(folder)
    target = lock.target(environment, provider) or LockedTarget()
    found = LockedFoundation(
        root=foundation.root, region=foundation.region, outputs=dict(foundation.outputs), source=foundation.source
    )
    if target.foundation == found:
        return False
    return lock.with_target(environment, provider, target.model_copy(update={"foundation": found})).write(folder)


def _said(
    ref: FoundationRef, info: Info, settings: BaseModel | None, environment: str, root: Path
) -> Foundation | None:
    if ref.file is not None:
        return _file(ref.file, settings, root)
    if ref.root is not None:
        return Foundation(ref.root.rstrip("/"), outputs=ref.outputs, source="deploy.yaml")
    if ref.bucket is not None:
        return _bucket(ref, ref.bucket)
    return locked(root, info.name, environment) or _left(ref.stack or environment, info, root)


def _left(stack: str, info: Info, root: Path) -> Foundation | None:
    """What `infra up` left beside deploy.yaml or on this machine, where this provider stands on such a root."""
    kept = published(stack)
    for path, said in ((root / PUBLISHED, PUBLISHED), (kept, str(kept))):
        if path.is_file():
            found = _read(path, said)
            if not _of_another_cloud(found.root, info):
                return found
    return None


def _file(said: str, settings: BaseModel | None, root: Path) -> Foundation:
    if said.partition("://")[0] not in CLOUDS_SCHEMES:
        return _read(root / said.removeprefix("file://"), said)
    parent, _, name = said.rpartition("/")
    try:
        return _parse(open_store(parent, settings, anybodys=True).get(name).decode(), said)
    except StorageError as error:
        if error.kind == "missing":
            raise _absent(said) from None
        problem = Problem("foundation.file", f"{said} cannot be read: {error.message}", value=said)
        raise SpecError([problem], code="TW043", hint=error.hint) from error
    except UnicodeDecodeError:
        raise _none(said) from None


def _bucket(ref: FoundationRef, bucket: str) -> Foundation:
    """A bucket by its address; which scheme a bare name has is the provider's to say, and it says so by `Info.foundation`."""
    if "://" not in bucket:
        said = f"{bucket} is a name alone; say where it is with `root: SCHEME://{bucket}`"
        raise SpecError([Problem("foundation.bucket", said, value=bucket)], code="TW043")
    return Foundation(
        "/".join(filter(None, (bucket.rstrip("/"), ref.prefix))), outputs=ref.outputs, source="deploy.yaml"
    )


def _read(path: Path, said: str) -> Foundation:
    try:
        return _parse(path.read_text(), said)
    except FileNotFoundError:
        raise _absent(said) from None
    except (OSError, UnicodeDecodeError):
        raise _none(said) from None


def _parse(text: str, said: str) -> Foundation:
    """A file typed by hand may leave `schema` out."""
    try:
        found: Any = json.loads(text)
        root, region, outputs = found["root"], found.get("region", ""), found.get("outputs", {})
        schema = found.get("schema", SCHEMA)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _none(said) from None
    if _newer(schema):
        text = f"{said} was written by a newer tradewind ({schema}; this one knows {SCHEMA})"
        hint = "upgrade tradewind to the version that made the foundation"
        raise SpecError([Problem("foundation", text, value=said)], code="TW043", hint=hint)
    if schema != SCHEMA or not isinstance(root, str) or not isinstance(outputs, dict):
        raise _none(said)
    return Foundation(root.rstrip("/"), str(region), {k: str(v) for k, v in outputs.items()}, said)


def _newer(schema: object) -> bool:
    family, _, version = str(schema).rpartition("/")
    known, _, ours = SCHEMA.rpartition("/")
    return family == known and version.isdecimal() and int(version) > int(ours)


def _absent(said: str) -> SpecError:
    return SpecError([Problem("foundation.file", f"{said} is not there", value=said)], code="TW041")


def _none(said: str) -> SpecError:
    text = f"{said} is not a foundation: a JSON object with `root`, `region` and `outputs`"
    return SpecError([Problem("foundation.file", text, value=said)], code="TW043")
