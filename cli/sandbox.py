"""`deploy sandbox ...`: the emulated account that --sandbox works in, as a process that lives between commands."""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, later, pass_cli
from tradewind.cli.groups import LazyGroup
from tradewind.cli.options import CONFIRM, Verb
from tradewind.cli.verbs import SANDBOX

if TYPE_CHECKING:
    from tradewind.cli.documents import SandboxResult
    from tradewind.sandbox.running import Running

REGION = frozenset({"region"})
FASTEST = 1_000_000
CLOUDS = ("aws", "gcp", "azure")
UP = "deploy up --provider aws --sandbox"
_CLOUD = click.argument("cloud", required=False, default="aws", metavar="[aws]", type=click.Choice(CLOUDS))
_EXPORT = click.option("--export", is_flag=True, help="Print only the lines that lead a shell there, for eval.")


@click.group("sandbox", cls=LazyGroup, entries=SANDBOX)
def sandbox() -> None:
    """The emulated account that `--sandbox` works in: SageMaker, S3 and what belongs to them, on this machine.

    It lives between commands below TRADEWIND_HOME and listens on 127.0.0.1 only. `--sandbox` starts it by itself.
    """


@click.command("start", cls=Verb, shows=REGION)
@_CLOUD
@click.option("--speed", type=float, metavar="N", help="Durations of states are divided by it, as 60 or 1.  [60]")
@_EXPORT
@pass_cli
def start(cli: Cli, /, cloud: str, speed: float | None, export: bool) -> None:
    """Start it, where it does not run yet; whatever it held before is there again.

    With --speed 1 a state takes as long as it would at the service; one that runs already goes on at that pace.
    """
    from tradewind.cli import emulated

    _there_is(cloud)
    if speed is not None and not (math.isfinite(speed) and 0 < speed <= FASTEST):
        raise click.UsageError(f"--speed is a number above 0, at most {FASTEST}.", click.get_current_context())
    _, began = emulated.start(speed)
    _tell(cli, cloud, "started" if began else "nothing", export)


@click.command("status", cls=Verb, shows=REGION)
@_CLOUD
@_EXPORT
@pass_cli
def status(cli: Cli, /, cloud: str, export: bool) -> None:
    """Where it answers, since when, what stands in it, and the variables that lead boto3 and the aws command there."""
    _there_is(cloud)
    _tell(cli, cloud, "looked", export)


@click.command("stop", cls=Verb)
@_CLOUD
@pass_cli
def stop(cli: Cli, /, cloud: str) -> None:
    """End it and all that it started. Its account stays on disk for the next start; unfinished jobs go on then."""
    from tradewind.cli import emulated

    _there_is(cloud)
    with emulated.told():
        from tradewind.sandbox import running

        ended = running.stop(emulated.folder())
    _tell(cli, cloud, "stopped" if ended else "nothing")


@click.command("reset", cls=Verb, shows=CONFIRM)
@_CLOUD
@pass_cli
def reset(cli: Cli, /, cloud: str) -> None:
    """Empty its account: jobs and endpoints end, buckets and logs are gone. One that runs goes on, empty."""
    from tradewind.cli import emulated

    _there_is(cloud)
    if not cli.yes:
        confirm(cli.out, f"Empty the emulated account in {emulated.folder()}?", "--yes")
    with emulated.told():
        from tradewind.sandbox import running

        running.reset(emulated.AWS, emulated.folder())
    _tell(cli, cloud, "emptied")


def _there_is(cloud: str) -> None:
    if cloud != "aws":
        raise later(cloud)


def _tell(cli: Cli, cloud: str, did: str, export: bool = False) -> None:
    from tradewind.cli.render import sandbox as render

    if export and cli.out.mode == "table":
        cli.out.lines(render.export(_look(cli, cloud, did, whole=False)))
        return
    result = _look(cli, cloud, did)
    cli.out.result(result, lambda paper: render.sandbox(result, paper))


def _look(cli: Cli, cloud: str, did: str, *, whole: bool = True) -> SandboxResult:
    """`whole`: with what stands in it, which takes a second."""
    from tradewind.cli import emulated
    from tradewind.cli.documents import SandboxResult
    from tradewind.sandbox import running

    folder = emulated.folder()
    found = running.find(folder)
    result = SandboxResult.model_validate(
        {
            "cloud": cloud,
            "did": did,
            "running": found is not None,
            "url": running.last_address(folder),
            "folder": str(folder),
            "log": str(folder / running.LOG),
            "next": ("deploy sandbox start", UP),
        }
    )
    return result if found is None else result.model_copy(update=_of(cli, found, whole))


def _of(cli: Cli, found: Running, whole: bool) -> dict[str, object]:
    from tradewind.cli import emulated
    from tradewind.sandbox import running

    answers = running.answers(found.url)
    seen: dict[str, object] = {
        "pid": found.identity.pid,
        "since": datetime.fromtimestamp(found.since, UTC),
        "version": found.version,
        "answers": answers,
        "next": (UP, "deploy sandbox status", "deploy sandbox stop")
        if answers
        else ("deploy sandbox stop", "deploy sandbox start"),
    }
    with emulated.told():
        from tradewind.sandbox.aws import variables
        from tradewind.sandbox.aws.account import Account
        from tradewind.sandbox.aws.furnish import HOME_REGION
        from tradewind.sandbox.aws.inventory import counted

        region = cli.said.get("region") or os.environ.get("AWS_DEFAULT_REGION") or HOME_REGION
        seen["environment"] = variables.pointed(found.url, region, os.environ)
        seen["unset"] = variables.IN_THE_WAY
        if answers and whole:
            seen["speed"] = running.pace(found.url)
            seen["account"] = counted(Account(found.url))
    return seen
