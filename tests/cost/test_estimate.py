"""Estimates: in order, additive, never cheaper for more, and never 0 for what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from fakes.listed import HOME, book, quote
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cost.book import Book
from tradewind.cost.estimate import Fleet, Job, Place, estimate_overlap, estimate_serve, estimate_train
from tradewind.cost.profile import Scale, Usage
from tradewind.cost.span import Span
from tradewind.cost.storage import storage
from tradewind.machines.instance import Service
from tradewind.values import Rate

HOUR = timedelta(hours=1)
SERVICES: tuple[Service, ...] = ("sagemaker", "vertex", "azureml")
BOOK = book(
    *(quote("small", "0.10", it, use, spot="0.04", spot_low="0.02") for it in SERVICES for use in ("train", "serve")),
    *(quote("large", "1.00", it, use) for it in SERVICES for use in ("train", "serve")),
    quote("small", "0.20", region="eu-west-1", use="train"),
)


def place(instance: str = "small", service: Service = "sagemaker", region: str = "", *, own_disk: bool = True) -> Place:
    return Place(service, region or HOME[service], instance, own_disk)


# ---- training


def test_a_run_by_hand() -> None:
    made = estimate_train(BOOK, place(), Job(3, 2 * HOUR))
    assert made.total == Span.exactly(Decimal("0.60"))
    assert (made.currency, made.unknown) == ("USD", ())
    (line,) = made.lines
    assert (line.text, line.unit, line.rate.source) == ("3 x small", "machine-hour", "a list")


def test_what_is_expected_is_between_the_shortest_and_the_most() -> None:
    made = estimate_train(BOOK, place(), Job(1, 10 * HOUR, expected=4 * HOUR, shortest=HOUR))
    assert made.total == Span(Decimal("0.1"), Decimal("0.4"), Decimal(1))
    late = estimate_train(BOOK, place(), Job(1, HOUR, expected=4 * HOUR, shortest=2 * HOUR))
    assert late.total == Span.exactly(Decimal("0.1"))


def test_spot_is_from_the_lowest_to_the_on_demand_price() -> None:
    made = estimate_train(BOOK, place(), Job(1, 10 * HOUR, spot=True))
    assert made.total == Span(Decimal("0.2"), Decimal("0.4"), Decimal("1.0"))
    assert made.notes


def test_spot_that_nobody_lists_is_as_dear_as_any_other() -> None:
    made = estimate_train(BOOK, place("large"), Job(1, HOUR, spot=True))
    assert made.total == Span.exactly(1)
    assert "at the on-demand price" in made.lines[0].text
    assert not made.unknown


def test_machines_that_are_kept_after_the_run_are_paid_for() -> None:
    made = estimate_train(BOOK, place(), Job(2, HOUR, idle=HOUR / 2))
    assert made.total == Span(Decimal("0.2"), Decimal("0.3"), Decimal("0.3"))


def test_several_kinds_of_machines() -> None:
    made = estimate_train(BOOK, place(), Job(2, HOUR, others=((place("large"), 3),)))
    assert made.total == Span.exactly(Decimal("3.2"))
    strange = estimate_train(BOOK, place(), Job(2, HOUR, others=((place("strange"), 3),)))
    assert strange.total is None
    assert len(strange.open) == 1


# ---- disks


def test_a_volume_of_sagemaker_is_paid_by_the_month() -> None:
    made = estimate_train(BOOK, place(own_disk=False), Job(1, 730 * HOUR, disk_gb=Decimal(100)))
    assert made.total == Span.exactly(Decimal("73.0") + Decimal("14.00"))
    assert made.lines[1].rate.amount == Decimal("0.14")
    # The 30 GB that every machine gets.
    default = estimate_train(BOOK, place(own_disk=False), Job(1, 730 * HOUR))
    assert default.total == Span.exactly(Decimal("73.0") + Decimal("4.20"))
    assert len(estimate_train(BOOK, place(own_disk=True), Job(1, HOUR, disk_gb=Decimal(100))).lines) == 1


def test_where_the_rate_of_a_disk_is_not_known_it_is_named() -> None:
    far = place(region="eu-west-1", own_disk=False)
    small = estimate_train(BOOK, far, Job(1, HOUR))
    assert small.total == Span.exactly(Decimal("0.20"))
    assert len(small.unknown) == 1
    assert not small.open
    asked = estimate_train(BOOK, far, Job(1, HOUR, disk_gb=Decimal(500)))
    assert "500 GB of ML storage" in asked.unknown[0]
    assert len(asked.open) == 1


def test_a_million_tokens_on_spot_have_its_range() -> None:
    prices = book(quote("g2-standard-4", "3.6", "vertex", spot="1.8"))
    fleet = Fleet(Scale(1, 1), Usage(duty=Decimal("0.5"), tokens=Decimal(1000)), spot=True)
    found = estimate_serve(prices, Place("vertex", "us-central1", "g2-standard-4"), fleet).million_tokens
    assert found is not None
    assert [round(case, 9) for case in (found.low, found.expected, found.high)] == [Decimal("0.5"), 1, 2]


def test_a_disk_of_another_kind_has_no_known_rate() -> None:
    """Vertex AI's rate is of an SSD: pd-standard costs less, and nobody here knows how much."""
    kinds = {
        kind: storage("vertex", "train", "us-central1", Span.exactly(1), disk_gb=None, own_disk=False, kind=kind)
        for kind in ("", "pd-ssd", "pd-standard")
    }
    assert kinds[""] == kinds["pd-ssd"]
    other = kinds["pd-standard"]
    assert other is not None
    assert (other.total, other.why, other.small) == (None, "the rate of pd-standard is not known", True)


