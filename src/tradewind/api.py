"""The Python API, re-exported by `tradewind` itself: the engine's functions on a path to deploy.yaml.

Each returns the document that the command of the same name prints with `--output json`, and raises `TradewindError`.
Nothing prompts: answers are given as arguments, and what is not agreed to is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from tradewind.engine import apply, endpoints, pins, project
from tradewind.engine import history as told
from tradewind.engine import plan as plans
from tradewind.engine import train as training
from tradewind.engine.open import Agreed, Work, open_session
from tradewind.engine.results import (
    DownResult,
    GuardReport,
    History,
    InvokeResult,
    LockResult,
    Plan,
    Plans,
    RollbackResult,
    StatusResult,
    TrainResult,
    UpResult,
)
from tradewind.engine.session import Report
from tradewind.providers import registry
from tradewind.spec.loading import load
from tradewind.spec.models import Spec

PathLike = str | os.PathLike[str]
HERE = "deploy.yaml"


def load_spec(
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    region: str | None = None,
    sets: Iterable[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Spec:
    """deploy.yaml with its environment laid over it and `sets` ("a.b=c") put in. Raises SpecError with all problems."""
    return load(
        Path(path),
        environment=env,
        sets=tuple(sets),
        environ=os.environ if environ is None else environ,
        blocks=registry.plugin_settings(),
        providers=registry.names(),
        provider=provider,
        region=region,
    )


def plan(
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    region: str | None = None,
    sets: Iterable[str] = (),
    accept: Iterable[str] = (),
) -> Plan:
    """What `up` would do. Writes nothing."""
    return plans.make(_work(path, env, provider, region, sets), Agreed(accept=frozenset(accept)))


def plan_all(path: PathLike = HERE, *, env: str | None = None, sets: Iterable[str] = ()) -> Plans:
    """The same spec on every provider."""
    return plans.plan_all(_work(path, env, None, None, sets))


def up(
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    region: str | None = None,
    sets: Iterable[str] = (),
    accept: Iterable[str] = (),
    allow_replace: bool = False,
    allow_delete: bool = False,
    unprotect: Iterable[str] = (),
    release_hold: bool = False,
    locked: bool = False,
    report: Report | None = None,
) -> UpResult:
    """Train if needed and roll out. `report` is called with every event, from this thread."""
    work = _work(path, env, provider, region, sets, locked=locked)
    agreed = Agreed(frozenset(accept), allow_replace, allow_delete, frozenset(unprotect), release_hold)
    return apply.up(work, open_session(work, report=report), agreed)


def down(
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    region: str | None = None,
    unprotect: Iterable[str] = (),
    purge: bool = False,
    report: Report | None = None,
) -> DownResult:
    """Take away what the environment owns; with `purge` also models, data and ledger."""
    work = _work(path, env, provider, region, ())
    agreed = Agreed(unprotect=frozenset(unprotect))
    session = open_session(work, report=report)
    return apply.down(session, agreed, protect=work.spec.protect, purge=purge, work=work)


def train(
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    region: str | None = None,
    sets: Iterable[str] = (),
    accept: Iterable[str] = (),
    detach: bool = False,
    report: Report | None = None,
) -> TrainResult:
    """Train only, unless the same run has succeeded before. `detach` leaves once the job is accepted."""
    work = _work(path, env, provider, region, sets)
    return training.run(work, open_session(work, report=report), Agreed(accept=frozenset(accept)), detach=detach)


def invoke(
    body: object,
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    content_type: str = "application/json",
) -> InvokeResult:
    """One request. Bytes are sent as they are; anything else as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return endpoints.invoke(open_session(_work(path, env, provider, None, ())), data, content_type)


def status(path: PathLike = HERE, *, env: str | None = None, provider: str | None = None) -> StatusResult:
    return project.status(open_session(_work(path, env, provider, None, ())))


def history(
    path: PathLike = HERE, *, env: str | None = None, provider: str | None = None, limit: int | None = None
) -> History:
    """Newest first."""
    return told.entries(open_session(_work(path, env, provider, None, ())), limit)


def rollback(path: PathLike = HERE, *, env: str | None = None, provider: str | None = None) -> RollbackResult:
    """All traffic back to the version before."""
    return endpoints.rollback(open_session(_work(path, env, provider, None, ())))


def guard(path: PathLike = HERE, *, env: str | None = None, provider: str | None = None) -> GuardReport:
    """End what a dead owner left of a rollout."""
    return endpoints.guard(open_session(_work(path, env, provider, None, ())))


def lock(
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    region: str | None = None,
    upgrade: bool = False,
) -> LockResult:
    """Write deploy.lock: what is missing, or with `upgrade` all of it anew."""
    return pins.refresh(_work(path, env, provider, region, (), upgrade=upgrade))


def _work(
    path: PathLike,
    env: str | None,
    provider: str | None,
    region: str | None,
    sets: Iterable[str],
    *,
    locked: bool = False,
    upgrade: bool = False,
) -> Work:
    spec = load_spec(path, env=env, provider=provider, region=region, sets=sets)
    return Work(spec, Path(path), env or "default", locked=locked, upgrade=upgrade)
