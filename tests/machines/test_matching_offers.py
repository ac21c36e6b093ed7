"""Matching over what is really offered: every service, region and use of the catalogue."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.cost.book import Book
from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service, Use
from tradewind.machines.matching import choose, meets
from tradewind.spec import gpus
from tradewind.values import Hardware, Loss, Machine

BOOK = Book()
USES: tuple[Use, ...] = ("train", "serve")
PLACES = [(it, use, region) for it in facts.services() for use in USES for region in BOOK.regions(it, use)]
HOMES: dict[Service, str] = {"sagemaker": "us-east-1", "vertex": "us-central1", "azureml": "eastus"}
CARDS = ("T4", "L4", "L40S", "A10", "A10G", "V100", "A100", "A100-80GB", "H100", "H200", "MI300X")

needs = st.builds(
    lambda gpus, memory, cpus, main: Hardware(cpus, main, None, tuple(gpus), *memory),
    st.lists(st.tuples(st.sampled_from(CARDS), st.integers(1, 8)), max_size=3, unique_by=lambda card: card[0]),
    st.just((None, 0)) | st.tuples(st.sampled_from((16.0, 24.0, 40.0, 80.0)), st.integers(1, 8)),
    st.none() | st.integers(1, 200),
    st.none() | st.integers(1, 2000),
)


def price(place: tuple[Service, Use, str], need: Hardware) -> Decimal:
    service, use, region = place
    found = choose(BOOK.offers(service, use, region), need, use, "Cloud")
    amount = BOOK.rate(service, use, region, found.id).amount if isinstance(found, Machine) else Decimal("Infinity")
    assert amount is not None  # what is offered has a price
    return amount


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLACES), needs, st.integers(0, 64), st.integers(0, 512), st.integers(0, 2))
def test_a_tighter_need_is_never_cheaper(
    place: tuple[Service, Use, str], need: Hardware, cpus: int, memory: int, cards: int
) -> None:
    tighter = replace(
        need,
        cpus=(need.cpus or 0) + cpus,
        memory_gib=(need.memory_gib or 0) + memory,
        gpus=tuple((card, count + cards) for card, count in need.gpus),
        gpu_count=need.gpu_count and need.gpu_count + cards,
    )
    assert price(place, tighter) >= price(place, need)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLACES), needs)
def test_what_is_chosen_is_the_cheapest_that_meets_the_need(place: tuple[Service, Use, str], need: Hardware) -> None:
    service, use, region = place
    able = [it for it in BOOK.offers(service, use, region) if meets(it, need, use)]
    costs = [BOOK.rate(service, use, region, it.id).amount for it in able]
    assert price(place, need) == min(filter(None, costs), default=Decimal("Infinity"))


@given(st.permutations(CARDS[:5]))
def test_the_order_of_alternatives_never_matters(cards: list[str]) -> None:
    for service, home in HOMES.items():
        offered = BOOK.offers(service, "serve", home)
        one, other = (
            choose(offered, Hardware(gpus=tuple((it, 1) for it in some)), "serve", "")
            for some in (cards, sorted(cards))
        )
        assert one == other


@pytest.mark.parametrize("service", facts.services())
def test_every_card_that_a_service_has_can_be_asked_for_by_its_name_and_its_memory(service: Service) -> None:
    """By memory only where the same code runs: a card of another make (MI300X) has to be named."""
    for it in facts.instances(service):
        if it.gpu is None or it.burstable or it.gpu_memory_gib is None or it.gpu not in gpus.MEMORY_GIB:
            continue
        whole = it.gpu_memory_gib * 2 > gpus.MEMORY_GIB[it.gpu]
        use = min(it.uses)
        assert meets(it, Hardware(gpus=((it.gpu, it.gpus),)), use) is whole, it
        assert meets(it, Hardware(gpu_memory_gib=it.gpu_memory_gib, gpu_count=it.gpus), use) is (
            it.portable and not it.arm
        ), it


@pytest.mark.parametrize("service", facts.services())
def test_nobody_is_put_on_what_only_its_friends_want(service: Service) -> None:
    shunned = [it for it in facts.instances(service) if it.burstable or it.arm or not it.portable]
    for it, use in itertools.product(shunned, USES):
        assert not meets(it, Hardware(), use)
        assert not meets(it, Hardware(gpu_count=1), use)


def fastest(offered: tuple[Instance, ...], need: Hardware) -> float:
    def timed() -> float:
        began = time.perf_counter()
        choose(offered, need, "serve", "Cloud")
        return time.perf_counter() - began

    return min(timed() for _ in range(50))


@pytest.mark.parametrize("service", facts.services())
def test_a_choice_takes_well_under_a_millisecond(service: Service) -> None:
    """The best of many: what the machine does besides is nobody's fault. A refusal, which describes, may take a few."""
    offered = BOOK.offers(service, "serve", HOMES[service])
    last = Hardware(gpus=(("H100", 8), ("A100-80GB", 8)), memory_gib=1000)
    assert isinstance(choose(offered, last, "serve", "Cloud"), Machine)
    assert fastest(offered, last) < 0.001
    never = Hardware(gpus=(("MI300X", 99),))
    assert isinstance(choose(offered, never, "serve", "Cloud"), Loss)
    assert fastest(offered, never) < 0.01