def test_the_disks_of_the_others() -> None:
    boot = estimate_train(BOOK, place(service="vertex"), Job(2, 10 * HOUR))
    assert boot.total == Span.exactly(2 * 10 * (Decimal("0.10") + 100 * Decimal("0.0002678")))
    assert not estimate_serve(BOOK, place(service="vertex"), Fleet(Scale(1, 1))).month.unknown
    azure = estimate_train(BOOK, place(service="azureml"), Job(1, HOUR))
    assert azure.unknown == ("system disks: their rate is not known",)
    assert azure.total == Span.exactly(Decimal("0.10"))


# ---- serving


def test_a_month_by_hand() -> None:
    made = estimate_serve(BOOK, place(), Fleet(Scale(1, 4, 8)))
    assert made.month.total == Span(Decimal(73), Decimal(73), Decimal(292))
    assert made.hourly.amount == Decimal("0.10")
    assert (made.thousand_requests, made.million_tokens) == (None, None)


def test_no_endpoint_of_machines_scales_to_nothing() -> None:
    made = estimate_serve(BOOK, place(), Fleet(Scale(0, 2, 8)))
    assert made.month.total == Span(Decimal(73), Decimal(73), Decimal(146))
    assert any("does not scale to nothing" in note for note in made.month.notes)


def test_the_price_of_requests_and_of_tokens() -> None:
    # 36 requests a second in flight for 1 s, 8 a replica: 5 replicas, 365 $ a month for 94.608 million requests.
    usage = Usage((Decimal(36),), seconds=Decimal(1), tokens=Decimal(100))
    made = estimate_serve(BOOK, place(), Fleet(Scale(1, 10, 8), usage))
    assert made.month.total == Span(Decimal(73), Decimal(365), Decimal(730))
    assert made.thousand_requests is not None
    assert made.thousand_requests.expected == pytest.approx(Decimal(365) / Decimal(94_608))
    # 0.10 $ for 360,000 tokens at full load; 36 of 40 seats are taken.
    assert made.million_tokens is not None
    assert made.million_tokens.low == pytest.approx(Decimal("0.27777777"))
    assert made.million_tokens.expected == pytest.approx(Decimal("0.27777777") / Decimal("0.9"))


def test_a_rollout_is_paid_for_while_two_versions_stand() -> None:
    made = estimate_overlap(BOOK, place(), 3, 2 * HOUR, 5 * HOUR)
    assert made.total == Span(Decimal("0.6"), Decimal("0.6"), Decimal("1.5"))


