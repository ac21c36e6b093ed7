"""`deploy cost refresh`: today's list prices from the clouds' price APIs, into the user's own catalogue."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import Verb

if TYPE_CHECKING:
    from tradewind.cli.documents import PriceChange, RefreshedService, RefreshResult
    from tradewind.cost.refresh.address import Address
    from tradewind.cost.refresh.changes import Change
    from tradewind.cost.refresh.found import Cloud, Step
    from tradewind.cost.refresh.gcp import Key
    from tradewind.cost.refresh.run import Outcome
    from tradewind.errors import SpecError
    from tradewind.values import Event

KEY = "GOOGLE_API_KEY"
USAGE = "TW002"
_LARGEST = 5
_WORTH = 1.001  # what moved by less is rounding


@click.command("refresh", cls=Verb, shows=frozenset({"provider", "region"}))
@click.option("--dry-run", is_flag=True, help="Read and compare; write no prices.")
@click.option("--force", is_flag=True, help="Take prices that are not plausible, too.")
@click.option("--key-file", metavar="PATH", help=f"A file with the API key for Google's prices.  [{KEY}]")
@click.option("--aws-url", metavar="URL", envvar="TRADEWIND_PRICES_AWS", help="A mirror of AWS's price lists.")
@click.option("--gcp-url", metavar="URL", envvar="TRADEWIND_PRICES_GCP", help="A mirror of Google's billing catalogue.")
@click.option("--azure-url", metavar="URL", envvar="TRADEWIND_PRICES_AZURE", help="A mirror of Azure's retail prices.")
@pass_cli
def refresh(cli: Cli, /, dry_run: bool, force: bool, key_file: str | None, **urls: str | None) -> None:
    """Read today's list prices of SageMaker, Vertex AI and Azure ML, in the regions that have prices, or in --region alone.

    They are used in place of the shipped ones from then on, each with its day and source. AWS and Azure need no login,
    Google a key; without one it is skipped. What cannot be read or believed changes nothing. A stopped refresh goes on
    where it was.
    """
    from tradewind.cli.progress import Progress
    from tradewind.cli.render import refresh as render
    from tradewind.cost.refresh import run
    from tradewind.errors import ProviderError
    from tradewind.home import home

    regions = _words(cli.said.said.get("region"))
    clouds = _clouds(_words(cli.said.said.get("provider")), regions)  # of the command line: no spec's target is meant
    now = datetime.now(UTC)
    wish = run.Wish(clouds, regions, _addresses(urls), _key(key_file), dry_run, force)
    with Progress(cli.out) as progress:
        outcomes = run.refresh(wish, home(), now, lambda step: progress(_event(step)))
    if all(outcome.state == "skipped" for outcome in outcomes):
        raise ProviderError("credentials", run.NO_KEY, during="reading Google's prices", code=run.NEEDS_KEY)
    result = _result(outcomes, now, dry_run, _again(cli))
    cli.out.result(result, lambda paper: render.refresh(result, paper))
    exits = [int(outcome.error.exit) for outcome in outcomes if outcome.error is not None]
    if exits:
        raise click.exceptions.Exit(exits[0])


def _words(said: str | None) -> tuple[str, ...]:
    return tuple(word for word in (said or "").replace(",", " ").split())


def _clouds(named: tuple[str, ...], regions: tuple[str, ...]) -> tuple[Cloud, ...]:
    """Those that were named, else all; of these, those whose regions are spelled like the ones asked for."""
    from tradewind.cost.refresh.found import CLOUDS, region_of
    from tradewind.spec import refs
    from tradewind.spec.suggest import closest

    asked = tuple(refs.provider(name) for name in named)
    for name in asked:
        if name not in CLOUDS:
            raise _slip("--provider", f"no prices to read: there are {', '.join(CLOUDS)}", name, closest(name, CLOUDS))
    chosen = tuple(cloud for cloud in CLOUDS if not asked or cloud in asked)
    for region in regions:
        if not any(region_of(cloud, region) for cloud in chosen):
            raise _slip("--region", f"no region of {', '.join(chosen)} is spelled like this", region)
    return tuple(c for c in chosen if not regions or any(region_of(c, region) for region in regions))


def _addresses(urls: Mapping[str, str | None]) -> dict[Cloud, Address]:
    from tradewind.cost.refresh.address import parse
    from tradewind.cost.refresh.found import CLOUDS
    from tradewind.cost.refresh.run import BASES

    return {
        cloud: parse(said, f"--{cloud}-url") if (said := urls[f"{cloud}_url"]) else BASES[cloud] for cloud in CLOUDS
    }


def _key(file: str | None) -> Key | None:
    """Never repeated in an error: what is no key may be another secret."""
    from tradewind.cost.refresh.gcp import Key

    said = os.environ.get(KEY, "").strip()
    if file is not None:
        try:
            said = Path(file).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _slip("--key-file", f"cannot be read: {getattr(error, 'strerror', '') or 'no text'}", file) from None
    if not said:
        if file is not None:
            raise _slip("--key-file", "is empty", file)
        return None
    if not (said.isascii() and said.isprintable() and " " not in said):
        raise _slip("--key-file" if file else KEY, "holds no API key: that is one word, as in AIza...", file or "")
    return Key(said)


def _slip(path: str, message: str, value: str, suggestion: str = "") -> SpecError:
    from tradewind.errors import Problem, SpecError

    return SpecError([Problem(path, message, value=value, suggestion=suggestion)], code=USAGE)


def _event(step: Step) -> Event:
    from tradewind.values import Event

    among = f" ({step.done + 1} of {step.total})" if step.total and not step.state and step.done < step.total else ""
    data = {"done": step.done, "total": step.total, **({"state": step.state} if step.state else {})}
    return Event(datetime.now(UTC), "refresh", step.cloud, f"{step.text}{among}", data)


def _again(cli: Cli) -> str:
    """For the same clouds and regions."""
    said = ((f"--{name}", cli.said.said.get(name)) for name in ("provider", "region"))
    return shlex.join(["deploy", "cost", "refresh", *(word for flag, value in said if value for word in (flag, value))])


def _result(outcomes: tuple[Outcome, ...], now: datetime, dry_run: bool, again: str) -> RefreshResult:
    from tradewind.cli.documents import RefreshResult

    states = {outcome.state for outcome in outcomes}
    after = ("deploy cost compare", "deploy plan") if "refreshed" in states else ()
    if states & {"failed", "looked"}:
        after = (again, *after)
    services = tuple(map(_service, outcomes))
    return RefreshResult(date=now.date().isoformat(), dry_run=dry_run, services=services, next=after)


def _change(change: Change) -> PriceChange:
    from tradewind.cli.documents import PriceChange

    before, after = float(change.before), float(change.after)
    return PriceChange(region=change.region, use=change.use, instance=change.instance, before=before, after=after)


def _service(outcome: Outcome) -> RefreshedService:
    from tradewind.cli.documents import RefreshedService
    from tradewind.cost.refresh.changes import largest
    from tradewind.cost.refresh.found import SERVICES

    found, changes, error = outcome.found, outcome.changes, outcome.error
    changed = changes.changed if changes else ()
    return RefreshedService(
        provider=outcome.cloud,
        service=SERVICES[outcome.cloud],
        state=outcome.state,
        regions=found.regions if found else (),
        prices=changes.same + changes.new + len(changed) if changes else 0,
        same=changes.same if changes else 0,
        new=changes.new if changes else 0,
        risen=sum(change.after > change.before for change in changed),
        fallen=sum(change.after < change.before for change in changed),
        largest=tuple(_change(change) for change in largest((it for it in changed if it.factor >= _WORTH), _LARGEST)),
        left=found.left if found else {},
        notes=found.notes if found else (),
        doubts=outcome.doubts,
        code=error.code if error else "",
        message=outcome.why,
        hint=error.hint if error else "",
        file=str(outcome.file or ""),
    )
