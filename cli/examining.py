"""What `doctor` looks at. Each look gives one finding and never raises; nothing is changed and nothing stays behind."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tradewind.cli.context import Cli
from tradewind.cli.documents import DoctorResult, Finding
from tradewind.errors import ProviderError, TradewindError

if TYPE_CHECKING:
    from tradewind.engine.open import Work

OLDEST = (3, 11)
_VERDICTS: Mapping[str, Literal["ok", "bad", "unknown"]] = {"ok": "ok", "will_fail": "bad", "cannot_tell": "unknown"}
NO_GROUND = "TW043"
LEAST_FREE = 2 * 1024**3  # bytes; an environment with a model library takes about one


def examine(cli: Cli) -> DoctorResult:
    findings = tuple(_looks(cli))
    return DoctorResult(ok=all(f.verdict != "bad" for f in findings), findings=findings)


def _looks(cli: Cli) -> Iterator[Finding]:
    from tradewind.home import home

    yield _python()
    yield _installer()
    yield _home(home())
    yield _room(home())
    work, finding = _spec(cli)
    yield finding
    name = work.spec.provider if work is not None else str(cli.said.get("provider") or "local")
    yield _provider(name)
    if work is not None:
        yield from _secrets(work)
        yield from _target(cli, work)


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info[:2] >= OLDEST:
        return Finding(name="Python", verdict="ok", detail=f"{version} at {sys.executable}")
    return Finding(name="Python", verdict="bad", detail=f"{version} is too old", fix="Install Python 3.11 or later.")


def _installer() -> Finding:
    """What builds an environment where a spec names requirements."""
    if (found := shutil.which("uv")) is not None:
        return Finding(name="uv", verdict="ok", detail=found)
    import importlib.util

    if importlib.util.find_spec("ensurepip") is not None:
        detail = "not on PATH; environments are built with venv and pip, which is slower"
        return Finding(name="uv", verdict="ok", detail=detail, fix="Optional: https://docs.astral.sh/uv")
    detail = "not on PATH, and this Python has no ensurepip: runtime.requirements cannot be installed"
    return Finding(name="uv", verdict="bad", detail=detail, fix="Install uv, or your system's python3-venv package.")


def _home(folder: Path) -> Finding:
    """Writes a file into the nearest folder that exists, and takes it away again."""
    there = next(p for p in (folder, *folder.parents) if p.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".tradewind-doctor-"):
            return Finding(name="state folder", verdict="ok", detail=f"{folder} can be written")
    except OSError as error:
        said = f"{folder} cannot be written: {error.strerror or error}"
        return Finding(
            name="state folder", verdict="bad", detail=said, fix="Point TRADEWIND_HOME at a folder of yours."
        )


def _room(folder: Path) -> Finding:
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free
    detail = f"{free / 1024**3:.1f} GiB free at {there}"
    if free >= LEAST_FREE:
        return Finding(name="disk", verdict="ok", detail=detail)
    return Finding(name="disk", verdict="bad", detail=detail, fix="Free some space, or point TRADEWIND_HOME elsewhere.")


def _spec(cli: Cli) -> tuple[Work | None, Finding]:
    if not cli.has_spec and not cli.said.get("file"):
        detail = f"no deploy.yaml in {Path.cwd()}"
        return None, Finding(name="deploy.yaml", verdict="unknown", detail=detail, fix="deploy init writes a project.")
    try:
        work = cli.work()
    except TradewindError as error:
        return None, Finding(name="deploy.yaml", verdict="bad", detail=error.message, fix=error.hint)
    detail = f"valid: {work.spec.name} on {work.spec.provider}" + (f" ({cli.file})" if cli.said.get("file") else "")
    return work, Finding(name="deploy.yaml", verdict="ok", detail=detail)


def _provider(name: str) -> Finding:
    from tradewind.providers import registry
    from tradewind.providers.base import PlansOnly

    try:
        info = registry.info(name)
    except TradewindError as error:
        return Finding(name="provider", verdict="bad", detail=error.message, fix=error.hint)
    if isinstance(info, PlansOnly):
        told = info.plans_only()
        return Finding(name="provider", verdict="bad", detail=told.problems[0].message, fix=told.hint)
    entry = registry.names()[registry.canonical(name)]
    if entry.lacking:
        detail = f"{info.title} ({name}) needs {' and '.join(entry.lacking)}, which is not installed"
        return Finding(name="provider", verdict="bad", detail=detail, fix=entry.hint)
    return Finding(name="provider", verdict="ok", detail=f"{info.title} ({name}) is installed")


def _secrets(work: Work) -> Iterator[Finding]:
    """On `local` their values come from the environment of whoever deploys; their names alone are looked at."""
    if work.spec.provider != "local":
        return
    spec = work.spec
    parts = (spec.secrets, spec.train.secrets if spec.train else (), spec.serve.secrets if spec.serve else ())
    wanted = sorted({str(name) for part in parts for name in part})
    missing = [name for name in wanted if not os.environ.get(name)]
    if missing:
        detail = f"not in the environment: {', '.join(missing)}"
        yield Finding(name="secrets", verdict="bad", detail=detail, fix=f"export {missing[0]}=...")
    elif wanted:
        yield Finding(name="secrets", verdict="ok", detail=f"{', '.join(wanted)} in the environment")


def _target(cli: Cli, work: Work) -> Iterator[Finding]:
    """Connects, and asks the provider's own checks; one that has none is read from once.

    A provider that comes later or is not installed was told of already.
    """
    from tradewind.engine import preflight
    from tradewind.providers.base import Preflight
    from tradewind.providers.later import NOT_YET

    try:
        session = cli.session(work)
        target = session.provider
        if isinstance(target, Preflight):
            checks = preflight.of_work(work, session, target)
            yield from (Finding(name=c.name, verdict=_VERDICTS[c.verdict], detail=c.detail, fix=c.fix) for c in checks)
            return
        target.owned(dict(session.identity.tags))
    except ProviderError as error:
        verdict = "bad" if error.kind in ("credentials", "permission", "invalid") else "unknown"
        yield Finding(name="credentials", verdict=verdict, detail=error.message, fix=error.hint)
    except TradewindError as error:
        if error.code == NOT_YET:
            return
        if error.code == NO_GROUND:
            yield Finding(name="foundation", verdict="bad", detail=error.message, fix=error.hint)
            return
        yield Finding(name="credentials", verdict="unknown", detail=error.message, fix=error.hint)
    else:
        free = "none are needed" if session.info.free else f"{session.info.title} answered"
        yield Finding(name="credentials", verdict="ok", detail=free)