# ---- what holds for all

sizes = st.integers(1, 40)
lengths = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
disks = st.none() | st.integers(1, 16_000).map(Decimal)
places = st.builds(place, st.sampled_from(["small", "large"]), st.sampled_from(SERVICES), own_disk=st.booleans())
jobs = st.builds(
    Job,
    sizes,
    lengths,
    expected=st.none() | lengths,
    shortest=st.none() | lengths,
    spot=st.booleans(),
    disk_gb=disks,
    others=st.lists(st.tuples(places, sizes), max_size=2).map(tuple),
    idle=st.just(timedelta(0)) | lengths,
)
usages = (
    st.none()
    | st.builds(Usage, st.lists(st.decimals(0, 500, places=1), max_size=24).map(tuple), seconds=st.just(Decimal("0.2")))
    | st.builds(Usage, duty=st.decimals(0, 1, places=2))
)
fleets = st.builds(
    lambda least, more, usage, disk: Fleet(Scale(least, least + more, 8), usage, disk),
    st.integers(0, 20), st.integers(0, 40), usages, disks,
)  # fmt: skip


@given(places, jobs, fleets)
def test_low_expected_high_are_in_order_and_parts_make_the_total(where: Place, job: Job, fleet: Fleet) -> None:
    for made in (estimate_train(BOOK, where, job), estimate_serve(BOOK, where, fleet).month):
        assert made.total is not None
        assert 0 < made.total.low <= made.total.expected <= made.total.high
        parts = [line.total for line in made.lines if line.total is not None]
        assert made.total.low == sum(part.low for part in parts)
        assert made.total.expected == sum(part.expected for part in parts)
        assert made.total.high == sum(part.high for part in parts)
        assert len(made.unknown) == len(made.lines) - len(parts)


@given(places, jobs, sizes)
def test_more_machines_never_cost_less(where: Place, job: Job, more: int) -> None:
    one, other = (estimate_train(BOOK, where, it).total for it in (job, replace(job, nodes=job.nodes + more)))
    assert one is not None
    assert other is not None
    assert one.low < other.low
    assert one.expected < other.expected
    assert one.high < other.high


@given(places, fleets, st.integers(0, 20), st.integers(0, 20))
def test_more_replicas_never_cost_less(where: Place, fleet: Fleet, least: int, most: int) -> None:
    scale = fleet.scale
    larger = replace(fleet, scale=replace(scale, least=scale.least + least, most=scale.most + least + most))
    one, other = (estimate_serve(BOOK, where, it).month.total for it in (fleet, larger))
    assert one is not None
    assert other is not None
    assert one.low <= other.low
    assert one.expected <= other.expected
    assert one.high <= other.high


def cheaper(share: Decimal) -> Book:
    return replace(BOOK, discounts=dict.fromkeys(SERVICES, share))


@given(places, jobs, fleets, st.decimals(0, "0.99", places=2), st.decimals(0, "0.99", places=2))
def test_a_larger_discount_never_makes_anything_dearer(
    where: Place, job: Job, fleet: Fleet, one: Decimal, other: Decimal
) -> None:
    less, more = (cheaper(share) for share in sorted((one, other)))
    for here, there in (
        (estimate_train(less, where, job), estimate_train(more, where, job)),
        (estimate_serve(less, where, fleet).month, estimate_serve(more, where, fleet).month),
    ):
        assert here.total is not None
        assert there.total is not None
        assert there.total.low <= here.total.low
        assert there.total.expected <= here.total.expected
        assert there.total.high <= here.total.high


@given(st.sampled_from(SERVICES), jobs, fleets)
def test_unknown_is_never_0(service: Service, job: Job, fleet: Fleet) -> None:
    where = place("nobody's", service)
    month = estimate_serve(BOOK, where, fleet)
    for made in (estimate_train(BOOK, where, job), month.month):
        assert made.total is None
        assert made.open
        assert made.unknown
    assert month.hourly == Rate(None)
    assert (month.thousand_requests, month.million_tokens) == (None, None)
