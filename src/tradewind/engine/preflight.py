"""What the target's own checks say beforehand. They only warn: a check that itself fails says so, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from tradewind.engine import decide, names, pins, runs, survey
from tradewind.engine.decide import Decision, World
from tradewind.engine.open import Work
from tradewind.engine.resolve import Resolved, Resolver
from tradewind.engine.results import CheckDoc, Plan
from tradewind.engine.session import Identity, Session
from tradewind.errors import ProviderError, StorageError, TradewindError
from tradewind.providers.base import Check, Preflight
from tradewind.values import Policy, Run, Wanted

FORESEEABLE = (*runs.NEVER_SUBMITTED, "missing")  # kinds that hang on the account as it stands, not on chance


def checked(target: Preflight, resolved: Resolved, world: World, identity: Identity, decision: Decision) -> Plan:
    """The plan, with the checks of what it is going to do: a model that is there needs no machine to train it."""
    run, want = _wishes(resolved, world, identity)
    trains, serves = decision.trains, decision.serves
    found = _ask(target, run if trains else None, want if serves else None, decision.policy if serves else None)
    return decision.plan.model_copy(update={"checks": found})


@contextmanager
def foretold(plan: Plan) -> Iterator[None]:
    """An error that the plan's checks saw coming says how they would put it right."""
    try:
        yield
    except (ProviderError, StorageError) as error:
        fixes = [f"{c.name}: {c.fix}" for c in plan.checks if c.verdict == "will_fail" and c.fix]
        if fixes and error.kind in FORESEEABLE:
            error.hint = "; ".join(fixes)
        raise


def of_work(work: Work, session: Session, target: Preflight) -> tuple[CheckDoc, ...]:
    """The checks of a whole spec, whatever of it is done already; of the target alone where the spec does not resolve."""
    held = pins.load(work)
    try:
        resolved = Resolver(work, session.info, session.foundation, session, held.pinned, runs.find_model).resolve()
    except TradewindError:  # `plan` tells what is wrong with it
        return _ask(target, None, None, None)
    world = survey.blind(session.identity, session.info.traits, "")
    run, want = _wishes(resolved, world, session.identity)
    return _ask(target, run, want, resolved.serve.policy if resolved.serve else None)


def _wishes(resolved: Resolved, world: World, identity: Identity) -> tuple[Run | None, Wanted | None]:
    """With a job's real name: permissions may hang on it."""
    run, want = decide.wishes(resolved, world, identity)
    if run is not None and not world.attempt:
        run = replace(run, name=names.job_name(identity, run.digest, 1, resolved.info.traits))
    return run, want


def _ask(target: Preflight, run: Run | None, want: Wanted | None, policy: Policy | None) -> tuple[CheckDoc, ...]:
    try:
        found: Sequence[Check] = target.preflight(run, want, policy)
    except ProviderError as error:
        found = (Check("preflight", "cannot_tell", error.message),)
    return tuple(CheckDoc(name=c.name, verdict=c.verdict, detail=c.detail, fix=c.fix) for c in found)
