"""What every verb works with: the shared options as values, the spec, the session, and a way to ask."""

from __future__ import annotations

import functools
import json
import os
import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from tradewind.cli.hints import target
from tradewind.cli.options import FORMATS, Asked, asked
from tradewind.cli.output import DOCUMENTS, Mode, Output

if TYPE_CHECKING:
    from tradewind.cost.book import Book
    from tradewind.engine.clock import Stop
    from tradewind.engine.open import Work
    from tradewind.engine.results import Connect
    from tradewind.engine.session import Report, Session
    from tradewind.errors import RefusedError
    from tradewind.spec.models import Spec
    from tradewind.values import Foundation

P = ParamSpec("P")
R = TypeVar("R")
NO_SPEC = "TW003"
USAGE = "TW002"
SANDBOX_LATER = "TW007"


class Cli:
    def __init__(self, said: Asked, out: Output) -> None:
        self.said = said
        self.out = out
        mode: Mode = said.get("output", "table")
        out.mode = mode
        out.target = target(said)

    @property
    def file(self) -> Path:
        said = Path(self.said.get("file") or "deploy.yaml")
        return said / "deploy.yaml" if said.is_dir() else said

    @property
    def has_spec(self) -> bool:
        return self.file.is_file()

    @property
    def yes(self) -> bool:
        return bool(self.said.get("yes"))

    @property
    def environment(self) -> str:
        return str(self.said.get("env") or "default")

    def again(self, verb: str, *, same_spec: bool = False) -> str:
        """The command that goes on with the same target, ready to copy; `same_spec` repeats what was --set too."""
        sets = [word for said in self.said.said.get("set", ()) for word in ("--set", said)] if same_spec else []
        return shlex.join(["deploy", *verb.split(), *target(self.said), *sets])

    @property
    def lock_timeout(self) -> timedelta:
        text = self.said.get("lock_timeout")
        if text is None:
            from tradewind.engine.open import LOCK_TIMEOUT

            return LOCK_TIMEOUT
        return duration(text, "--lock-timeout")

    def work(self, *, locked: bool = False, upgrade: bool = False, everywhere: bool = False) -> Work:
        """The spec as asked for. Raises SpecError, also where there is none.

        `everywhere`: as it is written, for `on_provider` to lead to one provider after another.
        """
        from tradewind import spec
        from tradewind.engine.open import Work
        from tradewind.providers import registry

        self._need_file()
        loaded = spec.load(
            self.file,
            environment=self.said.get("env"),
            sets=self.said.get("set", ()),
            environ=os.environ,
            blocks=registry.plugin_settings(),
            providers=registry.names(),
            provider=self.said.get("provider"),
            region=self.said.get("region"),
        )
        loaded, ground = (loaded, None) if everywhere else self._rehearsed(loaded)
        return Work(
            loaded,
            self.file.absolute(),
            self.environment,
            locked=locked,
            upgrade=upgrade,
            target=target(self.said),
            ground=ground,
            stacks=_stack,
        )

    def on_provider(self, work: Work, provider: str) -> Work:
        """The same work on one of all providers: with --sandbox in its emulated account, and never in the real one.

        Raises RefusedError TW007 for a provider that has no sandbox yet.
        """
        from dataclasses import replace

        spec, ground = work.spec.model_copy(update={"provider": provider}), None
        if provider != "local":
            spec, ground = self._rehearsed(spec)
        return replace(work, spec=spec, ground=ground, info=None)

    def book(self) -> Book:
        """What this team pays by its spec, where there is one, whatever target is asked about; else the list prices."""
        from tradewind import spec
        from tradewind.cost import book
        from tradewind.providers import registry

        if not self.has_spec and not self.said.get("file"):
            return book.Book()
        self._need_file()
        blocks, known = registry.plugin_settings(), registry.names()
        loaded = spec.load(
            self.file, environment=self.said.get("env"), environ=os.environ, blocks=blocks, providers=known
        )
        return book.opened(loaded.prices, self.file.absolute().parent)

    def session(self, work: Work, *, report: Report | None = None, stop: Stop | None = None) -> Session:
        from tradewind.engine.open import open_session

        return open_session(work, report=report, stop=stop)

    def look(self, *, stop: Stop | None = None) -> Session:
        """A session for verbs that only need the spec's target."""
        return self.session(self.work(), stop=stop)

    def for_environment(self, name: str | None) -> Cli:
        """The same command for another environment of the spec; None for what it says without one."""
        said = {key: value for key, value in self.said.said.items() if key != "env"}
        environ = {key: value for key, value in self.said.environ.items() if key != "env"}
        return Cli(Asked(said if name is None else {**said, "env": name}, environ), self.out)

    def last_words(self) -> bytes:
        """What stdout gets where a second Ctrl-C ends everything: the error document, where one was asked for."""
        if self.out.mode not in DOCUMENTS or (self.out.answered and self.out.mode == "json"):
            return b""
        from tradewind.cli.errors import as_document, translate

        return (json.dumps(as_document(translate(KeyboardInterrupt()))) + "\n").encode()

    def emulates(self, provider: str) -> bool:
        """Whether this command is for an emulated account. Raises RefusedError for a provider that has none yet."""
        if not self.said.get("sandbox"):
            return False
        if provider == "local":
            self.out.say("--sandbox: nothing to do for `local`, which runs on this machine already.")
            return False
        if provider != "aws":
            raise later(provider)
        return True

    def on(self, title: str) -> str:
        """Where a question is about, so that nobody takes the emulated account for the real one or the other way round."""
        from tradewind.cli.render.pieces import within

        emulated = self.said.get("sandbox") and not title.startswith("This ")
        return f"{within(title)}, emulated on this machine" if emulated else within(title)

    def emulated_ground(self, provider: str, region: str) -> Foundation | None:
        """For what is asked for by its name, without a spec: where it stands, where that is an emulated account."""
        if not self.emulates(provider):
            return None
        from pydantic import ValidationError

        from tradewind.cli import emulated
        from tradewind.errors import Problem, SpecError
        from tradewind.spec.clouds.aws import Aws

        try:
            settings = Aws.model_validate({"region": region or None})
        except ValidationError as error:
            raise SpecError([Problem("--region", error.errors()[0]["msg"], value=region)], code=USAGE) from None
        return emulated.enter(self.out, settings)[1]

    def unsigned(self, connect: Connect, provider: str) -> Connect:
        """What calls an emulated endpoint goes there with keys that are nobody's, whatever the shell it is pasted into holds."""
        if not self.said.get("sandbox") or provider != "aws":
            return connect
        from tradewind.cli import emulated

        return connect.model_copy(
            update={"curl": emulated.shell(connect.curl), "python": emulated.program(connect.python), "note": ""}
        )

    def _rehearsed(self, spec: Spec) -> tuple[Spec, Foundation | None]:
        """The spec and the ground of the emulated account, where --sandbox asks for it."""
        if not self.emulates(spec.provider):
            return spec, None
        from tradewind.cli import emulated
        from tradewind.cli.rehearsed import rehearsed
        from tradewind.spec.clouds.aws import Aws

        said = spec.block("aws")
        settings = said if isinstance(said, Aws) else Aws()
        url, ground = emulated.enter(self.out, settings)
        return rehearsed(spec, settings, url, ground), ground

    def _need_file(self) -> None:
        if self.file.exists():
            return
        from tradewind.errors import Problem, SpecError

        said = self.said.get("file")
        what = f"There is no file {str(self.file)!r}" if said else f"There is no deploy.yaml in {Path.cwd()}"
        hint = "deploy init writes a project that works as it is; -f names another file."
        raise SpecError([Problem("", what)], code=NO_SPEC, hint=hint)


