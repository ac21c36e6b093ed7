"""Money in plans: before, after, at the peak, the run and the month; budgets that are kept, and what nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fakes.listed import book, quote
from fakes.priced import PricedInfo, PricedSettings, install
from fakes.provider import JobBehaviour
from fakes.stage import Stage

from tradewind.cost import book as books
from tradewind.engine import apply, endpoints, plan, train
from tradewind.engine.open import Agreed, Work
from tradewind.engine.results import Plan, TrainResult, UpResult
from tradewind.errors import BudgetError, Exit, SpecError
from tradewind.spec.loading import loads

HERE = {"region": "here-1"}
QUOTES = (
    quote("t4", "0.50", use="train", **HERE, spot="0.20"),
    quote("t4", "0.60", use="serve", **HERE),
    quote("l4", "1.00", use="train", **HERE),
    quote("l4", "1.20", use="serve", **HERE),
)
PRICES = book(*QUOTES)
T4 = ("train.hardware.gpu=T4", "serve.hardware.gpu=T4")


@dataclass
class Priced:
    stage: Stage

    def work(self, *sets: str) -> Work:
        text = (self.stage.root / "deploy.yaml").read_text()
        spec = loads(text, sets=(*T4, *sets), environ={}, blocks={"fake": PricedSettings})
        return Work(spec, self.stage.root / "deploy.yaml", info=self.stage.info, environ={})

    def plan(self, *sets: str, agreed: Agreed | None = None) -> Plan:
        return plan.make(self.work(*sets), agreed)

    def up(self, *sets: str, **said: Any) -> UpResult:
        work = self.work(*sets)
        return apply.up(work, self.stage.session(work), Agreed(**said))

    def train(self, *sets: str, **said: Any) -> TrainResult:
        work = self.work(*sets)
        return train.run(work, self.stage.session(work), Agreed(**said))


@pytest.fixture
def priced(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Priced:
    install(monkeypatch)
    stage.info = PricedInfo(stage.cloud)
    real = books.opened
    monkeypatch.setattr(books, "opened", lambda said, root: real(said, root) if said else PRICES)
    return Priced(stage)


def test_the_first_plan_by_hand(priced: Priced) -> None:
    cost = priced.plan("serve.replicas.max=4").cost
    assert (cost.before.amount, cost.after.amount, cost.peak.amount) == (0, 0.6, 0.6)
    assert (cost.difference.amount, cost.peak_replicas) == (0.6, 1)
    assert (cost.train.amount, cost.train.date) == (0.5, "2026-09-01")  # type: ignore[union-attr]  # something is trained
    assert cost.run is not None
    assert (cost.run.low, cost.run.high, cost.run.text) == (0.5, 0.5, "0.50 USD")
    assert cost.month is not None
    assert (cost.month.low, cost.month.expected, cost.month.high) == (438, 438, 1752)
    assert cost.month_before is not None
    assert cost.month_before.high == 0
    assert cost.rollout is None
    assert [(line.of, line.what, line.price.source) for line in cost.lines] == [
        ("run", "1 x t4", "a list"), ("month", "1 to 4 x t4", "a list"),
    ]  # fmt: skip
    assert "traffic" in cost.left_out


def test_what_stands_is_priced_by_the_machine_that_the_ledger_remembers(priced: Priced) -> None:
    done = priced.up()
    assert (done.rate.amount, done.rate.date) == (0.6, "2026-09-01")
    cost = priced.plan("serve.hardware.gpu=L4", "serve.replicas.min=2").cost
    assert (cost.before.amount, cost.after.amount, cost.difference.amount) == (0.6, 2.4, 1.8)
    assert cost.peak.amount == pytest.approx(0.6 + 2 * 1.2)
    assert cost.peak_replicas == 3
    assert cost.month_before is not None
    assert (cost.month_before.low, cost.month_before.high) == (438, 3 * 438)
    # The canary's two steps of 5 minutes, an hour that the old one is kept; 20 minutes a step at most, 10 to start.
    assert cost.rollout is not None
    assert cost.rollout.low == pytest.approx(2 * 1.2 * (10 / 60 + 1), abs=0.01)
    assert cost.rollout.high > cost.rollout.low
    same = priced.plan()
    assert not same.changes
    assert (same.cost.before.amount, same.cost.after.amount, same.cost.peak.amount) == (0.6, 0.6, 0.6)
    status = endpoints.status(priced.stage.session(priced.work()))
    assert status.rate.amount == 0.6


def test_a_rollout_is_priced_as_the_target_goes_about_it(priced: Priced) -> None:
    priced.stage.info = PricedInfo(priced.stage.cloud, native=True)
    priced.up()
    cost = priced.plan("serve.hardware.gpu=L4", "serve.rollout={bake: 10s, keep: 0s}").cost
    assert cost.rollout is not None
    assert cost.rollout.low == pytest.approx(1.2 / 60)  # one step, watched for a minute at least


def test_what_the_ledger_has_lost_is_unknown(priced: Priced) -> None:
    priced.up()
    for path in priced.stage.session().store.list("ledger/"):
        priced.stage.session().store.delete(path.key)
    cost = priced.plan("serve.hardware.gpu=L4").cost
    assert (cost.before.amount, cost.peak.amount, cost.difference.amount) == (None, None, None)
    assert cost.after.amount == 1.2
    assert cost.month_before is not None
    assert cost.month_before.high is None
    assert cost.month_before.unknown


def test_spot_is_between_the_market_and_the_list(priced: Priced) -> None:
    cost = priced.plan("train.spot=true", "train.checkpoint={}", "train.nodes=2").cost
    assert cost.train is not None
    assert cost.train.amount == 0.4
    assert cost.run is not None
    assert (cost.run.low, cost.run.expected, cost.run.high) == (0.4, 0.4, 1.0)
    other = priced.plan("train.spot=true", "train.checkpoint={}", "train.hardware.gpu=L4").cost
    assert other.train is not None
    assert other.train.amount == 1.0  # nobody lists another


@pytest.mark.parametrize(
    ("said", "over"),
    [
        (("budget.run=0.50 USD",), ""),
        (("budget.run=0.49 USD",), "budget.run allows 0.49 USD, and this may cost 0.50 USD"),
        (("budget.month=1314 USD",), ""),
        (("budget.month=1313 USD",), "budget.month allows 1313.00 USD, and this may cost 1314.00 USD"),
        (("budget.month=1313 USD", "budget.basis=expected"), ""),
        (("budget.month=437 USD", "budget.basis=expected"), "and this is expected to cost 438.00 USD"),
        (("budget.month=5000 EUR",), "budget.month allows 5000.00 EUR, and the price here is in USD"),
    ],
)
def test_a_budget_is_held_against_the_highest_case_unless_it_says_otherwise(
    priced: Priced, said: tuple[str, ...], over: str
) -> None:
    made = priced.plan(*said)
    assert bool(made.over_budget) == bool(over)
    if over:
        assert over in made.over_budget[0]
        with pytest.raises(BudgetError) as caught:
            priced.up(*said)
        assert caught.value.exit == Exit.BUDGET
        assert not priced.stage.cloud.writes


def test_a_budget_of_what_nobody_knows_is_closed_until_that_is_accepted(priced: Priced) -> None:
    unknown = "train.hardware.gpu=H100:8"
    made = priced.plan(unknown, "budget.run=9999 USD")
    assert "no price of h100 for training in here-1 is known (allow with --accept price)" in made.over_budget[0]
    assert made.cost.run is not None
    assert (made.cost.run.high, made.cost.run.text) == (None, "unknown")
    assert made.cost.train is not None
    assert made.cost.train.amount is None
    for opened in (
        priced.plan(unknown, "budget.run=9999 USD", agreed=Agreed(accept=frozenset({"price"}))),
        priced.plan(unknown, "budget.run=9999 USD", "accept.fake=[price]"),
    ):
        assert not opened.over_budget
        assert any("a budget cannot be held against" in note for note in opened.notes)


def test_a_run_s_budget_becomes_its_time_and_changes_nothing_else(priced: Priced) -> None:
    said = ("train.max_runtime=2h", "train.expected=30m", "budget.run=0.60 USD", "budget.basis=expected")
    made = priced.plan(*said)
    assert "max_runtime 2h becomes 1h12m by budget.run" in made.notes
    assert not made.over_budget
    assert made.cost.run is not None
    assert (made.cost.run.expected, made.cost.run.high) == (0.25, 0.6)
    assert made.run == priced.plan("train.max_runtime=2h").run
    priced.train(*said)
    (run,) = [job.run for job in priced.stage.cloud.jobs.values()]
    assert run.max_runtime == timedelta(hours=1, minutes=12)


def test_a_budget_that_would_stop_a_run_before_its_end_is_refused_and_cuts_nothing(priced: Priced) -> None:
    made = priced.plan("train.max_runtime=2h", "train.expected=90m", "budget.run=0.60 USD", "budget.basis=expected")
    assert "is expected to cost 0.75 USD" in made.over_budget[0]
    assert not [note for note in made.notes if "becomes" in note]


def test_on_the_highest_case_nothing_is_cut(priced: Priced) -> None:
    made = priced.plan("train.max_runtime=2h", "budget.run=0.60 USD")
    assert "may cost 1.00 USD (`max_runtime: 1h12m` would be within it)" in made.over_budget[0]
    assert not [note for note in made.notes if "becomes" in note]


def test_how_long_earlier_runs_took_is_what_the_next_one_is_expected_to(priced: Priced) -> None:
    for epochs, minutes in ((1, 10), (2, 30), (3, 20)):
        priced.stage.cloud.default_job = JobBehaviour(runs=timedelta(minutes=minutes))
        priced.train(f"train.parameters.epochs={epochs}")
    cost = priced.plan("train.parameters.epochs=4").cost
    assert cost.run is not None
    assert cost.run.low == pytest.approx(0.5 * 10 / 60, rel=0.02)
    assert cost.run.expected == pytest.approx(0.5 * 20 / 60, rel=0.02)
    assert cost.run.high == 0.5
    said = priced.plan("train.parameters.epochs=4", "train.expected=40m").cost
    assert said.run is not None
    assert said.run.expected == pytest.approx(0.5 * 40 / 60)


def test_a_load_says_how_many_replicas_are_expected_and_changes_no_version(priced: Priced) -> None:
    usage = "serve.usage={requests_per_second: 36, request_time: 1s, tokens_per_second: 100}"
    made = priced.plan("serve.replicas.max=10", usage)
    assert made.version == priced.plan().version
    cost = made.cost
    assert cost.month is not None
    assert cost.month.expected == pytest.approx(5 * 438)  # 36 in flight, 8 a replica
    assert cost.thousand_requests is not None
    assert cost.thousand_requests.expected == pytest.approx(5 * 438 / 94_608)
    assert cost.million_tokens is not None
    assert cost.million_tokens.low == pytest.approx(0.6 / 0.36)


def test_a_file_of_prices_wins_and_a_wrong_one_is_told_by_line(priced: Priced) -> None:
    priced.stage.write(
        "our.yaml",
        "date: 2026-11-01\nprices:\n  - {provider: sagemaker, region: 'here-*', instance: t4, amount: 0.25 USD}\n",
    )
    made = priced.plan("prices.file=our.yaml")
    assert (made.cost.after.amount, made.cost.after.source) == (0.25, "our.yaml:3")
    priced.stage.write(
        "our.yaml", "date: 2026-11-01\nprices:\n  - {provider: aws, instance: h10, region: us-east-11, amount: 1 USD}\n"
    )
    notes = priced.plan("prices.file=our.yaml").notes
    assert "our.yaml:3: h10 is no machine type that is known here; did you mean h100?" in notes
    assert "our.yaml:3: us-east-11 is no region that is known here; did you mean us-east-1?" in notes
    priced.stage.write("our.yaml", "date: 2026-11-01\nprices:\n  - {provider: sagemaker, instance: t4, amount: 0.25}\n")
    with pytest.raises(SpecError) as caught:
        priced.plan("prices.file=our.yaml")
    assert (caught.value.exit, caught.value.problems[0].line) == (Exit.USAGE, 3)


def test_a_file_of_a_load_is_read_beside_the_spec(priced: Priced) -> None:
    priced.stage.write("load.csv", "requests_per_second\n36\n")
    said = "serve.usage={file: load.csv, request_time: 1s}"
    cost = priced.plan("serve.replicas.max=10", said).cost
    assert cost.month is not None
    assert cost.month.expected == pytest.approx(5 * 438)
    priced.stage.write("load.csv", "requests_per_second\nmany\n")
    with pytest.raises(SpecError, match=r"load\.csv:2:1"):
        priced.plan("serve.replicas.max=10", said)
