"""A whole refresh: cloud by cloud, each read, doubted, and only then put in place of what was there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from tradewind.cost import stored
from tradewind.cost.catalogue import SHIPPED, Catalogue
from tradewind.cost.refresh import aws, azure, changes, gcp, shelves
from tradewind.cost.refresh.address import Address
from tradewind.cost.refresh.changes import Changes
from tradewind.cost.refresh.found import SERVICES, Cloud, Found, Report, Step, region_of
from tradewind.cost.refresh.kept import Kept, tidy
from tradewind.cost.refresh.web import Web
from tradewind.errors import FailedError, LockedError, TradewindError
from tradewind.machines.instance import Service, Use

IMPLAUSIBLE = "TW623"
RUNNING = "TW624"
BASES: Mapping[Cloud, Address] = {
    "aws": Address(aws.BASE),
    "gcp": Address(gcp.BASE),
    "azure": Address(azure.BASE),
}
State = Literal["refreshed", "looked", "skipped", "failed"]
_ENDS: Mapping[State, str] = {"refreshed": "refreshed", "looked": "read; nothing was written"}
NEEDS_KEY = "TW625"
NO_KEY = "Google's price API answers to a key only: set GOOGLE_API_KEY, or --key-file"


@dataclass(frozen=True)
class Wish:
    """`regions`: those alone; none means all that have a price today. `force` takes what is not plausible."""

    clouds: tuple[Cloud, ...]
    regions: tuple[str, ...] = ()
    addresses: Mapping[Cloud, Address] = field(default_factory=lambda: BASES)
    key: gcp.Key | None = None
    dry_run: bool = False
    force: bool = False


@dataclass(frozen=True)
class Outcome:
    """Of one cloud. `looked` is a dry run; `failed` has the error, and what was there before still is."""

    cloud: Cloud
    state: State
    found: Found | None = None
    changes: Changes | None = None
    doubts: tuple[str, ...] = ()
    why: str = ""
    error: TradewindError | None = None
    file: Path | None = None


def refresh(wish: Wish, home: Path, now: datetime, report: Report, web: Web | None = None) -> tuple[Outcome, ...]:
    """One outcome a cloud: that one fails keeps no other from being refreshed.

    Raises LockedError where another refresh is under way, and OSError where the home cannot be written.
    """
    web = web or Web()
    with _alone(home / "refresh"):
        for folder in (home / "refresh", home / "catalogue"):
            tidy(folder)
        return tuple(_cloud(cloud, wish, home, now, report, web) for cloud in wish.clouds)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError("another refresh of the prices is under way", code=RUNNING, hint="wait for it") from None
    try:
        yield
    finally:
        lock.release()


def _cloud(cloud: Cloud, wish: Wish, home: Path, now: datetime, report: Report, web: Web) -> Outcome:
    if cloud == "gcp" and wish.key is None:
        report(Step(cloud, f"skipped: {NO_KEY}", state="skipped"))
        return Outcome(cloud, "skipped", why=NO_KEY)
    try:
        outcome = _refreshed(cloud, wish, home, now, report, web)
    except TradewindError as error:
        outcome = Outcome(cloud, "failed", why=error.message, error=error)
    failed = outcome.state == "failed"
    report(Step(cloud, outcome.why if failed else _ENDS[outcome.state], state="failed" if failed else "done"))
    return outcome


def _refreshed(cloud: Cloud, wish: Wish, home: Path, now: datetime, report: Report, web: Web) -> Outcome:
    service, folder = SERVICES[cloud], home / "catalogue"
    catalogue = _old(folder, cloud)
    address = wish.addresses.get(cloud, BASES[cloud])
    kept = Kept(home / "refresh" / service, address.base, now)
    named = tuple(region for region in wish.regions if region_of(cloud, region))
    found = _read(cloud, wish, address, named or catalogue.regions(service), bool(named), kept, now, report, web)
    seen = changes.compare(found.prices, _listed(catalogue, service))
    few = changes.sparse(found.prices, lambda use, region: len(catalogue.quotes(service, use, region)))
    found = replace(found, notes=(*found.notes, *few))
    before = shelves.last(folder, service)
    same_places = tuple(price for price in before if price.region in found.regions)
    doubts = changes.doubts(found.prices, seen, same_places)
    if doubts and not wish.force:
        error = FailedError(
            f"what was read is not plausible: {'; '.join(doubts)}", code=IMPLAUSIBLE, hint="deploy cost refresh --force"
        )
        return Outcome(cloud, "failed", found, seen, doubts, error.message, error)
    if wish.dry_run:
        return Outcome(cloud, "looked", found, seen, doubts)
    prices = shelves.with_old_spot(service, found.prices, catalogue)
    file = shelves.put(folder, service, shelves.merged(prices, found.regions, before))
    if cloud != "aws":  # AWS says which version a price list is: one that is read need not be read again
        kept.forget()
    return Outcome(cloud, "refreshed", found, seen, doubts, file=file)


def _read(
    cloud: Cloud,
    wish: Wish,
    address: Address,
    regions: tuple[str, ...],
    asked: bool,
    kept: Kept,
    now: datetime,
    report: Report,
    web: Web,
) -> Found:
    day = now.date().isoformat()
    if cloud == "aws":
        return aws.read(web, address, regions, asked, kept, day, report)
    if cloud == "azure":
        return azure.read(web, address, regions, asked, kept, day, report)
    assert wish.key is not None
    return gcp.read(web, address, regions, asked, kept, day, report, wish.key)


def _old(folder: Path, cloud: Cloud) -> Catalogue:
    """What is priced by today; a refreshed file that cannot be read is what a refresh repairs."""
    file = shelves.file_of(folder, SERVICES[cloud])
    try:
        stored.read(file)
    except (OSError, ValueError):
        return Catalogue(SHIPPED)
    return Catalogue(SHIPPED, folder)


def _listed(catalogue: Catalogue, service: Service) -> changes.Old:
    def amount(use: Use, region: str, name: str) -> Decimal | None:
        quote = catalogue.quote(service, use, region, name)
        return None if quote is None else quote.amount

    return amount
