"""Where an environment stands: its foundation from the spec, from deploy.lock, or from the provider. Reads files only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tradewind.errors import Problem, SpecError
from tradewind.providers.base import Grounded, Info, Storing
from tradewind.spec.lock import DeployLock
from tradewind.spec.models import FoundationRef, Spec
from tradewind.spec.refs import SCHEMES
from tradewind.values import Foundation

PUBLISHED = "foundation.json"
NO_GROUND = "TW043"
CLOUDS_SCHEMES = frozenset(SCHEMES) - {"file"}


def find(spec: Spec, info: Info, settings: BaseModel | None, environment: str, root: Path) -> Foundation | None:
    """What the spec says, else what the provider knows by itself.

    On a target that is this machine, a foundation that is no folder here is some cloud's, and the same spec still works;
    so does it on a cloud where the foundation is another one's: that cloud has no ground then.
    Raises SpecError for a file that is not there or is no foundation.
    """
    own = info.foundation(settings, spec.name, environment)
    said = _said(spec.foundation, info.name, environment, root) if spec.foundation else None
    if own is not None and info.free and (said is None or not said.root.startswith("file:")):
        return own
    if said is not None and _of_another_cloud(said.root, info):
        return own
    return said or own


def elsewhere(spec: Spec, info: Info, environment: str, root: Path) -> str:
    """The foundation's root where it is on another cloud than the target; else ""."""
    said = _said(spec.foundation, info.name, environment, root) if spec.foundation else None
    return said.root if said is not None and _of_another_cloud(said.root, info) else ""


def unknown(info: Info, environment: str, elsewhere: str = "") -> SpecError:
    """`elsewhere` is a root on another cloud, which the spec names."""
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


def _said(ref: FoundationRef, provider: str, environment: str, root: Path) -> Foundation | None:
    if ref.file is not None:
        return _read(root / ref.file, ref.file)
    if ref.root is not None:
        return Foundation(ref.root.rstrip("/"), outputs=ref.outputs, source="deploy.yaml")
    if ref.bucket is not None:
        return _bucket(ref, ref.bucket)
    return locked(root, provider, environment) or (
        _read(root / PUBLISHED, PUBLISHED) if (root / PUBLISHED).is_file() else None
    )


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
        found: Any = json.loads(path.read_text())
        root, region, outputs = found["root"], found.get("region", ""), found.get("outputs", {})
        if not isinstance(root, str) or not isinstance(outputs, dict):
            raise TypeError
        return Foundation(root.rstrip("/"), str(region), {k: str(v) for k, v in outputs.items()}, said)
    except FileNotFoundError:
        raise SpecError([Problem("foundation.file", f"{said} is not there", value=said)], code="TW041") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        text = f"{said} is not a foundation: a JSON object with `root`, `region` and `outputs`"
        raise SpecError([Problem("foundation.file", text, value=said)], code="TW043") from None
