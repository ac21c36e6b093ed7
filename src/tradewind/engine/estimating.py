"""What a spec would cost on its own provider, line by line, by one who did not look at what stands there. Calls nobody."""

from __future__ import annotations

from datetime import date

from tradewind.engine import costs, decide, names, pins, targets
from tradewind.engine.compare import NOT_LOOKED
from tradewind.engine.open import Agreed, Work, identity_of
from tradewind.engine.resolve import Resolver
from tradewind.engine.results import CostEstimate


def estimate(work: Work, today: date, agreed: Agreed | None = None) -> CostEstimate:
    """Raises SpecError for what is wrong in the spec, in its price file or in its file of loads."""
    info, foundation = work.provider_info, work.foundation
    identity = identity_of(work, foundation)
    world = decide.World(names.endpoint_name(identity, info.traits), NOT_LOOKED)
    made = Resolver(work, info, foundation, None, pins.load(work).pinned, reads=False).resolve()
    resolved = costs.within_budget(made)
    plan = decide.decide(resolved, world, identity, agreed or Agreed()).plan
    blind = f"could not look: {NOT_LOOKED}"
    return CostEstimate(
        project=plan.project,
        environment=plan.environment,
        provider=info.name,
        title=info.title,
        region=resolved.region,
        prices=tuple(targets.ages([info], work.book, today)),
        catalogue=resolved.book.version if resolved.catalogue else "",
        machine=plan.machine,
        train_machine=plan.train_machine,
        cost=plan.cost,
        why_not=(*dict.fromkeys(blocker.message for blocker in plan.blockers), *plan.over_budget),
        notes=tuple(note for note in plan.notes if not note.startswith(blind)),
    )
