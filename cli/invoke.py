"""`deploy endpoint invoke`: one request as it is, and the answer's body alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import TARGET, Verb
from tradewind.cli.render.paper import is_terminal
from tradewind.cli.target import endpoint as opened

if TYPE_CHECKING:
    from tradewind.engine.results import InvokeResult

NOBODY = "TW004"
ANSWERED = "TW490"
TYPES = {
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
    ".npy": "application/x-npy",
    ".txt": "text/plain",
    ".bin": "application/octet-stream",
}
JSON = "application/json"


@click.command("invoke", cls=Verb, shows=TARGET, without=("--file",))
@click.argument("name", required=False)
@click.option(
    "--file", "body", type=click.Path(path_type=Path), metavar="PATH", help="The request's body; - is stdin.  [stdin]"
)
@click.option("--data", metavar="TEXT", help="The request's body, as text.")
@click.option(
    "--content-type", "-t", metavar="TYPE", help="Of the body.  [by the file's suffix, else application/json]"
)
@click.option("--accept", metavar="TYPE", help="What the answer should be.")
@click.option("--slot", type=click.Choice(["a", "b"]), help="Ask the version in this seat, with or without traffic.")
@click.option("--stream", is_flag=True, help="Print the answer in pieces, as they come.")
@pass_cli
def invoke(
    cli: Cli,
    /,
    name: str | None,
    body: Path | None,
    data: str | None,
    content_type: str | None,
    accept: str | None,
    slot: str | None,
    stream: bool,
) -> None:
    """Send stdin, --file or --data as it is, and print the answer's body alone.

    An answer other than 2xx exits 1, with its body shown all the same.
    """
    from tradewind.engine import endpoints as engine

    if body is not None and data is not None:
        raise click.UsageError("--file and --data contradict each other.", click.get_current_context())
    if stream and slot is not None:
        raise click.UsageError("--stream goes by the traffic, so it takes no --slot.", click.get_current_context())
    if stream and cli.out.mode != "table":
        raise click.UsageError("--stream prints the body alone; leave --output out.", click.get_current_context())
    sent = _read(body, data)
    kind = content_type or (TYPES.get(body.suffix.lower(), _guess(body)) if body else JSON)
    session = opened(cli, name)
    if stream:
        piece = b""
        for piece in engine.stream(session, sent, kind, accept=accept):
            cli.out.bytes(piece)
            if cli.out.gone:
                return
        _end_line(cli, piece)
        return
    result = engine.invoke(session, sent, kind, accept=accept, slot=slot)
    _show(cli, result)
    _judge(cli, name, result)


def _read(body: Path | None, data: str | None) -> bytes:
    from tradewind.errors import Problem, RefusedError, SpecError

    if data is not None:
        return data.encode()
    if body is not None and str(body) != "-":
        try:
            return body.read_bytes()
        except OSError as error:
            said = f"{body} cannot be read: {error.strerror or error}"
            raise SpecError([Problem("", said)], code="TW002", hint="Name the request's file with --file.") from error
    if sys.stdin is None or (body is None and is_terminal(sys.stdin)):
        raise RefusedError(
            "There is no request to send", code=NOBODY, hint="Give --file PATH or --data TEXT, or pipe it in."
        )
    return sys.stdin.buffer.read()


def _guess(path: Path) -> str:
    import mimetypes

    return mimetypes.guess_type(path.name)[0] or JSON


def _show(cli: Cli, result: InvokeResult) -> None:
    from tradewind.engine import endpoints as engine

    if cli.out.mode != "table":
        cli.out.document(result.to_dict())
        return
    answer = engine.raw(result)
    cli.out.bytes(answer)
    _end_line(cli, answer)


def _end_line(cli: Cli, written: bytes) -> None:
    """The prompt belongs on a line of its own; a pipe gets the body as it is."""
    if is_terminal(sys.stdout) and not written.endswith(b"\n"):
        cli.out.text("\n")


def _judge(cli: Cli, name: str | None, result: InvokeResult) -> None:
    from tradewind.errors import FailedError

    if 200 <= result.status < 300:
        return
    own = "correct the request" if result.status < 500 else cli.again(f"endpoint logs {name or ''}")
    raise FailedError(f"{result.endpoint} answered {result.status}", code=ANSWERED, hint=own)
