"""A stack that is opened for one command: what is missing for it is told or asked for first, and events go to the progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli
from tradewind.cli.infra_place import Site, command
from tradewind.cli.progress import Progress
from tradewind.cli.signals import stoppable

if TYPE_CHECKING:
    from tradewind.errors import ProviderError
    from tradewind.infra.adapter.stack import Ground

NO_EXTRA = "TW860"
NO_COMMAND = "TW861"
INSTALL = "pip install 'tradewind[infra]'; in a checkout of tradewind: make setup"
PACKAGES = {"aws": "pulumi_aws", "gcp": "pulumi_gcp", "azure": "pulumi_azure_native", "local": "pulumi"}
GOES_ON = "The same command goes on where it was."
FIRST = "Stopping: Pulumi ends what is under way and frees its lock. Once more leaves at once."
LEFT = "Left. `{}` frees a lock that stayed; the same command goes on where it was."


@contextmanager
def opened(cli: Cli, site: Site) -> Iterator[Ground]:
    """Raises ProviderError TW860 without the extra, RefusedError TW861 without Pulumi where nobody can be asked."""
    needs_extra(site)
    needs_command(cli)
    _streams()
    from tradewind.errors import InterruptedByUser
    from tradewind.infra.adapter.errors import STOPPED
    from tradewind.infra.adapter.stack import Ground

    left = LEFT.format(again(cli, site, "unlock"))
    with (
        Progress(cli.out) as progress,
        stoppable(FIRST, left, cli.last_words, progress.announce) as stop,
        missing_told(),
        ExitStack() as stack,
    ):
        place = site.place
        if site.emulated:
            from tradewind.cli import infra_sandbox

            place = stack.enter_context(infra_sandbox.attached(cli, site))
        yield Ground.open(place, progress, stop)
        if stop.asked:  # what was under way may have ended all the same; nothing is begun after it
            raise InterruptedByUser("stopped; what was under way ended", code=STOPPED, hint=GOES_ON)


def _streams() -> None:
    """The SDK's host of the program flushes both, also where one was closed (`>&-`)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for the rest of the process


def needs_extra(site: Site) -> None:
    """Looked for, and not imported: that takes seconds, and the engine does it."""
    packages = ["pulumi"] + ([PACKAGES[site.cloud]] if site.cloud and site.place.folder is None else [])
    for name in packages:
        if find_spec(name) is None:
            raise _absent(name)


@contextmanager
def missing_told() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("pulumi", "grpc")):
            raise
        raise _absent(error.name or "pulumi") from error


def needs_command(cli: Cli) -> None:
    """Asks to fetch Pulumi's command line where there is none. --yes is about the ground, and never fetches a program."""
    from tradewind.infra.adapter import command as pulumi

    if pulumi.find() is not None:
        return
    if not cli.out.can_ask:
        from tradewind.errors import RefusedError

        raise RefusedError(
            "Pulumi's command line is not on this machine, and there is no terminal to ask on whether to fetch it",
            code=NO_COMMAND,
            hint="Put `pulumi` on PATH (https://www.pulumi.com/docs/install/), or give this command on a terminal once.",
        )
    confirm(
        cli.out, "Pulumi's command line is not on this machine. Fetch it from get.pulumi.com for tradewind alone?", ""
    )
    cli.out.say("Fetching Pulumi's command line ...")
    cli.out.say(f"Pulumi is in {pulumi.install()}")


def again(cli: Cli, site: Site, verb: str, more: Sequence[str] = ()) -> str:
    """The command for the same stack, ready to copy."""
    return command(cli, site.wanted, verb, more)


def _absent(name: str) -> ProviderError:
    from tradewind.errors import ProviderError

    return ProviderError(
        "missing", f"{name} is not installed", during="open the stack", code=NO_EXTRA, hint=INSTALL
    )  # fmt: skip
