"""AWS's bulk offers: which products are which machines, and how a reading goes on."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cost.refresh.conftest import NOW, Refresh
from fakes.prices import OFFERS, Answer, Prices, offer, said

from tradewind.cost.catalogue import SHIPPED, Catalogue
from tradewind.cost.refresh.aws import Product, parse, product_of

SAMPLES = Path(__file__).parent / "samples"
FEW = [("Train", "ml.m5.xlarge", "0.23"), ("Host", "ml.m5.xlarge", "0.231"), ("Host", "ml.g5.xlarge", "1.41")]


def product(usage: str, **more: Any) -> Product | None:
    attributes = {"usagetype": usage, "component": "Training", "platoinstancetype": "Training", **more.pop("also", {})}
    return product_of({"productFamily": "ML Instance", "attributes": attributes, **more})


@pytest.mark.parametrize(
    ("usage", "found"),
    [
        ("USE1-Train:ml.m5.large", Product("train", "ml.m5.large")),
        ("EU-Host:ml.p4d.24xlarge", Product("serve", "ml.p4d.24xlarge")),
        ("APN1-Train-ml.c5.9xlarge", Product("train", "ml.c5.9xlarge")),
        ("Train:ml.g5.xlarge", Product("train", "ml.g5.xlarge")),
        ("USW2-TrSpt:ml.g5.xlarge", Product("spot", "ml.g5.xlarge")),
        ("USE1-Notebk:ml.m5.large", None),
        ("USE1-Processing:ml.m5.large", None),
        ("USE1-AsyncInf:ml.m5.large", None),
        ("USE1-Studio:JupyterLab-ml.m5.large", None),
        ("USE1-Cluster:ml.p5.48xlarge", None),
        ("USE1-Train:ml.m5.large-FreeTier", None),
        ("USE1-Train:ml.p5.48xlarge-Reserved", None),
        ("USE1-LAX1-Host:ml.m5.large", None),
    ],
)
def test_a_product_is_what_its_usage_type_says(usage: str, found: Product | None) -> None:
    assert product(usage) == found


def test_what_is_free_or_for_maps_is_nobodys_training() -> None:
    assert product("USE1-Train:ml.m5.large", also={"platoinstancetype": "Training-Free"}) is None
    assert product("USE1-Train:ml.m5.large", also={"component": "Processing_Geo"}) is None
    assert product("USE1-Train:ml.m5.large", productFamily="ML Serverless") is None
    assert product_of({"productFamily": "ML Instance", "attributes": None}) is None


def test_without_a_usage_type_component_and_name_tell() -> None:
    assert product("", also={"instanceName": "ml.m5.large"}) == Product("train", "ml.m5.large")
    assert product("", also={"instanceType": "ml.m5.large-Training"}) == Product("train", "ml.m5.large")
    assert product("", also={"instanceType": "Training"}) is None


def test_the_sample_of_aws() -> None:
    published, rows, left = parse(
        io.BytesIO((SAMPLES / "aws_sagemaker_offer_us-east-1.json").read_bytes()), "us-east-1"
    )
    assert published == "2026-09-25T00:03:13Z"
    assert sorted(rows) == [("serve", "ml.m5.xlarge", "0.2300000000"), ("train", "ml.m5.large", "0.1150000000")]
    assert not left


def test_terms_may_come_before_products() -> None:
    whole = offer("us-east-1", FEW)
    turned = {name: whole[name] for name in ("terms", "products", "publicationDate", "offerCode")}
    _, rows, _ = parse(io.BytesIO(json.dumps(turned).encode()), "us-east-1")
    assert len(rows) == 3


def test_machines_of_another_region_are_not_taken() -> None:
    _, found, left = parse(io.BytesIO(json.dumps(offer("us-east-1", FEW)).encode()), "eu-west-1")
    assert (found, left) == ([], {"machines of another region": 3})


def test_zero_other_units_and_missing_prices_are_counted_and_two_prices_are_the_higher() -> None:
    rows = [
        ("Train", "ml.m5.large", "0.0000000000"),
        ("Train", "ml.m5.xlarge", "0.2"),
        ("Train", "ml.m5.xlarge", "0.3"),
        ("Host", "ml.c5.large", "NaN"),
        ("Host", "ml.c5.xlarge", "-1"),
        ("Train", "ml.c5.2xlarge", "0.5"),
    ]
    said = offer("us-east-1", rows)
    del said["terms"]["OnDemand"]["SKU00005"]
    _, found, left = parse(io.BytesIO(json.dumps(said).encode()), "us-east-1")
    assert found == [("train", "ml.m5.xlarge", "0.3")]
    assert left == {
        "machines whose price is 0, not by the hour or not in US dollars": 3,
        "machines without a price on demand": 1,
        "machines with two prices: the higher one is taken": 1,
    }


def test_a_refresh_is_priced_by_it_with_day_and_source(server: Prices, one: Refresh, home: Path) -> None:
    server.aws({"us-east-1": offer("us-east-1", FEW)})
    found = one("aws", "us-east-1")
    assert (found.state, found.why) == ("refreshed", "")
    catalogue = Catalogue(SHIPPED, home / "catalogue")
    quote = catalogue.quote("sagemaker", "serve", "us-east-1", "ml.m5.xlarge")
    assert quote is not None
    assert (quote.amount, quote.date, quote.rule) == (Decimal("0.231"), "2026-11-25", "")
    assert "bulk offer AmazonSageMaker us-east-1 published 2026-09-25" in quote.source
    assert catalogue.dates()["sagemaker"] == "2026-11-25"
    assert catalogue.version.endswith("+refreshed")


def test_what_is_not_in_it_stays_as_shipped_spot_too(server: Prices, one: Refresh, home: Path) -> None:
    server.aws({"us-east-1": offer("us-east-1", [("Train", "ml.g5.xlarge", "1.5")])})
    shipped = Catalogue(SHIPPED)
    assert one("aws", "us-east-1").state == "refreshed"
    catalogue = Catalogue(SHIPPED, home / "catalogue")
    new, old = (it.quote("sagemaker", "train", "us-east-1", "ml.g5.xlarge") for it in (catalogue, shipped))
    assert new is not None
    assert old is not None
    assert new.amount == Decimal("1.5")
    assert (new.spot, new.spot_date, new.spot_source) == (old.spot, old.spot_date, old.spot_source)
    assert new.spot is not None
    for key in (("train", "us-east-1", "ml.m5.xlarge"), ("serve", "eu-west-1", "ml.m5.xlarge")):
        use, region, name = key
        assert catalogue.quote("sagemaker", use, region, name) == shipped.quote("sagemaker", use, region, name)  # type: ignore[arg-type]


def test_spot_training_where_it_carries_a_price(server: Prices, one: Refresh, home: Path) -> None:
    rows = [("Train", "ml.g5.xlarge", "1.5"), ("TrSpt", "ml.g5.xlarge", "0.6"), ("TrSpt", "ml.m5.large", "0")]
    server.aws({"us-east-1": offer("us-east-1", rows)})
    assert one("aws", "us-east-1").state == "refreshed"
    quote = Catalogue(SHIPPED, home / "catalogue").quote("sagemaker", "train", "us-east-1", "ml.g5.xlarge")
    assert quote is not None
    assert (quote.spot, quote.spot_rule) == (Decimal("0.6"), "list price of managed spot training")


def test_a_region_that_is_read_is_not_read_again_in_the_same_version(server: Prices, one: Refresh) -> None:
    offers = {"us-east-1": offer("us-east-1", FEW), "eu-west-1": offer("eu-west-1", FEW)}
    server.aws(offers | {"us-east-1": Answer(b"down", 503)})
    failed = one("aws")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW621")
    server.aws(offers)
    assert one("aws", now=NOW + timedelta(days=9)).state == "refreshed"
    assert len(server.asked(f"{OFFERS}/20260925000313/eu-west-1/index.json")) == 1
    server.aws({"us-east-1": offer("us-east-1", FEW)}, version="20261201000000")
    assert one("aws", "us-east-1").state == "refreshed"
    assert len(server.asked(f"{OFFERS}/20261201000000/us-east-1/index.json")) == 1


def test_regions_without_an_offer_are_named_and_a_mistake_where_they_were_asked_for(
    server: Prices, one: Refresh
) -> None:
    server.aws({"us-east-1": offer("us-east-1", FEW)})
    found = one("aws")
    assert found.found is not None
    assert found.found.regions == ("us-east-1",)
    assert "eu-west-1" in found.found.notes[0]
    failed = one("aws", "us-east-9")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW622")
    assert "us-east-9" in failed.why


@pytest.mark.parametrize(
    "body",
    [
        Answer(json.dumps(offer("us-east-1", FEW)).encode()[:-200]),
        Answer(b"<html>"),
        Answer(b""),
        Answer(b'{"offerCode": "AmazonSageMaker", "products": "x", "terms": 3}'),
        said(offer("us-east-1", FEW, code="AmazonEC2")),
        said(offer("us-east-1", [])),
        Answer(json.dumps(offer("us-east-1", FEW)).encode(), cut=100),
    ],
    ids=["cut short", "html", "empty", "other shape", "other offer", "no machines", "always broken off"],
)
def test_a_bad_offer_leaves_the_old_prices(server: Prices, one: Refresh, home: Path, body: Answer) -> None:
    server.aws({"us-east-1": offer("us-east-1", FEW)}, version="1")
    assert one("aws", "us-east-1").state == "refreshed"
    before = (home / "catalogue" / "sagemaker.json").read_bytes()
    server.aws({"us-east-1": body}, version="2")
    failed = one("aws", "us-east-1")
    assert failed.state == "failed"
    assert failed.error is not None
    assert failed.error.code in ("TW620", "TW622")
    assert (home / "catalogue" / "sagemaker.json").read_bytes() == before
    assert not list((home / "refresh").rglob("offer.json"))


@pytest.mark.parametrize("where", ["https://elsewhere.example/a", "//elsewhere.example/a", "", 3])
def test_an_offer_that_lies_elsewhere_is_not_fetched(server: Prices, one: Refresh, where: object) -> None:
    server.at(f"{OFFERS}/current/region_index.json", said({"regions": {"us-east-1": {"currentVersionUrl": where}}}))
    failed = one("aws", "us-east-1")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW622")
    assert len(server.requests) == 1
