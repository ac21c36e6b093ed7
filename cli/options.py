"""The options that every command takes, before or after the verb, and where their values come from.

A value on the command line wins over `TRADEWIND_<NAME>`, and one after the verb over one before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import click
from click.core import ParameterSource

Completer = Callable[[click.Context, click.Parameter, str], list[Any]]

TARGET = frozenset({"file", "provider", "env", "region", "set", "sandbox"})
CONFIRM = frozenset({"yes"})
LOCKING = frozenset({"lock_timeout"})
ALWAYS = frozenset({"output", "debug"})
EVERY = TARGET | CONFIRM | LOCKING | ALWAYS
FORMATS = ("table", "json", "ndjson")
REPORTS = (*FORMATS, "csv", "markdown", "html")  # of the commands whose answer is passed on to people elsewhere
_META = "tradewind.asked"


@dataclass
class Asked:
    """What the shared options said, gathered over the levels of the command line."""

    said: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, Any] = field(default_factory=dict)

    def note(self, name: str, value: Any, source: ParameterSource | None) -> None:
        if source is ParameterSource.ENVIRONMENT:
            self.environ[name] = value
        elif source is ParameterSource.COMMANDLINE:
            self.said[name] = (*self.said.get(name, ()), *value) if isinstance(value, tuple) else value

    def get(self, name: str, default: Any = None) -> Any:
        """The command line replaces what the environment says; nothing is mixed."""
        found = self.said.get(name)
        if found is None:
            found = self.environ.get(name)
        return default if found is None else found


def asked(ctx: click.Context) -> Asked:
    found: Asked = ctx.meta.setdefault(_META, Asked())
    return found


def _note(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if param.name is not None:
        asked(ctx).note(param.name, value, ctx.get_parameter_source(param.name))
    return value


def _complete(kind: str) -> Completer:
    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
        from tradewind.cli.completing import complete as find  # reads files: only when a shell asks

        return find(kind, ctx, incomplete)

    return complete


_SAID = {
    "table": "table",
    "json": "json (one document)",
    "ndjson": "ndjson (a line an event)",
    "csv": "csv",
    "markdown": "markdown (a comment)",
    "html": "html (one page)",
}


def shared(
    shows: frozenset[str], without: Sequence[str] = (), formats: Sequence[str] = FORMATS
) -> list[click.Parameter]:
    """The shared options as fresh parameters. Those outside of `shows` are accepted but not listed in --help.

    `without` names declarations that the command needs for itself (`endpoint invoke --file`).
    """

    def option(*declared: str, **more: Any) -> click.Option:
        name = declared[-1]
        kept = [d for d in declared if d not in without]
        return click.Option(
            kept,
            expose_value=False,
            callback=_note,
            envvar=f"TRADEWIND_{name.upper()}",
            hidden=name not in shows,
            default=None,
            **more,
        )

    return [
        option("-f", "--file", "file", metavar="PATH", help="The spec.  [./deploy.yaml]", type=click.Path(dir_okay=True)),
        option("--provider", "provider", metavar="NAME", help="Where: local, aws, gcp, azure or a plug-in's name.",
               shell_complete=_complete("provider")),
        option("--env", "env", metavar="NAME", help="The environment of the spec to lay over it.",
               shell_complete=_complete("env")),
        option("--region", "region", metavar="NAME", help="The provider's region."),
        option("--set", "set", metavar="KEY=VALUE", multiple=True, help="Override a key: --set a.b=c. May be repeated."),
        option("--sandbox", "sandbox", is_flag=True, help="Against an emulated cloud on this machine."),
        option("--yes", "-y", "yes", is_flag=True, help="Do not ask before creating or changing in place."),
        option("--lock-timeout", "lock_timeout", metavar="DURATION", help="How long to wait for another run.  [10m]"),
        option("--output", "-o", "output", metavar="FORMAT", type=click.Choice(formats),
               help=f"{_one_of(formats)}.  [table]"),
        option("--debug", "debug", is_flag=True, help="Show tracebacks."),
    ]  # fmt: skip


def _one_of(formats: Sequence[str]) -> str:
    *most, last = (_SAID[name] for name in formats)
    return f"{', '.join(most)} or {last}"


class Verb(click.Command):
    """A command that also takes the shared options, listed apart from its own. `formats`: what its answer can be."""

    def __init__(
        self,
        *args: Any,
        shows: frozenset[str] = frozenset(),
        without: Sequence[str] = (),
        formats: Sequence[str] = FORMATS,
        **kwargs: Any,
    ) -> None:
        self.formats = formats
        self._shared = shared(shows | ALWAYS, without, formats)
        kwargs["params"] = [*(kwargs.get("params") or []), *self._shared]
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **kwargs)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = [p for p in self.get_params(ctx) if p not in self._shared and not isinstance(p, click.Argument)]
        for title, params in (("Options", own), ("Shared options", self._shared)):
            rows = [row for p in params if (row := p.get_help_record(ctx)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from tradewind.cli.examples import EXAMPLES  # only when help is asked for

        if examples := EXAMPLES.get(ctx.command_path.partition(" ")[2], ()):
            with formatter.section("Examples"):
                for example in examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")  # for copying: never wrapped
