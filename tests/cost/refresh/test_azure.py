"""Azure's retail prices: which rows are a Linux machine by the hour, and how pages are followed."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cost.refresh.conftest import NOW, Refresh
from fakes.prices import RETAIL, Answer, Prices, Request, item, said

from tradewind.cost.catalogue import SHIPPED, Catalogue
from tradewind.cost.quote import Quote

SAMPLES = Path(__file__).parent / "samples"
SIZE = "Standard_NC24ads_A100_v4"


def quote(home: Path, size: str = SIZE, region: str = "eastus") -> Quote | None:
    return Catalogue(SHIPPED, home / "catalogue").quote("azureml", "train", region, size)


def test_the_sample_of_azure(server: Prices, one: Refresh, home: Path) -> None:
    """Its rows, Windows left out; and its link to the next page, which names Azure's own host and port."""
    sample = json.loads((SAMPLES / "azure_retail_prices.json").read_bytes())
    pages: list[Request] = []

    def route(request: Request) -> Answer:
        pages.append(request)
        return said(
            sample if len(pages) == 1 else {"BillingCurrency": "USD", "Items": [], "NextPageLink": None, "Count": 0}
        )

    server.at(RETAIL, route)
    assert one("azure", "eastus").state == "refreshed"
    found = quote(home)
    assert found is not None
    assert (found.amount, found.spot, found.date) == (Decimal("3.673"), Decimal("0.67877"), "2026-11-25")
    assert [page.query.get("$skip") for page in pages] == [None, "1000"]


def test_the_query_is_spelled_as_azure_spells_it(server: Prices, one: Refresh) -> None:
    server.azure({"eastus": [item("eastus", SIZE, 3.673)]})
    one("azure", "eastus")
    (request,) = server.asked(RETAIL)
    assert request.query["api-version"] == "2023-01-01-preview"
    assert request.query["$filter"] == (
        "serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq 'eastus'"
    )


def test_other_products_and_meters_are_not_the_machine(server: Prices, one: Refresh, home: Path) -> None:
    others: list[Any] = [
        item("eastus", SIZE, 9, productName="Virtual Machines NCads Series Windows"),
        item("eastus", SIZE, 9, productName="NCads Series Cloud Services"),
        item("eastus", SIZE, 9, productName="NCadsA100v4 Series Dedicated Host"),
        item("eastus", SIZE, 9, unitOfMeasure="1 Month"),
        item("eastus", SIZE, 9, type="Reservation"),
        item("eastus", SIZE, 9, type="DevTestConsumption"),
        item("eastus", SIZE, 9, serviceName="Virtual Machines Licenses"),
        item("eastus", SIZE, 9, armRegionName="westus"),
        item("eastus", SIZE, 9, currencyCode="EUR"),
        item("eastus", SIZE, 9, tierMinimumUnits=100),
        item("eastus", SIZE, 9, effectiveStartDate="2027-01-01T00:00:00Z"),
        item("eastus", SIZE, 9, effectiveEndDate="2026-01-01T00:00:00Z"),
        item("eastus", SIZE, 0.5, name="NC24ads A100 v4 Low Priority"),
    ]
    server.azure(
        {"eastus": [*others, item("eastus", SIZE, 3.7), item("eastus", SIZE, 0.7, name="NC24ads A100 v4 Spot")]}
    )
    found = one("azure", "eastus")
    assert found.found is not None
    assert not found.found.left
    price = quote(home)
    assert price is not None
    assert (price.amount, price.spot) == (Decimal("3.7"), Decimal("0.7"))


def test_the_newest_price_of_the_regions_own_meter_counts(server: Prices, one: Refresh, home: Path) -> None:
    rows = [
        item("eastus", SIZE, 3, effectiveStartDate="2024-01-01T00:00:00Z"),
        item("eastus", SIZE, 4, effectiveStartDate="2021-01-01T00:00:00Z"),
        item("eastus", SIZE, 5, effectiveStartDate="2026-01-01T00:00:00Z", isPrimaryMeterRegion=False),
    ]
    server.azure({"eastus": rows})
    one("azure", "eastus")
    price = quote(home)
    assert price is not None
    assert price.amount == 3


