"""Google's billing SKUs: what a description means, and a machine's price out of its parts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from cost.refresh.conftest import KEY, Refresh
from fakes.prices import COMPUTE, VERTEX, Answer, Prices, sku

from tradewind.cost.catalogue import SHIPPED, Catalogue
from tradewind.cost.quote import Quote
from tradewind.cost.refresh import skus
from tradewind.cost.refresh.skus import Meaning
from tradewind.machines.instance import Use

SAMPLES = Path(__file__).parent / "samples"
TRAIN = "Vertex AI: Training/Pipelines on "
SERVE = "Vertex AI: Online/Batch Prediction "
H100 = [
    sku(f"{TRAIN}NVIDIA H100 80GB in Iowa", "11.2660332"),
    sku(f"{TRAIN}A3 Instance Core in Iowa", "0.0293227"),
    sku(f"{TRAIN}A3 Instance RAM in Iowa", "0.0025534"),
    sku(f"{SERVE}Nvidia H100 80gb GPU running in Iowa", "11.2660332"),
    sku(f"{SERVE}A3 Predefined Instance Core running in Iowa", "0.0293227"),
    sku(f"{SERVE}A3 Predefined Instance Ram running in Iowa", "0.0025534"),
]
FEES = [
    sku("Vertex AI: Training/Pipelines management fee on NVIDIA H100 80GB in Iowa", "1.4694826"),
    sku("Vertex AI: Training/Pipelines management fee on A3 Instance Core in Iowa", "0.0038247"),
    sku("Vertex AI: Training/Pipelines management fee on A3 Instance RAM in Iowa", "0.0003331"),
]
SPOT = [
    sku("Nvidia H100 80GB GPU attached to Spot Preemptible VMs running in Americas", "3.0", usage="Preemptible"),
    sku("Spot Preemptible A3 Instance Core running in Americas", "0.008", usage="Preemptible"),
    sku("Spot Preemptible A3 Instance Ram running in Americas", "0.0007", usage="Preemptible"),
]
N1 = [
    sku("N1 Predefined Instance Core running in Americas", "0.031611", ["us-central1", "us-east1"]),
    sku("N1 Predefined Instance Ram running in Americas", "0.004237", ["us-central1", "us-east1"]),
    sku("Nvidia Tesla T4 GPU running in Americas", "0.35"),
]


@pytest.mark.parametrize(
    ("description", "usage", "found"),
    [
        (f"{TRAIN}A3 Instance Core in Iowa", "OnDemand", Meaning("train", "a3 core")),
        (f"{TRAIN}N1 Predefined Instance Ram running in Iowa", "OnDemand", Meaning("train", "n1 ram")),
        (f"{TRAIN}NVIDIA H100 80GB in Iowa", "OnDemand", Meaning("train", "H100")),
        (f"{SERVE}A2 Instance Core running in Americas", "OnDemand", Meaning("serve", "a2 core")),
        (f"{SERVE}Nvidia A100 80gb GPU running in Iowa", "OnDemand", Meaning("serve", "A100-80GB")),
        ("Vertex AI: Training/Pipelines Management fee on N1 Instance Core in Iowa", "OnDemand", Meaning("train fee", "n1 core")),
        (f"{SERVE}management fee on NVIDIA H100 80GB in Iowa", "OnDemand", Meaning("serve fee", "H100")),
        ("E2 Instance Core running in Singapore", "OnDemand", Meaning("vm", "e2 core")),
        ("Spot Preemptible E2 Instance Core running in Singapore", "Preemptible", Meaning("vm spot", "e2 core")),
        ("Compute optimized Ram running in Iowa", "OnDemand", Meaning("vm", "c2 ram")),
        ("N2D AMD Instance Core running in Iowa", "OnDemand", Meaning("vm", "n2d core")),
        ("A3Plus Instance Core running in Iowa", "OnDemand", Meaning("vm", "a3-mega core")),
        ("Nvidia Tesla A100 GPU running in Iowa", "OnDemand", Meaning("vm", "A100-40GB")),
        ("Nvidia Tesla A100 80GB GPU attached to Spot Preemptible VMs running in Iowa", "Preemptible",
         Meaning("vm spot", "A100-80GB")),
        # spot by its description, whatever its usage type says
        ("Nvidia B200 (1 gpu slice) attached to Spot Preemptible VMs running in Iowa", "OnDemand", Meaning("vm spot", "B200")),
        ("Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas", "OnDemand", None),
        ("DWS Defined Duration A3 Core running in Americas", "OnDemand", None),
        ("Commitment v1: N1 Cpu in Americas for 1 Year", "Commit1Yr", None),
        ("N1 Predefined Instance Core running in Iowa", "Commit1Yr", None),
        ("E2 Custom Instance Core running in Iowa", "OnDemand", None),
        ("N2 Sole Tenancy Instance Core running in Iowa", "OnDemand", None),
        (f"{TRAIN}SSD backed PD Capacity", "OnDemand", None),
        ("Network Vpn Internet Egress from Americas to Africa", "OnDemand", None),
    ],
)  # fmt: skip
def test_what_a_description_means(description: str, usage: str, found: Meaning | None) -> None:
    assert skus.meaning(description, usage) == found


def quote(home: Path, name: str, use: Use = "train", region: str = "us-central1") -> Quote | None:
    return Catalogue(SHIPPED, home / "catalogue").quote("vertex", use, region, name)


def test_the_sample_of_google(server: Prices, one: Refresh, home: Path) -> None:
    sample = json.loads((SAMPLES / "gcp_billing_skus.json").read_bytes())["skus"]
    server.gcp(sample, [])
    assert one("gcp", "us-central1").state == "refreshed"
    found = quote(home, "a3-highgpu-8g")
    assert found is not None
    assert found.amount == Decimal("101.0073520")  # 8 x 11.2660332 + 208 x 0.0293227 + 1872 x 0.0025534
    assert (found.date, found.rule) == ("2026-11-25", "")
    assert "Cloud Billing" in found.source


def test_parts_add_up_and_spot_has_the_management_fee(server: Prices, one: Refresh, home: Path) -> None:
    server.gcp([*H100, *FEES], SPOT)
    assert one("gcp", "us-central1").state == "refreshed"
    served = quote(home, "a3-highgpu-1g", "serve")
    assert served is not None
    assert served.amount == Decimal("12.6259190")
    trained = quote(home, "a3-highgpu-8g")
    assert trained is not None
    bare = 8 * Decimal("3.0") + 208 * Decimal("0.008") + 1872 * Decimal("0.0007")
    fee = 8 * Decimal("1.4694826") + 208 * Decimal("0.0038247") + 1872 * Decimal("0.0003331")
    assert trained.spot == bare + fee
    assert "management fee" in trained.spot_rule
    share = served.spot
    assert share is not None  # no fee was listed for serving: 15 % of Compute Engine's list price
    assert (
        abs(share - (Decimal("3.0") + 26 * Decimal("0.008") + 234 * Decimal("0.0007") + served.amount * 15 / 115))
        < 1e-6
    )
    assert "15 %" in served.spot_rule


def test_without_skus_of_its_own_the_rule_holds_and_is_named(server: Prices, one: Refresh, home: Path) -> None:
    server.gcp([], N1)
    assert one("gcp", "us-central1", "us-east1").state == "refreshed"
    bare = quote(home, "n1-standard-4", region="us-east1")
    cards = quote(home, "n1-standard-4+T4:2")
    assert bare is not None
    assert cards is not None
    assert bare.amount == Decimal("0.21849885")
    assert cards.amount == Decimal("0.21849885") + 2 * Decimal("0.35") * Decimal("1.15")
    assert "1.15 x" in bare.rule
    assert quote(home, "n1-standard-4+T4:2", region="us-east1") == Catalogue(SHIPPED).quote(
        "vertex", "train", "us-east1", "n1-standard-4+T4:2"
    )


def test_a_b200s_sku_is_its_share_of_the_whole_machine(server: Prices, one: Refresh, home: Path) -> None:
    slices = [
        sku("Nvidia B200 (1 gpu slice) running in Iowa", "10"),
        sku("Nvidia B200 (1 gpu slice) attached to Spot Preemptible VMs running in Iowa", "4"),
        sku("A4 Instance Core running in Iowa", "99"),
    ]
    server.gcp([], slices)
    assert one("gcp", "us-central1").state == "refreshed"
    found = quote(home, "a4-highgpu-8g")
    assert found is not None
    assert (found.amount, found.spot) == (Decimal("92.00"), Decimal("44.00"))


def test_spot_is_never_taken_for_the_list_price(server: Prices, one: Refresh) -> None:
    server.gcp([], SPOT)
    failed = one("gcp", "us-central1")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW622")


def test_the_last_tier_with_a_price_counts(server: Prices) -> None:
    tiers = [("0", 0), ("0", 500000000), ("2", 0), ("0", 0)]
    said = sku("N1 Predefined Instance Core running in Iowa", "1")
    said["pricingInfo"][0]["pricingExpression"]["tieredRates"] = [
        {"unitPrice": {"units": units, "nanos": nanos}} for units, nanos in tiers
    ]
    assert skus.amount(said, "n1 core") == 2
    assert skus.amount(said, "n1 ram") is None  # the unit of memory is another


@pytest.mark.parametrize(
    "infos", [None, [], [{}], [{"pricingExpression": {"usageUnit": "h", "tieredRates": [None, {}]}}]]
)
def test_a_sku_without_a_price(infos: object) -> None:
    assert skus.amount({"pricingInfo": infos}, "n1 core") is None


def test_what_is_not_understood_is_named(server: Prices, one: Refresh) -> None:
    strange = [sku(f"{TRAIN}NVIDIA Z900 in Iowa", "1"), sku(f"{TRAIN}NVIDIA Z900 in Oregon", "1"), {"category": 3}]
    server.gcp([*H100, *strange, sku(f"{TRAIN}E2 Instance Core in Iowa", "0")], [])
    found = one("gcp", "us-central1").found
    assert found is not None
    assert found.left == {
        "rows that are no SKU": 1,
        "SKUs whose price is 0, by another unit or not in US dollars": 1,
        "SKUs of machines that this version of tradewind does not know": 1,
    }
    assert "NVIDIA Z900" in found.notes[0]
    assert found.notes[1].startswith("no price of: ")
    assert "and " in found.notes[1]


def test_two_prices_of_one_part_are_the_higher(server: Prices, one: Refresh, home: Path) -> None:
    server.gcp([*H100, sku(f"{TRAIN}NVIDIA H100 80GB in Iowa", "12")], [])
    found = one("gcp", "us-central1")
    assert found.found is not None
    assert found.found.left == {"parts of machines with two prices: the higher one is taken": 1}
    price = quote(home, "a3-highgpu-8g")
    assert price is not None
    assert price.amount > 102


def test_the_key_goes_in_a_header_and_nowhere_else(server: Prices, one: Refresh, home: Path) -> None:
    server.gcp(H100, [], page=2, key=KEY)
    found = one("gcp", "us-central1")
    assert found.state == "refreshed"
    assert len(server.asked(VERTEX)) == 3
    assert all(KEY not in request.line for request in server.requests)
    assert all(KEY.encode() not in file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert KEY not in repr(found)


def test_a_wrong_key_is_told_without_it(server: Prices, one: Refresh) -> None:
    server.gcp(H100, [], key="another")
    failed = one("gcp", "us-central1")
    assert failed.state == "failed"
    assert "API key not valid" in failed.why
    assert KEY not in failed.why


def test_without_a_key_it_is_skipped_and_says_so(server: Prices, one: Refresh) -> None:
    found = one("gcp", key=None)
    assert (found.state, server.requests) == ("skipped", [])
    assert "GOOGLE_API_KEY" in found.why


def test_pages_are_gone_on_with_and_a_forgotten_token_begins_anew(server: Prices, one: Refresh) -> None:
    server.gcp(H100, N1, page=2)
    whole = server.routes[VERTEX]
    server.at(VERTEX, lambda request: whole(request) if request.query.get("pageToken") != "t4" else Answer(b"", 502))
    assert one("gcp", "us-central1").state == "failed"
    server.requests.clear()
    server.at(VERTEX, whole)
    server.once(VERTEX, Answer(b'{"error": {"message": "page token expired"}}', 400))
    assert one("gcp", "us-central1").state == "refreshed"
    assert [request.query.get("pageToken") for request in server.asked(VERTEX)] == ["t4", None, "t2", "t4"]
    assert len(server.asked(COMPUTE)) == 2


def test_pages_in_a_circle_end(server: Prices, one: Refresh) -> None:
    server.gcp(H100, [])
    server.at(VERTEX, Answer(b'{"skus": [], "nextPageToken": "again"}'))
    failed = one("gcp", "us-central1")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW622")
