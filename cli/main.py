"""`deploy`, also called `tradewind`: the root group and the boundary where every exception becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from tradewind.cli.groups import DefaultGroup
from tradewind.cli.options import Asked, asked
from tradewind.cli.output import Output, tolerate_encodings
from tradewind.cli.signals import terminated_like_interrupted
from tradewind.cli.verbs import ROOT

EPILOG = """\
`deploy` alone means `deploy up`. The shared options work before or after the verb, and each can be said by an environment
variable: TRADEWIND_PROVIDER=local, TRADEWIND_OUTPUT=json.
"""


class Root(DefaultGroup):
    """Parses, runs, and turns whatever was raised into an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,  # noqa: ARG002 - click's signature
        **extra: Any,
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        prog = prog_name or _program()
        if _completed(self, prog, complete_var):
            sys.exit(0)
        if not standalone_mode:
            return super().main(words, prog, complete_var, standalone_mode=False, **extra)
        sys.exit(self._run(words, prog, extra))

    def _run(self, words: list[str], prog: str, extra: dict[str, Any]) -> int:
        tolerate_encodings()
        out = Output()
        known: Asked | None = None
        try:
            if any("\0" in word for word in words):  # no process can be given one, a program that calls us can
                raise click.UsageError("A word of the command line holds a NUL character.")
            with terminated_like_interrupted(), self.make_context(prog, words.copy(), obj=out, **extra) as ctx:
                known = asked(ctx)
                self.invoke(ctx)
            return 0
        except click.exceptions.Exit as leave:
            return int(leave.exit_code)
        except SystemExit:
            raise
        except BaseException as error:  # noqa: BLE001 - the one place where nothing may pass
            from tradewind.cli import errors

            said = known.get("output") if known else None
            out.mode = errors.mode_of(words, said or os.environ.get("TRADEWIND_OUTPUT"))
            debug = known.get("debug") if known else "--debug" in words
            return errors.report(error, out, debug=bool(debug))


def _program() -> str:
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return name if name in ("deploy", "tradewind") else "deploy"


def _completed(root: click.Group, prog: str, complete_var: str | None) -> bool:
    """Answer a shell that completes a word."""
    variable = complete_var or f"_{prog}_COMPLETE".upper()
    instruction = os.environ.get(variable)
    if not instruction:
        return False
    from click.shell_completion import shell_complete

    shell_complete(root, {}, prog, variable, instruction)
    return True


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    import tradewind

    click.echo(f"tradewind {tradewind.__version__}")
    ctx.exit()


@click.group(
    cls=Root,
    entries=ROOT,
    default="up",
    epilog=EPILOG,
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
        )
    ],
)
def main() -> None:
    """Train models and serve them on SageMaker, Vertex AI, Azure ML or this machine, from one deploy.yaml."""
