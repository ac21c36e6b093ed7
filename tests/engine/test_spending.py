"""Spending: hours as the ledger tells them, at the prices it kept; what nobody knows is named, and never 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from fakes.statekit import NAME, NEW, OLD, World, version
from hypothesis import given
from hypothesis import strategies as st

from tradewind.engine import ledger, spending
from tradewind.engine.claims import Attempt, Refused
from tradewind.engine.ledger import Entry, Note, Seen
from tradewind.engine.spending import Spent
from tradewind.engine.standing import periods
from tradewind.values import JobStatus

ZERO = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = Seen("2", machine="m", low=1, high=3)


def at(hours: float) -> datetime:
    return ZERO + timedelta(hours=hours)


def start(
    number: int, hours: float, digest: str, before: str = "", price: Seen | None = PRICE, **more: object
) -> Entry:
    made = Entry("start", NAME, number, at(hours), rollout=number, style="update" if before else "first", digest=digest,
                 before=before, version=version(digest, min=1, max=3), tags={"team": "red"}, note=Note(seen=price))  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def done(number: int, hours: float, rollout: int, outcome: str = "promoted", **more: object) -> Entry:
    return replace(Entry("done", NAME, number, at(hours), rollout=rollout), outcome=outcome, **more)  # type: ignore[arg-type]


def spent(*entries: Entry, now: float = 10, since: datetime | None = None, free: bool = False) -> tuple[Spent, ...]:
    return spending.spent(entries, (), at(now), since, free=free)


def money(found: tuple[Spent, ...]) -> list[tuple[Decimal, Decimal] | None]:
    return [(one.money.low, one.money.high) if one.money else None for one in found]


def run(price: Seen | None = PRICE, **more: object) -> tuple[Spent, ...]:
    it = replace(Attempt("d", 1, "job", "me", "h", 1, at(0), outcome="succeeded", ended=at(4)), **more)  # type: ignore[arg-type]
    told = Entry("trained", "job", 1, at(4), digest="d", note=Note(seen=price))
    return spending.spent((told,), (it,), at(10), None, free=False)


def test_both_versions_of_a_canary_are_paid_for() -> None:
    found = spent(start(1, 0, OLD), done(2, 1, 1), start(3, 4, NEW, OLD), done(4, 6, 3))
    assert money(found) == [(12, 36), (12, 36)]  # 0..6 and 4..10, at 2 an hour, of 1 to 3 replicas


def test_one_that_was_rolled_back_counts_while_it_stood() -> None:
    found = spent(start(1, 0, OLD), done(2, 1, 1), start(3, 4, NEW, OLD), done(4, 6, 3, "rolled_back"))
    assert money(found) == [(20, 60), (4, 12)]


def test_one_that_is_kept_counts_until_it_is_retired() -> None:
    kept = done(4, 6, 3, keep_until=at(9))
    found = spent(start(1, 0, OLD), done(2, 1, 1), start(3, 4, NEW, OLD), kept,
                  Entry("retired", NAME, 5, at(8), digest=OLD))  # fmt: skip
    assert money(found) == [(16, 48), (12, 36)]


def test_a_new_size_and_taking_down() -> None:
    more = Entry("adjusted", NAME, 3, at(2), digest=OLD, version=version(OLD, min=2, max=2),
                 note=Note(seen=replace(PRICE, low=2, high=2)))  # fmt: skip
    down = Entry("start", NAME, 4, at(5), rollout=4, style="down", before=OLD)
    assert money(spent(start(1, 0, OLD), done(2, 1, 1), more, down, done(5, 5, 4, "down"))) == [(4, 12), (12, 12)]


def test_going_back_is_priced_as_it_was() -> None:
    found = spent(start(1, 0, OLD), done(2, 1, 1), start(3, 2, NEW, OLD), done(4, 3, 3),
                  start(5, 4, OLD, NEW, None, style="rollback"), done(6, 5, 5))  # fmt: skip
    assert money(found) == [(6, 18), (6, 18), (12, 36)]


def test_an_old_ledger_has_no_prices_which_is_said_and_on_this_machine_is_free() -> None:
    old = start(1, 0, OLD, price=None)
    (row,) = spending.rows(spent(old), "each", "prod")
    assert row.amount.low is None
    assert "has no price in the ledger" in row.amount.unknown[0]
    assert money(spent(old, free=True)) == [(0, 0)]
    (row,) = spending.rows(spent(start(1, 0, OLD, price=Seen(machine="m9"))), "each", "prod")
    assert row.amount.low is None
    assert "m9" in row.amount.unknown[0]


def test_only_what_is_since_then() -> None:
    assert money(spent(start(1, 0, OLD), done(2, 1, 1), since=at(7))) == [(6, 18)]
    gone = (start(1, 0, OLD), done(2, 1, 1, "failed"))
    assert spent(*gone, since=at(7)) == ()


def test_clocks_that_differ_never_give_less_than_nothing() -> None:
    assert money(spent(start(1, 5, OLD), done(2, 4, 1, "failed"))) == [(0, 0)]
    assert money(spent(start(1, 5, OLD), now=3)) == [(0, 0)]


def test_runs_are_paid_by_the_cloud_s_seconds_else_from_start_to_end() -> None:
    how = JobStatus("succeeded", "Completed", started=at(1), ended=at(3), billed=timedelta(hours=1))
    assert money(run(how=how)) == [(2, 2)]
    assert money(run(how=replace(how, billed=None))) == [(4, 4)]
    assert money(run(replace(PRICE, spot=True), how=how)) == [(4, 4)]
    assert money(run(outcome="failed")) == [(0, 8)]
    assert run(refused=Refused("quota", "TW1")) == ()
    assert run(None, how=how)[0].money is None
    assert "no end" in run(outcome="", ended=None)[0].why


prices = st.one_of(st.none(), st.builds(Seen, st.one_of(st.none(), st.decimals(0, 99, places=4).map(str)),
                                        st.sampled_from(["USD", "EUR"]), low=st.just(1), high=st.just(2)))  # fmt: skip


@given(
    st.lists(st.tuples(st.floats(-5, 20), st.sampled_from([OLD, NEW, "sha256:c"]), prices), max_size=8),
    st.sampled_from(["each", "version", "run", "environment", "project", "tag:team", "tag:none"]),
)
def test_the_total_is_the_sum_of_its_parts(made: list[tuple[float, str, Seen | None]], by: str) -> None:
    found = spent(*(start(i, hours, digest, price=price) for i, (hours, digest, price) in enumerate(made, 1)))
    total = {row.amount.currency: row for row in spending.rows(found, "total", "prod")}
    for currency, whole in total.items():
        parts = [row for row in spending.rows(found, by, "prod") if row.amount.currency == currency]
        assert abs(sum(row.amount.low or 0 for row in parts) - (whole.amount.low or 0)) < 1e-6
        assert {u for row in parts for u in row.amount.unknown} == set(whole.amount.unknown)
        assert all((row.amount.low or 0) >= 0 and row.hours_low <= row.hours_high for row in parts)


def test_a_first_version_that_still_rolls_out_stands() -> None:
    assert periods((start(1, 0, OLD),))[0].end is None


def test_a_newer_tools_ledger_is_read_as_far_as_known_and_said() -> None:
    world = World()
    session = world.session()
    made = ledger.of(session).append(start(1, 0, OLD))
    newer = b'{"schema": "tradewind/ledger/9", "kind": "dreamt", "subject": "x"}'
    session.store.put_if_absent(f"ledger/{made.number + 1:08d}.json", newer)
    before = [entry.key for entry in session.store.list("")]
    found = spending.of(session)
    assert spending.NEWER in found.notes
    assert len(found.rows) == 1
    assert [entry.key for entry in session.store.list("")] == before
