"""What stands in a plan's way, raised before anybody is asked anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.engine.results import Plan

OVER_BUDGET = "TW501"


def refuse(plan: Plan) -> None:
    """RefusedError for what is in the way or was not agreed to, BudgetError for what costs too much; else nothing."""
    from tradewind.errors import BudgetError, RefusedError

    stops = (*plan.blockers, *plan.refusals)
    if stops:
        allow = " ".join(dict.fromkeys(stop.allow for stop in stops if stop.allow))
        helps = not plan.blockers and allow
        raise RefusedError(
            "\n".join(stop.message for stop in stops),
            code=stops[0].code,
            hint=f"Agree with {allow}" if helps else "Change what the message names; `deploy plan` shows the whole.",
        )
    if plan.over_budget:
        raise BudgetError(
            "\n".join(plan.over_budget),
            code=OVER_BUDGET,
            hint="Raise budget: in deploy.yaml, or ask for less hardware or fewer replicas.",
        )
