"""A whole refresh: what is believed, what is kept, what a kill leaves, and what it holds in memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cost.refresh.conftest import KEY, NOW, QUICK, Refresh
from fakes.prices import OFFERS, RETAIL, Answer, Prices, item, offer
from filelock import FileLock

from tradewind.cost import stored
from tradewind.cost.catalogue import SHIPPED, Catalogue
from tradewind.cost.refresh import shelves
from tradewind.cost.refresh.address import Address
from tradewind.cost.refresh.age import STALE_AFTER, days
from tradewind.cost.refresh.found import CLOUDS, Step, region_of
from tradewind.cost.refresh.gcp import Key
from tradewind.cost.refresh.kept import PASSING
from tradewind.cost.refresh.run import Wish, refresh
from tradewind.cost.refresh.web import Web
from tradewind.errors import LockedError


def shipped(region: str, factor: str = "1") -> list[tuple[str, str, str]]:
    """SageMaker's shipped list as AWS would offer it."""
    catalogue = Catalogue(SHIPPED)
    return [
        (usage, quote.instance, f"{quote.amount * Decimal(factor):f}")
        for usage, use in (("Train", "train"), ("Host", "serve"))
        for quote in catalogue.quotes("sagemaker", use, region)  # type: ignore[arg-type]
    ]


def test_the_shipped_list_read_again_changes_nothing_but_its_day(server: Prices, one: Refresh, home: Path) -> None:
    server.aws({"us-east-1": offer("us-east-1", shipped("us-east-1"))})
    found = one("aws", "us-east-1")
    assert found.changes is not None
    assert (found.state, found.changes.changed, found.changes.new) == ("refreshed", (), 0)
    assert found.changes.same == len(shipped("us-east-1"))
    old, new = Catalogue(SHIPPED), Catalogue(SHIPPED, home / "catalogue")
    for use in ("train", "serve"):
        before = old.quotes("sagemaker", use, "us-east-1")  # type: ignore[arg-type]
        after = new.quotes("sagemaker", use, "us-east-1")  # type: ignore[arg-type]
        assert [(q.instance, q.amount, q.spot, q.spot_date) for q in after] == [
            (q.instance, q.amount, q.spot, q.spot_date) for q in before
        ]
        assert {q.date for q in after} == {"2026-11-25"}


@pytest.mark.parametrize("factor", ["11", "0.05"])
def test_prices_that_moved_tenfold_are_refused_unless_forced(
    server: Prices, one: Refresh, home: Path, factor: str
) -> None:
    server.aws({"us-east-1": offer("us-east-1", shipped("us-east-1", factor))})
    failed = one("aws", "us-east-1")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW623")
    assert "tenfold" in failed.why or "10-fold" in failed.why
    assert not (home / "catalogue").exists()
    forced = one("aws", "us-east-1", force=True)
    assert forced.state == "refreshed"
    assert forced.doubts


def test_one_that_moved_among_many_is_no_reason(server: Prices, one: Refresh) -> None:
    rows = shipped("us-east-1")
    rows[0] = (*rows[0][:2], "99")
    server.aws({"us-east-1": offer("us-east-1", rows)})
    found = one("aws", "us-east-1")
    assert found.state == "refreshed"
    assert found.changes is not None
    assert [change.after for change in found.changes.wild] == [99]


def test_less_than_half_of_the_last_refresh_is_refused(server: Prices, one: Refresh, home: Path) -> None:
    server.aws({"us-east-1": offer("us-east-1", shipped("us-east-1"))}, version="1")
    assert one("aws", "us-east-1").state == "refreshed"
    before = (home / "catalogue" / "sagemaker.json").read_bytes()
    server.aws({"us-east-1": offer("us-east-1", shipped("us-east-1")[::3])}, version="2")
    failed = one("aws", "us-east-1")
    assert (failed.state, failed.error and failed.error.code) == ("failed", "TW623")
    assert "and had 108 at the last refresh" in failed.why
    assert (home / "catalogue" / "sagemaker.json").read_bytes() == before
    assert one("aws", "us-east-1", force=True).state == "refreshed"


def test_a_first_refresh_with_little_in_it_says_so(server: Prices, one: Refresh) -> None:
    server.aws({"us-east-1": offer("us-east-1", [*shipped("us-east-1")[:108], ("Host", "ml.m5.xlarge", "0.23")])})
    found = one("aws", "us-east-1").found
    assert found is not None
    assert found.notes == (
        "less than half of the machines that have a price: 1 of 131 to serve in us-east-1; the others keep theirs",
    )


def test_a_dry_run_writes_no_prices(server: Prices, one: Refresh, home: Path) -> None:
    server.azure({"eastus": [item("eastus", "Standard_D2s_v5", 0.11)]})
    found = one("azure", "eastus", dry_run=True)
    assert found.state == "looked"
    assert found.changes is not None
    assert [(c.instance, c.use) for c in found.changes.changed] == [
        ("Standard_D2s_v5", "train"),
        ("Standard_D2s_v5", "serve"),
    ]
    assert not (home / "catalogue").exists()


