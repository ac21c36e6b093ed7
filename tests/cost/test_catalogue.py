"""The shipped prices: what every one must have, how they are asked for, and what a refreshed folder changes."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tradewind.cost import stored
from tradewind.cost.catalogue import SHIPPED, Catalogue, load
from tradewind.cost.quote import Quote
from tradewind.cost.stored import Price
from tradewind.errors import FailedError
from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service

REGIONS = {
    "sagemaker": re.compile(r"(us|eu|ap|sa)-(north|south|east|west|central|northeast|southeast)-\d"),
    "vertex": re.compile(r"(us|europe|asia)-(central|east|west|northeast|southeast)\d"),
    "azureml": re.compile(r"[a-z]+\d?"),
}
SHIPPED_ONLY = Catalogue()
EVERY = tuple(SHIPPED_ONLY.every())


def test_a_price_has_a_source_a_date_and_is_money() -> None:
    assert len(EVERY) > 7000
    for quote in EVERY:
        assert quote.amount > 0, quote
        assert quote.source, quote
        assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", quote.date), quote
        assert isinstance(quote.amount, Decimal), quote
        assert quote.currency == "USD", quote


def test_keys_are_unique_and_regions_well_formed() -> None:
    keys = [(q.service, q.use, q.region, q.instance) for q in EVERY]
    assert len(set(keys)) == len(keys)
    for quote in EVERY:
        assert REGIONS[quote.service].fullmatch(quote.region), quote


def test_every_price_is_of_a_machine_that_is_known() -> None:
    """And of a use that the service takes: Azure ML's price is of the machine, whichever of the two it may do."""
    for quote in EVERY:
        instance = facts.find(quote.service, quote.instance)
        assert instance is not None, quote
        assert quote.use in instance.uses or quote.service == "azureml", quote


def test_spot_is_not_dearer_or_says_why() -> None:
    equal = 0
    for quote in EVERY:
        if quote.spot is None:
            assert (quote.spot_source, quote.spot_date, quote.spot_rule) == ("", "", ""), quote
            continue
        assert 0 < quote.spot <= quote.amount, quote
        assert quote.spot_source, quote
        assert quote.spot_rule, quote
        assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", quote.spot_date), quote
        if quote.spot == quote.amount:
            assert "the source gives the on-demand price" in quote.spot_rule, quote
            equal += 1
    assert equal == 9, "Azure, ND96isr_H200_v5"


def test_endpoints_that_cannot_be_interruptible_have_no_spot_price() -> None:
    spot = {(quote.service, quote.use) for quote in EVERY if quote.spot is not None}
    assert spot == {("sagemaker", "train"), ("vertex", "train"), ("vertex", "serve"), ("azureml", "train")}


def test_what_a_rule_computed_says_so() -> None:
    rules = {(quote.service, quote.rule.partition(" x ")[0]) for quote in EVERY if quote.rule}
    assert rules == {
        ("sagemaker", "EC2 list price"),
        ("vertex", "1.15"),
        ("vertex", "prediction's price of the same machine and region: training is billed the same"),
    }
    assert all(quote.rate.derived == bool(quote.rule) for quote in EVERY)
    assert not [quote for quote in EVERY if quote.service == "azureml" and quote.rule], "Azure ML's are read, each"


@pytest.mark.parametrize("service", facts.services())
def test_offers_are_cheapest_first_and_ties_go_by_name(service: Service) -> None:
    for region in SHIPPED_ONLY.regions(service):
        for use in ("train", "serve"):
            quotes = SHIPPED_ONLY.quotes(service, use, region)
            assert list(quotes) == sorted(quotes, key=lambda q: (q.amount, q.instance))
            offered = [it.id for it in SHIPPED_ONLY.offers(service, use, region)]
            assert offered == [q.instance for q in quotes if use in _facts(q).uses]


def _facts(quote: Quote) -> Instance:
    found = facts.find(quote.service, quote.instance)
    assert found is not None
    return found


def test_facts_are_in_the_order_of_the_home_region() -> None:
    for service, home in (("sagemaker", "us-east-1"), ("vertex", "us-central1"), ("azureml", "eastus")):
        train, serve = (
            {q.instance: q.amount for q in SHIPPED_ONLY.quotes(service, use, home)} for use in ("train", "serve")
        )
        lowest = {name: min(p[name] for p in (train, serve) if name in p) for name in {*train, *serve}}
        order = [it.id for it in facts.instances(service)]
        priced = [id for id in order if id in lowest]
        assert priced == sorted(priced, key=lambda id: (lowest[id], id))
        assert order == [*priced, *sorted(set(order) - set(priced))], "what has no price at home is last"


def test_what_nobody_knows_is_none() -> None:
    assert SHIPPED_ONLY.quote("sagemaker", "train", "us-east-1", "ml.p5e.48xlarge") is None
    assert SHIPPED_ONLY.quote("vertex", "serve", "mars-north1", "g2-standard-4") is None
    assert SHIPPED_ONLY.quotes("vertex", "serve", "mars-north1") == ()
    assert SHIPPED_ONLY.offers("azureml", "train", "us-east-1") == ()
    tpu = SHIPPED_ONLY.quote("vertex", "train", "us-central1", "ct5lp-hightpu-4t")
    assert tpu is None, "no rule is known for TPUs"


