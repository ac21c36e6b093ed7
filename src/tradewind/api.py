"""The Python API, re-exported by `tradewind` itself: the engine's functions on a path to deploy.yaml.

Each returns the document that the command of the same name prints with `--output json`, and raises `TradewindError`.
Nothing prompts: answers are given as arguments, and what is not agreed to is refused.

`sandbox=True` does it in an emulated account on this machine (`tradewind.rehearsal` says what that means for the process).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from tradewind import rehearsal
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
    sandbox: bool = False,
) -> Plan:
    """What `up` would do. Writes nothing."""
    with rehearsal.account(sandbox):
        return plans.make(_work(path, env, provider, region, sets, sandbox=sandbox), Agreed(accept=frozenset(accept)))


def plan_all(
    path: PathLike = HERE, *, env: str | None = None, sets: Iterable[str] = (), sandbox: bool = False
) -> Plans:
    """The same spec on every provider."""
    with rehearsal.account(sandbox):
        return plans.plan_all(
            _work(path, env, None, None, sets), on=rehearsal.rehearsed if sandbox else plans.elsewhere
        )


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
    sandbox: bool = False,
) -> UpResult:
    """Train if needed and roll out. `report` is called with every event, from this thread."""
    with rehearsal.account(sandbox):
        work = _work(path, env, provider, region, sets, locked=locked, sandbox=sandbox)
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
    sandbox: bool = False,
) -> DownResult:
    """Take away what the environment owns; with `purge` also models, data and ledger."""
    with rehearsal.account(sandbox):
        work = _work(path, env, provider, region, (), sandbox=sandbox)
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
    sandbox: bool = False,
) -> TrainResult:
    """Train only, unless the same run has succeeded before. `detach` leaves once the job is accepted."""
    with rehearsal.account(sandbox):
        work = _work(path, env, provider, region, sets, sandbox=sandbox)
        return training.run(work, open_session(work, report=report), Agreed(accept=frozenset(accept)), detach=detach)


def invoke(
    body: object,
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    content_type: str = "application/json",
    sandbox: bool = False,
) -> InvokeResult:
    """One request. Bytes are sent as they are; anything else as JSON."""
    with rehearsal.account(sandbox):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return endpoints.invoke(open_session(_work(path, env, provider, None, (), sandbox=sandbox)), data, content_type)


def status(
    path: PathLike = HERE, *, env: str | None = None, provider: str | None = None, sandbox: bool = False
) -> StatusResult:
    with rehearsal.account(sandbox):
        return project.status(open_session(_work(path, env, provider, None, (), sandbox=sandbox)))


def history(
    path: PathLike = HERE,
    *,
    env: str | None = None,
    provider: str | None = None,
    limit: int | None = None,
    sandbox: bool = False,
) -> History:
    """Newest first."""
    with rehearsal.account(sandbox):
        return told.entries(open_session(_work(path, env, provider, None, (), sandbox=sandbox)), limit)


def rollback(
    path: PathLike = HERE, *, env: str | None = None, provider: str | None = None, sandbox: bool = False
) -> RollbackResult:
    """All traffic back to the version before."""
    with rehearsal.account(sandbox):
        return endpoints.rollback(open_session(_work(path, env, provider, None, (), sandbox=sandbox)))


def guard(
    path: PathLike = HERE, *, env: str | None = None, provider: str | None = None, sandbox: bool = False
) -> GuardReport:
    """End what a dead owner left of a rollout."""
    with rehearsal.account(sandbox):
        return endpoints.guard(open_session(_work(path, env, provider, None, (), sandbox=sandbox)))


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
    sandbox: bool = False,
) -> Work:
    spec = load_spec(path, env=env, provider=provider, region=region, sets=sets)
    work = Work(spec, Path(path), env or "default", locked=locked, upgrade=upgrade)
    return rehearsal.rehearsed(work, spec.provider) if sandbox else work
