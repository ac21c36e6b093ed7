"""`deploy explain TW203`; without a code, all of them."""

from __future__ import annotations

import click

from tradewind.cli.completing import complete
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import Verb

UNKNOWN = "TW008"


@click.command("explain", cls=Verb)
@click.argument("code", required=False, shell_complete=lambda ctx, _param, word: complete("code", ctx, word))
@pass_cli
def explain(cli: Cli, /, code: str | None) -> None:
    """What an error code means and what to do. Without CODE: all of them."""
    from tradewind.cli.documents import ExplanationDoc, Explanations
    from tradewind.cli.render import explain as render
    from tradewind.codes import CODES

    wanted = sorted(CODES) if code is None else [_known(code)]
    document = Explanations(codes=tuple(ExplanationDoc(code=name, **vars(CODES[name])) for name in wanted))
    cli.out.result(document, lambda paper: render.explanations(document, paper, brief=code is None))


def _known(said: str) -> str:
    """`TW203`, `tw203` and `203` are the same."""
    from tradewind.codes import CODES
    from tradewind.errors import Problem, SpecError

    code = said.strip().upper()
    code = code if code.startswith("TW") else f"TW{code}"
    if code in CODES:
        return code
    problem = Problem("", f"no error has the code {said!r}", value=said)
    raise SpecError([problem], code=UNKNOWN, hint="deploy explain lists them all.")