def test_one_price_as_a_person_would_look_it_up() -> None:
    quote = SHIPPED_ONLY.quote("sagemaker", "train", "us-east-1", "ml.g5.xlarge")
    assert quote is not None
    assert (quote.amount, quote.date, quote.rule) == (Decimal("1.408"), "2026-09-25", "")
    assert (quote.spot, quote.spot_rule) == (
        Decimal("0.5006"),
        "EC2 spot of the same type (managed spot bills at the EC2 spot market)",
    )
    assert SHIPPED_ONLY.regions("vertex", "train")[0] == "asia-northeast1"
    assert "sa-east-1" in SHIPPED_ONLY.regions("sagemaker")


def test_bare_machines_are_there_and_never_offered() -> None:
    cloud = SHIPPED_ONLY.bare("ec2", "us-east-1")
    assert [it.amount for it in cloud] == sorted(it.amount for it in cloud)
    assert next(it for it in cloud if it.instance == "g5.xlarge").spot == Decimal("0.5006")
    assert len(SHIPPED_ONLY.bare("gce", "us-central1")) == 131
    assert not [q for q in EVERY if q.instance.startswith(("tpu-", "accelerator:"))]


def test_dates_and_version() -> None:
    assert SHIPPED_ONLY.dates() == {"sagemaker": "2026-09-27", "vertex": "2026-09-08", "azureml": "2026-09-06"}
    assert SHIPPED_ONLY.date == SHIPPED_ONLY.version == "2026-09-27"


def refreshed(folder: Path, date: str, *, amount: str = "9.5") -> Catalogue:
    price = Price("us-east-1", "train", "ml.g5.xlarge", Decimal(amount), "AWS price list", date)
    folder.mkdir(exist_ok=True)
    (folder / "sagemaker.json").write_text(stored.text("sagemaker", [price], ("train",)), "utf-8")
    return Catalogue(SHIPPED, folder)


def test_a_refreshed_price_wins_for_what_it_names(tmp_path: Path) -> None:
    catalogue = refreshed(tmp_path, "2026-11-20")
    quote = catalogue.quote("sagemaker", "train", "us-east-1", "ml.g5.xlarge")
    assert quote is not None
    assert (quote.amount, quote.source, quote.date, quote.rule) == (Decimal("9.5"), "AWS price list", "2026-11-20", "")
    assert (quote.spot, quote.spot_date) == (Decimal("0.5006"), "2026-09-25"), "which was not refreshed, and says so"
    others = [q for q in catalogue.every() if q != quote]
    assert others == [q for q in EVERY if (q.use, q.region, q.instance) != ("train", "us-east-1", "ml.g5.xlarge")]
    assert catalogue.version == "2026-11-20+refreshed"
    quotes = catalogue.quotes("sagemaker", "train", "us-east-1")
    assert list(quotes) == sorted(quotes, key=lambda q: (q.amount, q.instance)), "in its new place"


def test_a_spot_price_above_the_refreshed_price_is_forgotten(tmp_path: Path) -> None:
    quote = refreshed(tmp_path, "2026-11-20", amount="0.4").quote("sagemaker", "train", "us-east-1", "ml.g5.xlarge")
    assert quote is not None
    assert (quote.amount, quote.spot, quote.spot_source) == (Decimal("0.4"), None, "")


def test_an_older_refresh_than_what_is_shipped_is_not_used(tmp_path: Path) -> None:
    catalogue = refreshed(tmp_path, "2026-01-01")
    assert tuple(catalogue.every()) == EVERY
    assert catalogue.version == "2026-09-27"


def test_load_looks_into_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path))
    (tmp_path / "catalogue").mkdir()
    refreshed(tmp_path / "catalogue", "2026-11-20")
    assert load().date == "2026-11-20"
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "other"))
    assert load().date == "2026-09-27"


@pytest.mark.parametrize("text", ["", "{", '{"format": 1}', "[]", '{"format": 2, "service": "sagemaker"}'])
def test_a_refreshed_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "vertex.json").write_text(text, "utf-8")
    catalogue = Catalogue(SHIPPED, tmp_path)
    assert catalogue.quotes("sagemaker", "train", "us-east-1"), "the others are not touched by it"
    with pytest.raises(FailedError, match=r"vertex\.json") as caught:
        catalogue.quotes("vertex", "serve", "us-central1")
    assert (caught.value.code, caught.value.hint) == ("TW617", "deploy cost refresh")


def test_the_file_keeps_every_part_of_a_price() -> None:
    """Written and read again, in any order; money to the last digit."""
    whole = Price(
        "r1", "train serve", "m", Decimal("0.21849885"), "read", "2026-01-02", "by rule",
        Decimal("0.1"), Decimal("0.05"), Decimal("0.15"), "spot feed", "2026-01-03", "spot rule",
    )  # fmt: skip
    plain = Price("r1", "train serve", "a", Decimal("12"), "read", "2026-01-01")
    text = stored.text("vertex", [plain, whole], ("serve",))
    assert text == stored.text("vertex", [whole, plain], ("serve",))
    shelf = stored.parse(text)
    first, second = shelf.rows("r1", "serve")
    assert Price("r1", "train serve", first[0], *shelf.said("serve", first)) == whole
    assert Price("r1", "train serve", second[0], *shelf.said("serve", second)) == plain
    assert shelf.said("train", first)[4:] == (None, None, None, "", "", ""), "no spot for that use"
    assert shelf.date == "2026-01-03"
    with pytest.raises(ValueError, match="twice"):
        stored.text("vertex", [plain, plain])