def test_other_regions_of_an_earlier_refresh_stay(server: Prices, one: Refresh, home: Path) -> None:
    server.azure({r: [item(r, "Standard_D2s_v5", 0.1), item(r, "Standard_D4s_v5", 0.2)] for r in ("eastus", "westus2")})
    assert one("azure", "eastus", "westus2").state == "refreshed"
    server.azure({"eastus": [item("eastus", "Standard_D2s_v5", 0.12)]})
    later = one("azure", "eastus", now=NOW + timedelta(days=3))
    assert later.state == "refreshed"
    prices = {(p.region, p.instance): (p.amount, p.date) for p in shelves.last(home / "catalogue", "azureml")}
    assert prices == {
        ("eastus", "Standard_D2s_v5"): (Decimal("0.12"), "2026-11-28"),
        ("westus2", "Standard_D2s_v5"): (Decimal("0.1"), "2026-11-25"),
        ("westus2", "Standard_D4s_v5"): (Decimal("0.2"), "2026-11-25"),
    }


def test_all_three_and_one_that_fails_keeps_no_other(server: Prices, home: Path, steps: list[Step]) -> None:
    server.aws({"us-east-1": offer("us-east-1", shipped("us-east-1"))})
    server.azure({"eastus": [item("eastus", "Standard_D2s_v5", 0.1)]})
    wish = Wish(CLOUDS, (), {cloud: Address(server.url) for cloud in CLOUDS}, Key(KEY))
    outcomes = refresh(wish, home, NOW, steps.append, Web(QUICK))
    assert [(o.cloud, o.state) for o in outcomes] == [("aws", "refreshed"), ("gcp", "failed"), ("azure", "refreshed")]
    assert [(s.cloud, s.state) for s in steps if s.state] == [("aws", "done"), ("gcp", "failed"), ("azure", "done")]
    assert sorted(file.name for file in (home / "catalogue").iterdir()) == ["azureml.json", "sagemaker.json"]


@pytest.mark.parametrize("broken", [b"", b"{", b'{"format": 9}', b"\xff\xff"])
def test_a_refreshed_file_that_cannot_be_read_is_replaced(
    server: Prices, one: Refresh, home: Path, broken: bytes
) -> None:
    (home / "catalogue").mkdir()
    (home / "catalogue" / "azureml.json").write_bytes(broken)
    server.azure({"eastus": [item("eastus", "Standard_D2s_v5", 0.1)]})
    assert one("azure", "eastus").state == "refreshed"
    assert len(shelves.last(home / "catalogue", "azureml")) == 1


@pytest.mark.parametrize("broken", [b"", b"[]", b'{"format": 1, "rows": 3}', b'{"format": 1, "rows": [], "began": 5}'])
def test_a_kept_page_that_cannot_be_read_is_read_again(server: Prices, one: Refresh, home: Path, broken: bytes) -> None:
    server.azure({"eastus": [item("eastus", "Standard_D2s_v5", 0.1)]})
    assert one("azure", "eastus", dry_run=True).state == "looked"
    (kept,) = (home / "refresh" / "azureml").rglob("eastus.json")
    kept.write_bytes(broken)
    assert one("azure", "eastus").state == "refreshed"


