"""What `up` would do: observed × last applied × wanted. Writes nothing, works offline, and is the same for the same world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tradewind.engine import costs, decide, grounds, pins, preflight, runs, survey
from tradewind.engine.decide import Decision, World
from tradewind.engine.open import Agreed, Work, identity_of, open_session
from tradewind.engine.resolve import Resolved, Resolver
from tradewind.engine.results import Plan, Plans, Refusal, Unplanned
from tradewind.engine.session import Session
from tradewind.errors import ProviderError, SpecError, StorageError, TradewindError
from tradewind.providers import later, registry
from tradewind.providers.base import Preflight

BLIND = (
    "credentials",
    "permission",
    "missing",
    "transient",
    "throttled",
)  # kinds that keep us from looking, not from planning

TOLD = ("credentials", "permission", "missing")  # ... of which the target's own checks know the reason and the fix
LOOKS = 2  # a plan that cannot look says so rather than waiting for long


@dataclass(frozen=True)
class Prepared:
    """All that `up` goes on with."""

    resolved: Resolved
    world: World
    decision: Decision
    pins: pins.Pins

    @property
    def plan(self) -> Plan:
        return self.decision.plan


@dataclass(frozen=True)
class Ready:
    """A plan with what it was made from, where somebody could look: whoever goes on at once need not look again."""

    plan: Plan
    session: Session | None = None
    prepared: Prepared | None = None


def make(work: Work, agreed: Agreed | None = None) -> Plan:
    """The plan for the spec's provider. Not signed in or no SDK: `plan.looked` is False and the plan assumes nothing there.

    Raises SpecError for a spec that no provider could take (missing files, unknown provider).
    """
    return ready(work, agreed).plan


def ready(work: Work, agreed: Agreed | None = None) -> Ready:
    """As `make`, for whoever means to act on it."""
    agreed = agreed or Agreed()
    try:
        session = open_session(work)
    except (ProviderError, SpecError) as error:
        return Ready(_unopened(work, agreed, error))
    try:
        looked = prepare(work, replace(session, tries=LOOKS), agreed)
    except (ProviderError, StorageError) as error:
        if error.kind not in BLIND:
            raise
        made = _offline(work, agreed, error.said or error.message)
        if error.kind in TOLD and isinstance(session.provider, Preflight):
            made = made.model_copy(update={"checks": preflight.of_work(work, session, session.provider)})
        return Ready(made)
    return Ready(looked.plan, session, looked)


def elsewhere(work: Work, provider: str) -> Work:
    """The same work on another provider, in its real account: an emulated one is the spec's own provider's."""
    ground = work.ground if provider == registry.canonical(work.spec.provider) else None
    return replace(work, spec=work.spec.model_copy(update={"provider": provider}), info=None, ground=ground)


def plan_all(work: Work, agreed: Agreed | None = None, on: Callable[[Work, str], Work] = elsewhere) -> Plans:
    """The same spec on every registered provider, in order of name; what cannot be planned says why.

    `on` gives the work on a provider: a rehearsal is in that provider's own emulated account, or is none.
    """
    made, failed = [], []
    for entry in sorted(registry.names().values(), key=lambda entry: entry.name):
        try:
            made.append(make(on(work, entry.name), agreed))
        except TradewindError as error:
            failed.append(
                Unplanned(
                    provider=entry.name, title=entry.title, code=error.code, reason=error.message, hint=error.hint
                )
            )
    return Plans(project=work.spec.name, environment=work.environment, plans=tuple(made), unplanned=tuple(failed))


def prepare(work: Work, session: Session, agreed: Agreed, *, train_only: bool = False) -> Prepared:
    """Resolve, look and decide, with a session. `train_only` leaves the endpoint as it is, whatever the spec says."""
    held = pins.load(work)
    resolver = Resolver(work, session.info, session.foundation, session, held.pinned, runs.find_model)
    resolved = resolver.resolve()
    world = survey.look(session, resolved, held.moved_from, jobs_only=train_only)
    resolved = costs.within_budget(resolved, world.learnt)
    decision = decide.decide(resolved, world, session.identity, agreed, held.refusals(resolved))
    # A job alone is submitted at once: what is in its way, the target says in the same breath.
    if decision.plan.changes and not train_only and isinstance(session.provider, Preflight):
        plan = preflight.checked(session.provider, resolved, world, session.identity, decision)
        decision = replace(decision, plan=plan)
    return Prepared(resolved, world, decision, held)


def _unopened(work: Work, agreed: Agreed, error: ProviderError | SpecError) -> Plan:
    """Nobody is signed in: a plan that could not look. No ground, no region: one that says, too, what is missing."""
    if error.kind == "credentials":
        return _offline(work, agreed, f"not signed in ({error.said})")
    if error.kind in BLIND:
        return _offline(work, agreed, error.said or error.message)
    if (
        isinstance(error, SpecError) and error.code == later.NOT_YET
    ):  # a name that is only kept for a target raises it once more
        return _offline(work, agreed, "; ".join(problem.message for problem in error.problems))
    if error.code != grounds.NO_GROUND and error.kind != "invalid":
        raise error
    made = _offline(work, agreed, error.message)
    path = "foundation" if error.code == grounds.NO_GROUND else ""
    missing = Refusal(code=error.code, path=path, message=error.message, allow=error.hint)
    return made.model_copy(update={"blockers": (*made.blockers, missing)})


def _offline(work: Work, agreed: Agreed, why: str) -> Plan:
    info = work.provider_info
    foundation = work.foundation
    held = pins.load(work)
    resolved = costs.within_budget(Resolver(work, info, foundation, None, held.pinned).resolve())
    identity = identity_of(work, foundation)
    world = survey.blind(identity, info.traits, why, held.moved_from)
    return decide.decide(resolved, world, identity, agreed, held.refusals(resolved)).plan