def test_what_cannot_be_used_is_counted(server: Prices, one: Refresh) -> None:
    rows = [
        item("eastus", SIZE, 3.7),
        item("eastus", "Standard_From_Tomorrow", 1),
        item("eastus", "Standard_D2s_v5", 0),
        item("eastus", "Standard_D4s_v5", -1),
        item("eastus", "Standard_D8s_v5", "dear"),  # type: ignore[arg-type]
        item("eastus", "Standard_E2s_v5", 0.02, name="E2s v5 Spot"),
        None,
    ]
    server.azure({"eastus": rows})
    found = one("azure", "eastus").found
    assert found is not None
    assert found.left == {
        "rows that are no object": 1,
        "prices of sizes that this version of tradewind does not know": 1,
        "machines whose price is 0 or no number": 3,
        "spot prices without one on demand": 1,
    }


def test_pages_are_followed_on_the_chosen_host(server: Prices, one: Refresh) -> None:
    rows = [item("eastus", SIZE, 3.7), *(item("eastus", f"Standard_Other{n}", 1) for n in range(24))]
    server.azure({"eastus": rows}, page=10, host="https://prices.azure.com:443")
    found = one("azure", "eastus").found
    assert found is not None
    assert found.left == {"prices of sizes that this version of tradewind does not know": 24}
    assert len(server.asked(RETAIL)) == 3


@pytest.mark.parametrize("link", ["https://elsewhere.example/x?a=b", "https://prices.azure.com", 7, "https://x:nan/?a"])
def test_a_next_page_elsewhere_is_refused(server: Prices, one: Refresh, link: object) -> None:
    server.at(RETAIL, said({"BillingCurrency": "USD", "Items": [item("eastus", SIZE, 3.7)], "NextPageLink": link}))
    failed = one("azure", "eastus")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW622")


def test_pages_in_a_circle_end(server: Prices, one: Refresh) -> None:
    def route(request: Request) -> Answer:
        link = f"{server.url}{RETAIL}?$skip={1 - int(request.query.get('$skip', 0))}"
        return said({"BillingCurrency": "USD", "Items": [item("eastus", SIZE, 3.7)], "NextPageLink": link})

    server.at(RETAIL, route)
    failed = one("azure", "eastus")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW622")
    assert "circle" in failed.why


@pytest.mark.parametrize(
    "body", [{}, [], {"Items": None}, {"Items": {}}, {"BillingCurrency": "EUR", "Items": []}, {"Items": []}]
)
def test_another_shape_is_told(server: Prices, one: Refresh, home: Path, body: object) -> None:
    server.at(RETAIL, said(body))
    failed = one("azure", "eastus")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW622")
    assert not (home / "catalogue").exists()


def test_a_stopped_refresh_goes_on_at_its_page(server: Prices, one: Refresh, home: Path) -> None:
    rows = [item("eastus", f"Standard_Other{n}", 1) for n in range(10)] + [item("eastus", SIZE, 3.7)]
    server.azure({"eastus": rows, "westeurope": [item("westeurope", SIZE, 4.7)]}, page=5)
    whole = server.routes[RETAIL]
    server.at(RETAIL, lambda request: whole(request) if request.query.get("$skip") != "5" else Answer(b"", 503))
    assert one("azure", "eastus").state == "failed"
    server.at(RETAIL, whole)
    server.requests.clear()
    assert one("azure", "eastus", now=NOW + timedelta(hours=2)).state == "refreshed"
    assert [request.query.get("$skip") for request in server.asked(RETAIL)] == ["5", "10"]
    price = quote(home)
    assert price is not None
    assert price.amount == Decimal("3.7")
    server.requests.clear()
    one("azure", "eastus")
    assert len(server.asked(RETAIL)) == 3  # a finished refresh is not gone on with


def test_one_that_stopped_yesterday_begins_anew(server: Prices, one: Refresh) -> None:
    rows = [item("eastus", f"Standard_Other{n}", 1) for n in range(10)] + [item("eastus", SIZE, 3.7)]
    server.azure({"eastus": rows}, page=5)
    whole = server.routes[RETAIL]
    server.at(RETAIL, lambda request: whole(request) if request.query.get("$skip") != "5" else Answer(b"", 503))
    assert one("azure", "eastus").state == "failed"
    server.at(RETAIL, whole)
    server.requests.clear()
    assert one("azure", "eastus", now=NOW + timedelta(hours=25)).state == "refreshed"
    assert [request.query.get("$skip") for request in server.asked(RETAIL)] == [None, "5", "10"]
