"""Money as people read it in a plan and in final blocks: what it is for, how it was made, and of what day."""

from __future__ import annotations

import pytest

from tradewind.cli.render import jobs, plan, project, up
from tradewind.cli.render.paper import Paper
from tradewind.engine import results as r

COMPUTED = r.Price(amount=0.648, text="0.648 USD/h", source="a list", date="2026-09-27", derived=True)
FREE = r.Price(amount=0, text="0 (free on this machine)")


def amount(low: float, high: float, text: str, *unknown: str) -> r.Amount:
    return r.Amount(low=low, expected=low, high=high, unknown=unknown, text=text)


COST = r.Cost(
    before=COMPUTED,
    after=COMPUTED,
    peak=COMPUTED,
    train=COMPUTED,
    run=amount(1, 2, "1.00 to 2.00 USD"),
    month=amount(438, 1752, "438.00 to 1752.00 USD"),
    month_before=amount(10, 20, "10.00 to 20.00 USD"),
    rollout=amount(3, 4, "3.00 to 4.00 USD"),
    thousand_requests=amount(0.01, 0.02, "0.01 to 0.02 USD"),
    million_tokens=amount(5, 6, "5.00 to 6.00 USD"),
)
PLAN = r.Plan(project="churn", environment="default", provider="aws", title="SageMaker", cost=COST)


def lines(it: r.Plan) -> str:
    return "\n".join(" ".join(line.split()) for line in plan.plan(it, Paper(100)))


def test_a_plan_shows_the_run_the_month_the_rollout_and_the_units() -> None:
    text = lines(PLAN)
    for said in (
        "cost 0.648 USD/h (computed) [prices of 2026-09-27]",
        "training 0.648 USD/h (computed), prices of 2026-09-27",
        "a run 1.00 to 2.00 USD",
        "a month 10.00 to 20.00 USD → 438.00 to 1752.00 USD",
        "rollout 3.00 to 4.00 USD while two versions stand",
        "requests 0.01 to 0.02 USD for 1,000",
        "tokens 5.00 to 6.00 USD for a million",
    ):
        assert said in text


@pytest.mark.parametrize(("more", "said"), [(0.1, "(+0.10 USD/h)"), (-0.2, "(-0.20 USD/h)")])
def test_what_changes_is_shown_as_a_difference(more: float, said: str) -> None:
    before = r.Price(amount=0.5, text="0.50 USD/h")
    cost = COST.model_copy(
        update={"before": before, "difference": r.Price(amount=more, text=f"{more:.2f} USD/h", derived=True)}
    )
    assert f"cost 0.50 USD/h → 0.648 USD/h (computed) {said}" in lines(PLAN.model_copy(update={"cost": cost}))


def test_where_nothing_stands_it_is_not_called_free() -> None:
    nothing = r.Price(amount=0, text="0 (nothing stands)", source="nothing stands")
    text = lines(PLAN.model_copy(update={"cost": COST.model_copy(update={"before": nothing})}))
    assert "cost nothing → 0.648 USD/h" in text


def test_the_same_month_is_shown_once() -> None:
    same = COST.model_copy(update={"month_before": COST.month})
    assert "a month 438.00 to 1752.00 USD\n" in lines(PLAN.model_copy(update={"cost": same}))


def test_what_is_not_known_is_said_and_what_is_free_is_not_listed() -> None:
    unknown = r.Amount(unknown=("no price of x",))
    text = lines(PLAN.model_copy(update={"cost": r.Cost(run=unknown, month=unknown, rollout=unknown)}))
    assert "a run unknown" in text
    assert "a month unknown" in text
    assert "two versions" not in text
    nothing = amount(0, 0, "0.00 USD")
    free = r.Cost(before=FREE, after=FREE, peak=FREE, train=FREE, run=nothing, month=nothing, month_before=nothing)
    text = lines(PLAN.model_copy(update={"cost": free}))
    assert "cost free" in text
    assert "a run" not in text
    assert "a month" not in text


@pytest.mark.parametrize(
    "told",
    [
        up.up(
            r.UpResult(project="a", environment="default", provider="aws", changed=True, endpoint="a", rate=COMPUTED),
            Paper(100),
        ),
        jobs.trained(
            r.TrainResult(
                project="a", environment="default", provider="aws", run="sha256:" + "3f" * 32,
                job=r.JobDoc(name="a-1", state="succeeded"), rate=COMPUTED,
            ),
            Paper(100),
        ),
        project.status(
            r.StatusResult(
                project="a", environment="default", provider="aws", rate=COMPUTED,
                endpoint=r.EndpointStatus(
                    project="a", environment="default", provider="aws", name="a", state="serving", rate=COMPUTED
                ),
            ),
            Paper(100),
        ),
    ],
)  # fmt: skip
def test_a_rate_says_that_it_was_computed_and_of_what_day_it_is(told: list[str]) -> None:
    assert "0.648 USD/h (computed), prices of 2026-09-27" in " ".join(" ".join(told).split())
