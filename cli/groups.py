"""Groups whose commands are loaded when they are asked for, and the root group that means `up` when no verb is said."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import click

from tradewind.cli.options import EVERY, REPORTS, shared
from tradewind.cli.verbs import Entry


class LazyGroup(click.Group):
    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:
        self.entries = entries
        self._shared = shared(frozenset(), formats=REPORTS)
        kwargs["params"] = [*(kwargs.get("params") or []), *self._shared]
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.path.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.entries and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(self._unknown(ctx, args[0]), ctx)
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: click.Context, word: str) -> str:
        close = get_close_matches(word, self.entries, n=1, cutoff=0.5)
        if close:
            return f"No such command '{word}'. Did you mean '{close[0]}'?"
        if word.endswith((".yaml", ".yml")):
            return f"No such command '{word}'. For a spec: {ctx.command_path} -f {word}"
        return f"No such command '{word}'. There are: {', '.join(self.entries)}."

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.entries.items():
            sections.setdefault(entry.section, []).append((name, entry.help))
        width = max(len(name) for name in self.entries)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(n, help=e.help) for n, e in self.entries.items() if n.startswith(incomplete)]


class DefaultGroup(LazyGroup):
    """The root: where no verb is said, the options belong to `default`."""

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        self.default = default
        kwargs.setdefault("invoke_without_command", False)
        super().__init__(*args, **kwargs)
        for param in self._shared:
            if isinstance(param, click.Option):
                param.hidden = param.name not in EVERY

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and not self._names_a_verb(ctx, args):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def _names_a_verb(self, ctx: click.Context, args: list[str]) -> bool:
        """True where some word is no option and no option's value, or where root's own --help or --version is meant."""
        if args and args[0] in self.entries:
            return True
        if any(a in ("-h", "--help", "--version") for a in args):
            return True
        takes_value = self._options_with_a_value(ctx)
        words = iter(args)
        for word in words:
            if word == "--":
                return False
            if not word.startswith("-") or word == "-":
                return True
            if word in takes_value:
                next(words, None)
        return False

    def _options_with_a_value(self, ctx: click.Context) -> set[str]:
        command = self.get_command(ctx, self.default)
        params = [*self.params, *(command.params if command else ())]
        return {o for p in params if isinstance(p, click.Option) and not p.is_flag for o in p.opts}
