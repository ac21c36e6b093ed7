"""The escape block wins, then deploy.lock, then the cheapest in the region; and what cannot be known is told."""

from __future__ import annotations

import pytest
from fakes.machines import ALL, H100, L4, L4S, MIDDLE, SERVING, SMALL, T4
from fakes.priced import Book, PricedInfo, PricedSettings, install
from fakes.provider import FakeInfo

from tradewind.engine.choosing import Choice, Site, choose
from tradewind.values import Foundation, Hardware, Loss, Machine

NEED = Hardware(gpus=(("L4", 1), ("T4", 1)))
GROUND = Foundation("fake://", region="ground-1")
EVERYWHERE = {"home-1": ALL}


@pytest.fixture(autouse=True)
def _facts(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def site(region: str | None = None, machine: str | None = None, book: Book | None = None) -> Site:
    return Site(PricedInfo(), PricedSettings(region=region, machine=machine), None, book or Book())


def test_the_cheapest_there_even_where_it_is_dearer_at_home() -> None:
    there = tuple(reversed([it for it in ALL if it != H100]))
    book = Book({"home-1": ALL, "there-1": there})
    assert choose(site(book=book), NEED, "train") == Choice(T4.machine, (), "2026-09-01")
    assert choose(site("there-1", book=book), NEED, "train") == Choice(L4S.machine, (), "2026-09-01")


def test_what_has_no_price_is_chosen_only_where_nothing_else_would_do_and_is_told() -> None:
    there = tuple(it for it in ALL if it not in (T4, H100))
    at = site("there-1", book=Book({"home-1": ALL, "there-1": there}))
    assert choose(at, NEED, "train").found == L4.machine
    choice = choose(at, Hardware(gpus=(("H100", 8),)), "train")
    assert choice.found == H100.machine
    said = "train.hardware: h100 has no price that is known in there-1, and may not be offered there"
    assert choice.notes == (said,)


def test_where_few_prices_are_known_they_decide_nothing() -> None:
    """Only a Trainium has a price there: nobody is put on a larger machine because the small ones are not in our list."""
    choice = choose(site("sparse-1"), Hardware(cpus=2), "serve")
    assert choice.found == SMALL.machine
    said = "serve.hardware: few prices are known in sparse-1, so small is what would be the cheapest in home-1"
    assert choice.notes == (said,)


def test_nothing_that_anybody_knows_of() -> None:
    found = choose(site(), Hardware(gpus=(("MI300X", 1),)), "train").found
    assert isinstance(found, Loss)
    assert found.path == "train.hardware.gpu"


def test_named_is_taken_as_it_is_whatever_deploy_lock_holds() -> None:
    choice = choose(site(machine="middle"), NEED, "train", held=T4.machine)
    assert choice == Choice(MIDDLE.machine)


def test_a_name_that_nobody_knows_is_told_with_what_it_looks_like() -> None:
    choice = choose(site(machine="midle"), Hardware(cpus=4, gpus=(("L4", 2),)), "train")
    assert choice.found == Machine("midle", 4, 0, "L4", 2)
    assert choice.notes == (
        "fake.train: Fake cloud has no midle that is known here, nor its price; did you mean middle?",
    )


def test_a_name_that_nobody_knows_is_as_deploy_lock_remembers_it() -> None:
    held = Machine("newest", 8, 64, "L4", 1)
    assert choose(site(machine="newest"), Hardware(), "train", held).found == held
    assert choose(site(machine="other"), Hardware(), "train", held).found == Machine("other", 0, 0)


def test_a_name_for_another_use_is_told() -> None:
    choice = choose(site(machine=SERVING.id), Hardware(), "train")
    assert choice.found == SERVING.machine
    assert choice.notes == ("fake.train: Fake cloud is not known to offer serving for training",)


def test_what_deploy_lock_holds_stays_with_the_facts_of_today_and_no_price_is_read() -> None:
    class Unread(Book):
        def offers(self, *_: object) -> tuple[()]:
            raise AssertionError("nothing is chosen")

    assert choose(site(book=Unread()), NEED, "train", Machine("h100", 1, 1)) == Choice(H100.machine)
    gone = Machine("gone", 8, 64, "L4", 1)
    assert choose(site(book=Unread()), NEED, "train", gone) == Choice(gone)


def test_without_prices_the_reference_order_decides() -> None:
    assert choose(Site(PricedInfo(), None), NEED, "train") == Choice(T4.machine)


def test_a_target_without_a_catalogue_answers_by_itself() -> None:
    at = Site(FakeInfo(), None, None, Book())
    assert choose(at, Hardware(), "train").found == Machine("fake-standard", 2, 4)
    held = Machine("fake-old", 2, 4)
    assert choose(at, Hardware(), "train", held).found == held


@pytest.mark.parametrize(
    ("said", "ground", "around", "expected"),
    [
        ("said-1", GROUND, "around-1", "said-1"),
        (None, GROUND, "around-1", "ground-1"),
        (None, Foundation("fake://"), "around-1", "around-1"),
        (None, None, None, "home-1"),
    ],
)
def test_the_region(said: str | None, ground: Foundation | None, around: str | None, expected: str) -> None:
    info = PricedInfo()
    info.around = around
    assert Site(info, PricedSettings(region=said), ground).region == expected
    assert Site(info, None, ground).region == (expected if said is None else "ground-1")


class CautiousInfo(PricedInfo):
    def caution(self, machine: Machine, use: str) -> str:
        return f"{machine.id} is scarce" if machine == T4.machine else ""


def test_what_is_to_be_known_of_a_machine_is_told_where_the_tool_chose_it() -> None:
    book = Book({"home-1": ALL})
    chosen = choose(Site(CautiousInfo(), PricedSettings(), None, book), NEED, "serve")
    assert chosen.notes == ("serve.hardware: t4 is scarce",)
    named = choose(Site(CautiousInfo(), PricedSettings(machine="t4"), None, book), NEED, "serve")
    assert named.notes == ()  # somebody knew what they wrote
    assert (
        choose(Site(CautiousInfo(), PricedSettings(), None, book), Hardware(gpus=(("H100", 8),)), "train").notes == ()
    )