def test_two_at_once_are_not(home: Path) -> None:
    (home / "refresh").mkdir()
    with FileLock(home / "refresh" / "lock"), pytest.raises(LockedError) as caught:
        refresh(Wish(("azure",)), home, NOW, lambda step: None, Web(QUICK))
    assert caught.value.code == "TW624"


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    server: Prices, one: Refresh, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.azure({"eastus": [item("eastus", "Standard_D2s_v5", 0.1)]})
    assert one("azure", "eastus").state == "refreshed"
    before = (home / "catalogue" / "azureml.json").read_bytes()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        one("azure", "eastus")
    assert sorted(file.name for file in (home / "catalogue").iterdir()) == ["azureml.json"]
    assert (home / "catalogue" / "azureml.json").read_bytes() == before


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tradewind.cost.refresh.address import Address
from tradewind.cost.refresh.run import Wish, refresh
url, home, cloud, *regions = sys.argv[1:]
(found,) = refresh(Wish((cloud,), tuple(regions), {cloud: Address(url)}), Path(home), datetime.now(UTC), lambda step: None)
status = Path("/proc/self/status").read_text()  # getrusage's figure has the parent's in it, from before exec
peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
print(found.state, int(peak) // 1024)
"""


def test_killed_in_the_midst_it_goes_on_and_nothing_is_half(server: Prices, home: Path) -> None:
    rows = [*(item("eastus", f"Standard_Other{n}", 1) for n in range(10)), item("eastus", "Standard_D2s_v5", 0.1)]
    server.azure({"eastus": rows}, page=5)
    whole = server.routes[RETAIL]
    server.at(RETAIL, lambda r: whole(r) if r.query.get("$skip") != "10" else Answer(b" " * 10_000, drip=0.05))
    child = subprocess.Popen([sys.executable, "-c", CHILD, server.url, str(home), "azure", "eastus"])
    deadline = time.monotonic() + 30
    while len(server.asked(RETAIL)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (home / "catalogue").exists()
    server.at(RETAIL, whole)
    server.requests.clear()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, server.url, str(home), "azure", "eastus"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("refreshed")
    assert [request.query.get("$skip") for request in server.asked(RETAIL)] == ["10"]


def test_what_a_killed_one_left_half_written_goes(server: Prices, one: Refresh, home: Path) -> None:
    server.aws({"us-east-1": offer("us-east-1", shipped("us-east-1"))})
    assert one("aws", "us-east-1").state == "refreshed"
    before = sorted(path for path in home.rglob("*"))
    (kept,) = (home / "refresh" / "sagemaker").iterdir()
    (kept / f"{PASSING}1").mkdir()
    (kept / f"{PASSING}1" / "offer.json").write_bytes(b"half")
    (home / "catalogue" / f"{PASSING}2").write_bytes(b"half")
    assert one("aws", "us-east-1").state == "refreshed"
    assert sorted(path for path in home.rglob("*")) == before


def pieces(size: int, counted: list[int]) -> Iterator[bytes]:
    """An offer file of about so many bytes: products, then terms, most of them of no machine."""
    each = 900
    count = size // (2 * each)
    yield b'{"formatVersion":"v1.0","offerCode":"AmazonSageMaker","publicationDate":"2026-09-25T00:03:13Z","products":{'
    filler = "x" * 600
    for number in range(count):
        usage = "Train" if number < 50 else "Notebk"
        name = f"ml.z9.{number + 1}xlarge"
        product: dict[str, Any] = {
            "sku": f"S{number}", "productFamily": "ML Instance",
            "attributes": {"usagetype": f"USE1-{usage}:{name}", "component": "x", "filler": filler},
        }  # fmt: skip
        piece = (f'"S{number}":' + json.dumps(product) + ("," if number + 1 < count else "")).encode()
        counted[0] += len(piece)
        yield piece
    yield b'},"terms":{"OnDemand":{'
    for number in range(count):
        dimension = {"unit": "Hrs", "pricePerUnit": {"USD": "0.5"}, "description": filler}
        piece = json.dumps({f"S{number}.J": {"priceDimensions": {"d": dimension}, "f": "y" * 100}})
        encoded = (f'"S{number}":' + piece + ("," if number + 1 < count else "")).encode()
        counted[0] += len(encoded)
        yield encoded
    yield b"}}}"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_an_offer_of_100_mb_is_never_whole_in_memory(server: Prices, home: Path) -> None:
    counted = [0]
    server.aws({"us-east-1": offer("us-east-1", [])})
    server.at(f"{OFFERS}/20260925000313/us-east-1/index.json", lambda _r: Answer(pieces(130_000_000, counted)))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, server.url, str(home), "aws", "us-east-1"],
        capture_output=True,
        text=True,
        check=True,
    )
    state, peak = done.stdout.split()
    assert counted[0] > 100_000_000
    assert state == "refreshed"
    assert int(peak) < 150  # MiB
    assert len(shelves.last(home / "catalogue", "sagemaker")) == 50


def test_a_catalogue_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    prices = tuple(shelves.last(SHIPPED, "vertex"))
    shelves.put(tmp_path, "vertex", prices)
    assert (tmp_path / "vertex.json").read_bytes() == (SHIPPED / "vertex.json").read_bytes()
    assert stored.read(tmp_path / "vertex.json").date == "2026-09-08"


def test_how_old_prices_are() -> None:
    assert days("2026-11-20", NOW.date()) == 5
    assert days("2026-09-26", NOW.date()) == STALE_AFTER
    assert days("2026-12-20", NOW.date()) == 0


@pytest.mark.parametrize(
    ("name", "clouds"),
    [("us-east-1", ("aws",)), ("us-gov-west-1", ("aws",)), ("us-central1", ("gcp",)), ("northamerica-northeast1", ("gcp",)),
     ("eastus", ("azure",)), ("eastus2", ("azure",)), ("us east", ()), ("eastus' or 1 eq 1", ()), ("../x", ()), ("", ())],
)  # fmt: skip
def test_whose_region_a_name_is(name: str, clouds: tuple[str, ...]) -> None:
    assert tuple(cloud for cloud in CLOUDS if region_of(cloud, name)) == clouds
