"""`deploy endpoint check`: a handler or any server under each cloud's container contract, on this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Cli, duration, pass_cli
from tradewind.cli.invoke import JSON, TYPES
from tradewind.cli.options import Verb

if TYPE_CHECKING:
    from tradewind.cli.documents import ContractResult
    from tradewind.engine.open import Work
    from tradewind.host.contracts import Subject

CLOUDS = ("aws", "gcp", "azure")
_PATH = click.Path(path_type=Path, exists=True)


@click.command("check", cls=Verb, shows=frozenset({"file", "env", "set"}))
@click.argument("command", nargs=-1)
@click.option("--handler", type=_PATH, metavar="PATH", help="A handler's file, run by our own server.  [the spec's]")
@click.option("--model", type=_PATH, metavar="FOLDER", help="The model's folder.")
@click.option(
    "--framework", metavar="NAME", help="Where there is no handler: what the model was made with.  [the spec's]"
)
@click.option(
    "--request", type=_PATH, metavar="PATH", help="A body that is answered with 200.  [./request.json, if any]"
)
@click.option(
    "--cloud", "clouds", type=click.Choice(CLOUDS), multiple=True, help="Only this contract. May be repeated."
)
@click.option(
    "--startup", default="60s", show_default=True, metavar="DURATION", help="How long it may take to get ready."
)
@pass_cli
def check(
    cli: Cli,
    /,
    command: tuple[str, ...],
    handler: Path | None,
    model: Path | None,
    framework: str | None,
    request: Path | None,
    clouds: tuple[str, ...],
    startup: str,
) -> None:
    """Run a handler, or any server's COMMAND after --, under each cloud's contract for serving containers.

    Exits 1 where a contract is broken, and says how. Nothing is sent anywhere.
    """
    if command and (handler or framework):
        raise click.UsageError("A COMMAND is a server of its own: leave --handler and --framework out.")
    wait = duration(startup, "--startup").total_seconds()
    with _translated(), tempfile.TemporaryDirectory(prefix="tradewind-check-") as scratch:
        subject = _command(command, model) if command else _ours(cli, handler, model, framework, Path(scratch))
        body, kind = _body(request, subject)
        _answer(cli, _held(replace(subject, startup=wait, body=body, content_type=kind), clouds or CLOUDS))


def _answer(cli: Cli, result: ContractResult) -> None:
    from tradewind.cli.render import check as render
    from tradewind.errors import Exit

    cli.out.result(result, lambda paper: render.check(result, paper))
    if not result.ok:
        raise click.exceptions.Exit(Exit.FAILED)


def _command(command: tuple[str, ...], model: Path | None) -> Subject:
    from tradewind.host.contracts import Subject

    return Subject(command, {}, Path.cwd(), model)


def _ours(cli: Cli, handler: Path | None, model: Path | None, framework: str | None, scratch: Path) -> Subject:
    """Our server; what was not said is taken from the spec."""
    if handler is None and framework is None:
        if not cli.has_spec:
            raise click.UsageError(
                "Say what to check: --handler PATH, --framework NAME with --model, or -- COMMAND.",
                click.get_current_context(),
            )
        work = cli.work()
        serve = work.spec.serve
        if serve is not None:
            framework = serve.framework
            handler = cli.file.parent / serve.handler if serve.handler is not None else None
        model = model or _trained(cli, work, scratch / "model")
        return _with_requirements(cli, work, _of_handler(handler, model, framework))
    return _of_handler(handler, model, framework)


def _of_handler(handler: Path | None, model: Path | None, framework: str | None) -> Subject:
    from tradewind.host import contracts

    return contracts.of_handler(handler, model, framework=framework.partition(":")[0] if framework else None)


def _with_requirements(cli: Cli, work: Work, subject: Subject) -> Subject:
    """In the environment that provider local would run it in, where the spec asks for one."""
    runtime = work.spec.runtime
    if runtime.requirements is None:
        return subject
    from tradewind.host import interpreters, venvs
    from tradewind.host.prepare import Prepared, applied, own_runtime
    from tradewind.providers.local.paths import here

    cache = here().cache
    cli.out.say("With the environment of runtime.requirements; it is built once.")
    wish = venvs.Wish(interpreters.need(runtime.python), work.root / runtime.requirements, work.root, runtime.index)
    python = venvs.ensure(wish, cache / "venvs", os.environ)
    env = applied(Prepared(python, str(own_runtime(cache)), None), subject.env)
    return replace(subject, argv=(python, *subject.argv[1:]), env={**subject.env, **env})


def _trained(cli: Cli, work: Work, folder: Path) -> Path | None:
    """The model of the newest run, where the spec serves that and there is one."""
    from tradewind.engine import train
    from tradewind.errors import TradewindError

    if work.spec.serve is None or work.spec.serve.model != "train":
        return None
    try:
        train.download(cli.session(work), folder)
    except TradewindError as error:
        cli.out.say(*cli.out.margin.wrap(f"Checked without a model (give --model FOLDER): {error.message}", 0, 2))
        return None
    return folder


def _body(request: Path | None, subject: Subject) -> tuple[bytes, str]:
    """What is sent, and its content type."""
    if request is None and Path("request.json").is_file():
        request = Path("request.json")
    if request is None:
        return subject.body, subject.content_type
    return request.read_bytes(), TYPES.get(request.suffix.lower(), JSON)


def _held(subject: Subject, clouds: tuple[str, ...]) -> ContractResult:
    from tradewind.cli.documents import ContractFinding, ContractResult
    from tradewind.host import contracts

    findings = tuple(
        ContractFinding(cloud=f.cloud, rule=f.rule, verdict=f.verdict, seen=f.seen, fix=f.fix, source=f.source)
        for f in contracts.check(subject, clouds)
    )
    python = os.path.basename(subject.argv[0]).startswith("python")
    command = ("python", *subject.argv[1:]) if python else subject.argv
    return ContractResult(ok=all(f.verdict != "broken" for f in findings), command=command, findings=findings)


@contextmanager
def _translated() -> Iterator[None]:
    """The host's errors as ours."""
    from tradewind.errors import ProviderError
    from tradewind.host.errors import HostError

    try:
        yield
    except HostError as error:
        raise ProviderError(
            error.kind, error.said, during="endpoint check", code=error.code, hint=error.hint
        ) from error
