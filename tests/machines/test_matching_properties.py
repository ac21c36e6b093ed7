"""What holds for every need and every list of machine types."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from fakes.machines import ALL
from hypothesis import given
from hypothesis import strategies as st

from tradewind.machines.instance import Instance
from tradewind.machines.matching import choose, meets, misses
from tradewind.values import Hardware, Loss, Machine

CARDS = ("T4", "L4", "A10", "A100", "A100-40GB", "H100", "GH200")
cards = st.lists(st.tuples(st.sampled_from(CARDS), st.integers(1, 9)), max_size=4, unique_by=lambda card: card[0])
sizes = st.none() | st.floats(1, 3000)
by_memory = st.one_of(st.just((None, 0)), st.tuples(st.floats(1, 100), st.integers(1, 9)))
needs = st.builds(
    lambda gpus, memory, cpus, main, disk: Hardware(cpus, main, disk, tuple(gpus), *memory),
    cards, by_memory, sizes, sizes, sizes,
)  # fmt: skip
orders = st.permutations(ALL)
RANK = {it.id: n for n, it in enumerate(ALL)}


def price(found: Machine | Loss) -> float:
    """Its place in the list; what cannot be had is dearer than anything."""
    return RANK[found.id] if isinstance(found, Machine) else float("inf")


@given(needs, st.sampled_from(("cpus", "memory_gib", "disk_gib")), st.floats(0, 500))
def test_a_tighter_need_is_never_cheaper(need: Hardware, part: str, more: float) -> None:
    tighter = replace(need, **{part: (getattr(need, part) or 0) + more})
    assert price(choose(ALL, tighter, "train", "Cloud")) >= price(choose(ALL, need, "train", "Cloud"))


@given(needs, st.integers(1, 4))
def test_more_gpus_are_never_cheaper(need: Hardware, more: int) -> None:
    tighter = replace(need, gpus=tuple((card, count + more) for card, count in need.gpus),
                      gpu_count=need.gpu_count and need.gpu_count + more)  # fmt: skip
    assert price(choose(ALL, tighter, "serve", "Cloud")) >= price(choose(ALL, need, "serve", "Cloud"))


@given(needs, st.sampled_from(CARDS))
def test_one_more_alternative_is_never_dearer(need: Hardware, card: str) -> None:
    looser = replace(need, gpus=(*need.gpus, (card, 1)))
    if need.gpus or need.gpu_count:
        assert price(choose(ALL, looser, "train", "Cloud")) <= price(choose(ALL, need, "train", "Cloud"))


@given(needs, st.randoms(use_true_random=False), orders)
def test_the_order_of_alternatives_never_matters(
    need: Hardware, chance: random.Random, offered: list[Instance]
) -> None:
    gpus = list(need.gpus)
    chance.shuffle(gpus)
    one, other = (choose(offered, it, "serve", "Cloud") for it in (need, replace(need, gpus=tuple(gpus))))
    if isinstance(one, Machine):
        assert one == other
    else:
        assert isinstance(other, Loss)
        assert one.path == other.path
        assert one.reason.partition("; the nearest")[2] == other.reason.partition("; the nearest")[2]


@given(needs, orders)
def test_a_choice_meets_the_need_and_a_refusal_means_that_nothing_does(need: Hardware, offered: list[Instance]) -> None:
    found = choose(offered, need, "train", "Cloud")
    able = [it.machine for it in offered if meets(it, need, "train")]
    assert found == able[0] if able else isinstance(found, Loss)


@given(needs, orders)
def test_what_is_told_as_near_lacks_what_is_said(need: Hardware, offered: list[Instance]) -> None:
    found = choose(offered, need, "train", "Cloud")
    if isinstance(found, Loss):
        told = [it for it in offered if f" {it.id} (" in found.reason]
        assert 1 <= len(told) <= 3
        assert all(misses(it, need) for it in told)


@given(needs, st.lists(st.sampled_from([Decimal(1), Decimal(2)]), min_size=len(ALL), max_size=len(ALL)), orders)
def test_equal_prices_are_told_apart_by_name(need: Hardware, prices: list[Decimal], shuffled: list[Instance]) -> None:
    """As catalogues sort what they offer: the order in which rows were read is nobody's reason to move a job."""
    costs = dict(zip((it.id for it in ALL), prices, strict=True))
    one, other = (sorted(some, key=lambda it: (costs[it.id], it.id)) for some in (ALL, shuffled))
    assert choose(one, need, "train", "Cloud") == choose(other, need, "train", "Cloud")
