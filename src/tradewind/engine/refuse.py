"""From a plan to the error that says all that stands in its way, or to nothing."""

from __future__ import annotations

from tradewind.engine.results import Plan, Refusal
from tradewind.errors import BudgetError, RefusedError


def unless_clear(plan: Plan) -> None:
    """Raises RefusedError (exit 2) with all blockers and refusals at once, else BudgetError (exit 4)."""
    if plan.blockers or plan.refusals:
        raise refused((*plan.blockers, *plan.refusals))
    if plan.over_budget:
        hint = "raise or remove the budget, or ask for less; `deploy plan` shows the cost"
        raise BudgetError("; ".join(plan.over_budget), code="TW540", hint=hint)


def refused(found: tuple[Refusal, ...]) -> RefusedError:
    """One error for all of them; its code is the first one's, its hint every answer that is wanted."""
    allow = list(dict.fromkeys(refusal.allow for refusal in found if refusal.allow))
    return RefusedError(
        "\n".join(refusal.message for refusal in found),
        code=found[0].code,
        hint=f"to go on: {' '.join(allow)}" if allow else f"`deploy explain {found[0].code}` says what can be done",
    )