def _stack(name: str, root: Path) -> Foundation | None:
    from tradewind.cli.infra_publish import published_by

    return published_by(name, root)


def later(provider: str) -> RefusedError:
    from tradewind.errors import RefusedError

    return RefusedError(
        f"{provider} has no sandbox yet; it comes in a later version of tradewind",
        code=SANDBOX_LATER,
        hint="`--provider aws --sandbox` works today, and `--provider local` needs no cloud at all.",
    )


def duration(text: str, option: str) -> timedelta:
    """`90s`, `10m`, `2h`; a slip is a usage error that names the option."""
    from tradewind.spec import units

    try:
        return units.duration(text)
    except ValueError as error:
        suggestion = getattr(error, "suggestion", "")
        tail = f" (did you mean {suggestion}?)" if suggestion else ""
        raise click.UsageError(f"{option}: {error}{tail}", click.get_current_context(silent=True)) from error


def pass_cli(function: Callable[Concatenate[Cli, P], R]) -> Callable[P, R]:
    """Hand the verb its Cli."""

    @functools.wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        ctx = click.get_current_context()
        out: Any = ctx.obj if isinstance(ctx.obj, Output) else Output()
        if (form := asked(ctx).get("output", "table")) not in (forms := getattr(ctx.command, "formats", FORMATS)):
            raise click.UsageError(f"--output {form}: this command answers as {', '.join(forms)}", ctx)
        return function(Cli(asked(ctx), out), *args, **kwargs)

    return inner
