"""What a run and an endpoint cost, from low to high. Money is decimal, of 28 digits, and rounded where it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tradewind.cost.book import Book, spot_rate
from tradewind.cost.lines import Estimate, Line, estimate
from tradewind.cost.profile import HOURS_A_MONTH, Scale, Shape, Usage, shape
from tradewind.cost.quote import Quote
from tradewind.cost.rates import UNKNOWN
from tradewind.cost.span import Span
from tradewind.cost.storage import storage
from tradewind.machines.instance import Service, Use
from tradewind.values import Rate

UNCOUNTED = ("traffic", "logs", "objects in the store", "images in the registry")
LEAST = 1  # no service here lets an endpoint of machines scale to nothing


@dataclass(frozen=True)
class Place:
    """One machine type of one service in one region. `own_disk`: it brings local disks."""

    service: Service
    region: str
    instance: str
    own_disk: bool = False


@dataclass(frozen=True)
class Job:
    """A training run: `longest` is where it is stopped; `expected` how long it should take, `shortest` the best one seen.

    `others` are machines of other kinds in the same run; `idle` is how long all are kept, and paid for, after it at most.
    `disk_kind`: "" is the service's usual one.
    """

    nodes: int
    longest: timedelta
    expected: timedelta | None = None
    shortest: timedelta | None = None
    spot: bool = False
    disk_gb: Decimal | None = None
    others: tuple[tuple[Place, int], ...] = ()
    idle: timedelta = timedelta(0)
    disk_kind: str = ""

    @property
    def hours(self) -> Span:
        """Paid for one machine. With nothing known but the most, that is what is expected as well."""
        kept = hours(self.idle)
        return self._run + Span(Decimal(0), kept, kept)

    @property
    def _run(self) -> Span:
        high = hours(self.longest)
        expected = min(hours(self.expected), high) if self.expected is not None else high
        low = min(hours(self.shortest), expected) if self.shortest is not None else expected
        return Span(low, expected, high)


@dataclass(frozen=True)
class Fleet:
    """An endpoint: how large it may be, what its size follows, and what is known of the load."""

    scale: Scale
    usage: Usage | None = None
    disk_gb: Decimal | None = None
    spot: bool = False

    @property
    def bounds(self) -> Scale:
        """As they are paid for."""
        least = max(self.scale.least, LEAST)
        return Scale(least, max(self.scale.most, least), self.scale.concurrency, self.scale.per_second)

    @property
    def shape(self) -> Shape:
        return shape(self.bounds, self.usage)


@dataclass(frozen=True)
class ServeEstimate:
    """`hourly` is of one replica; `month` of 730 hours; the other two where enough is known, in the same currency."""

    hourly: Rate
    shape: Shape
    month: Estimate
    thousand_requests: Span | None = None
    million_tokens: Span | None = None


def estimate_train(book: Book, place: Place, job: Job) -> Estimate:
    """One run: machines and their disks."""
    lines: list[Line] = []
    for kind, count in ((place, job.nodes), *job.others):
        paid = job.hours.times(Span.exactly(count))
        lines.append(machine_line(book, kind, "train", count, paid, spot=job.spot))
        disk = storage(
            kind.service, "train", kind.region, paid,
            disk_gb=job.disk_gb, own_disk=kind.own_disk, kind=job.disk_kind,
        )  # fmt: skip
        lines += [disk] if disk else []
    notes = ("an interruptible price moves: the most is the on-demand price",) if job.spot and lines[0].price else ()
    return estimate(lines, left_out=UNCOUNTED, notes=notes)


def estimate_serve(book: Book, place: Place, fleet: Fleet) -> ServeEstimate:
    """A month of 730 hours."""
    load = fleet.shape
    replica_hours = load.replicas.times(Span.exactly(HOURS_A_MONTH))
    machines = machine_line(book, place, "serve", None, replica_hours, replicas=load.replicas, spot=fleet.spot)
    disks = storage(place.service, "serve", place.region, replica_hours, disk_gb=fleet.disk_gb, own_disk=place.own_disk)
    month = estimate([line for line in (machines, disks) if line], left_out=UNCOUNTED, notes=_said(load, fleet.scale))
    return ServeEstimate(
        machines.rate, load, month, _thousand(month, load), _million(machines.price, fleet.usage, load)
    )


def estimate_overlap(
    book: Book, place: Place, replicas: int, shortest: timedelta, longest: timedelta, *, spot: bool = False
) -> Estimate:
    """One rollout: the replicas that stand besides those that serve, from the shortest rollout to the longest."""
    low, high = hours(shortest), hours(longest)
    quantity = Span(low, low, max(low, high)).times(Span.exactly(replicas))
    line = machine_line(book, place, "serve", replicas, quantity, spot=spot)
    return estimate([line])


def hours(value: timedelta) -> Decimal:
    return Decimal(value // timedelta(microseconds=1)) / 3_600_000_000


def machine_line(
    book: Book,
    place: Place,
    use: Use,
    count: int | None,
    machine_hours: Span,
    *,
    spot: bool = False,
    replicas: Span | None = None,
) -> Line:
    """So many hours of that machine at what the user pays; price None where nobody knows it."""
    quote = book.quote(place.service, use, place.region, place.instance)
    many = f"{count}" if replicas is None else _range(replicas)
    text = f"{many} x {place.instance}" + (" spot" if spot else "")
    if quote is None:
        why = f"no price of {place.instance} for {_DOING[use]} in {place.region} is known"
        return Line("machines", text, "machine-hour", machine_hours, UNKNOWN, None, why)
    if not spot:
        return _line(text, machine_hours, quote.rate, Span.exactly(quote.amount), quote.rule)
    if quote.spot is None:  # never less than is certain: no saving is assumed
        text += " at the on-demand price, as nobody lists another"
        return _line(text, machine_hours, quote.rate, Span.exactly(quote.amount), quote.rule)
    return _line(text, machine_hours, spot_rate(quote), spot_span(quote), quote.spot_rule)


def _line(text: str, machine_hours: Span, rate: Rate, price: Span, rule: str) -> Line:
    return Line("machines", text, "machine-hour", machine_hours, rate, price, rule=rule)


_DOING: dict[Use, str] = {"train": "training", "serve": "serving"}


def spot_span(quote: Quote) -> Span:
    """From the lowest price seen to the on-demand one, above which no interruptible machine is sold."""
    assert quote.spot is not None  # asked for only where it is known
    low = min(quote.spot if quote.spot_low is None else quote.spot_low, quote.spot)
    high = max(quote.amount, quote.spot, quote.spot_high or Decimal(0))
    return Span(low, quote.spot, high)


def _range(replicas: Span) -> str:
    return f"{replicas.low:f}" if replicas.low == replicas.high else f"{replicas.low:f} to {replicas.high:f}"


def _said(load: Shape, scale: Scale) -> tuple[str, ...]:
    notes = []
    if scale.least < LEAST:
        notes.append("an endpoint of machines does not scale to nothing: one replica is counted")
    if load.short:
        notes.append(f"in {load.short} of {load.parts} parts of the profile more than {scale.most} replicas are wanted")
    if load.why:
        notes.append(f"{load.why}: the smallest size is expected")
    return tuple(notes)


def _thousand(month: Estimate, load: Shape) -> Span | None:
    if month.total is None or not load.monthly:
        return None
    return _scaled(month.total, Decimal(1000) / load.monthly)


def _million(price: Span | None, usage: Usage | None, load: Shape) -> Span | None:
    """A replica's hour over the tokens that it makes in one: lowest at full load, else as it is used."""
    if usage is None or not usage.tokens or price is None:
        return None
    full = _scaled(price, 1_000_000 / (usage.tokens * 3600))
    used = _scaled(full, 1 / load.busy) if load.busy else full
    return Span(full.low, used.expected, used.high)


def _scaled(span: Span, factor: Decimal) -> Span:
    return Span(span.low * factor, span.expected * factor, span.high * factor)
