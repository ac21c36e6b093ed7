"""What the verbs of `deploy infra` take besides the shared options, and their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tradewind.cli.options import TARGET

if TYPE_CHECKING:
    from tradewind.infra.adapter.how import How

F = TypeVar("F", bound=Callable[..., Any])
SHOWN = TARGET - {"set"}

_PLACED = (
    click.option("--stack", metavar="NAME", help="The stack.  [the spec's foundation.stack, --env, dev]"),
    click.option("-c", "--config", metavar="KEY=VALUE", multiple=True, help="Of the stack; `up` keeps it. May be repeated."),
    click.option("--backend", metavar="URL", help="What keeps the state: file://, s3://, gs://, azblob://, https://."),
    click.option("--secrets-provider", metavar="URL", help="Who encrypts secrets: passphrase, awskms://, gcpkms://, ..."),
    click.option(
        "-C", "--cwd", metavar="FOLDER", help="A folder with Pulumi.yaml, whose program is run.",
        type=click.Path(file_okay=False, path_type=Path),
    ),
)  # fmt: skip
_DRIVEN = (
    click.option("--target", metavar="URN", multiple=True, help="Only this resource. May be repeated."),
    click.option("--parallel", metavar="N", type=click.IntRange(min=1), help="Resources at once."),
)
_REFRESHED = (click.option("--refresh", is_flag=True, help="First read what really stands."),)
_REPLACED = (click.option("--replace", metavar="URN", multiple=True, help="Make this one anew. May be repeated."),)


@dataclass(frozen=True)
class Wanted:
    """What was said about the stack, as it was said."""

    stack: str = ""
    config: tuple[str, ...] = ()
    backend: str = ""
    secrets_provider: str = ""
    cwd: Path | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Wanted:
        return cls(
            given.get("stack") or "",
            tuple(given.get("config") or ()),
            given.get("backend") or "",
            given.get("secrets_provider") or "",
            given.get("cwd"),
        )

    def flags(self) -> tuple[str, ...]:
        """What the next command needs to reach the same stack. -c is kept by the stack after `up`."""
        words: list[str] = []
        for flag, value in (("--stack", self.stack), ("--backend", self.backend),
                            ("--secrets-provider", self.secrets_provider), ("-C", self.cwd)):  # fmt: skip
            words += [flag, str(value)] if value else []
        return tuple(words)

    def options(self) -> tuple[str, ...]:
        """What a preview was told of the configuration, which it keeps nowhere."""
        return tuple(word for said in self.config for word in ("-c", said))


def placed(function: F) -> F:
    for option in reversed(_PLACED):
        function = option(function)
    return function


def driven(function: F) -> F:
    for option in reversed(_DRIVEN):
        function = option(function)
    return function


def refreshing(function: F) -> F:
    for option in reversed(_REFRESHED):
        function = option(function)
    return function


def replacing(function: F) -> F:
    for option in reversed(_REPLACED):
        function = option(function)
    return function


def how(given: Mapping[str, Any], wait: timedelta | None) -> How:
    """`wait`: for another run's lock; None ends at once (exit 9)."""
    from tradewind.infra.adapter.how import How

    return How(
        targets=tuple(given.get("target") or ()),
        replace=tuple(given.get("replace") or ()),
        parallel=given.get("parallel"),
        refresh=bool(given.get("refresh")),
        wait=wait,
    )


def pairs(said: tuple[str, ...]) -> dict[str, str]:
    """`key=value` each; the last of a key counts. click.UsageError where there is no `=`."""
    found: dict[str, str] = {}
    for word in said:
        key, equals, value = word.partition("=")
        if not (key.strip() and equals):
            raise click.UsageError(f"-c wants KEY=VALUE, as in -c region=eu-west-1; got {key.strip() or word!r}",
                                   click.get_current_context(silent=True))  # fmt: skip
        found[key.strip()] = value
    return found
