"""One stack and what can be done with it, over Pulumi's Automation API."""

from __future__ import annotations

import contextlib
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pulumi.automation import CommandResult, Stack
from pulumi.automation.errors import CommandError, StackAlreadyExistsError, StackNotFoundError

from tradewind.errors import FailedError, LockedError, Problem, SpecError, TradewindError
from tradewind.infra.adapter import configuration, errors, importing, locks, opening, state
from tradewind.infra.adapter.command import Stop
from tradewind.infra.adapter.events import Seen
from tradewind.infra.adapter.how import AS_IT_IS, How
from tradewind.infra.adapter.importing import Import
from tradewind.infra.adapter.workspace import PROJECT, Place
from tradewind.infra.results import Lock, Outcome, Standing, Told
from tradewind.values import Event

_TO_BE_RID_OF_IT = ("protect", "keep_objects")  # keys of infra/arguments.py
_PLANNING = ("preview", "drift")
_UNREADABLE = "Failed to parse engine event|Error in event stream"
_FIRST = "no previous deployment"  # pkg/backend: of a stack that was never updated
NO_STACK = "TW818"
_PAUSE = 2.0  # seconds between two tries to get the lock


class Ground:
    """Every method raises errors of our own tree: LockedError (exit 9), ProviderError, FailedError, InterruptedByUser."""

    def __init__(self, place: Place, report: Callable[[Event], None], stop: Stop | None) -> None:
        self.place = place
        self._report = report
        self._stop = stop
        self._recalled = False
        self._workspace, self._hiding = opening.workspace(place, report, stop)

    @classmethod
    def open(cls, place: Place, report: Callable[[Event], None] = lambda _e: None, stop: Stop | None = None) -> Ground:
        """Nothing is made in the backend yet. Raises ProviderError TW814 where Pulumi's command line cannot be used."""
        return cls(place, report, stop)

    def preview(self, how: How = AS_IT_IS) -> Outcome:
        """What `up` would do; nothing stays of it. For a stack that is not there yet, in a state that goes again.

        Pulumi previews no stack that is not there: of a program of one's own, which may ask what only its backend knows, it is
        made, empty.
        """
        ours = self.place.folder is None
        try:
            return self._run(
                "preview", lambda it, on: self._previewed(it, on, **how.changing()), how, configure=False, make=not ours
            )
        except SpecError as error:
            if error.code != NO_STACK or not ours:
                raise
        config = {key: configuration.text(value) for key, value in self._asked_for().wanted.items()}
        with opening.apart(self.place, config) as place:
            other = Ground(place, self._report, self._stop)
            seen = other._run(
                "preview", lambda it, on: other._previewed(it, on, **how.changing()), how, configure=False
            )
        return replace(seen, stack=self.place.stack)

    def _previewed(self, stack: Stack, on: Seen, **more: Any) -> Any:
        with self._as_asked() as file:
            return stack.preview(on_event=on, config_file=file, **more)

    def up(self, how: How = AS_IT_IS) -> Outcome:
        def act(stack: Stack, on: Seen) -> Any:
            with self._as_asked() as file:
                return stack.up(on_event=on, show_secrets=False, config_file=file, **how.changing())

        return self._run("up", act, how)

    def refresh(self, how: How = AS_IT_IS) -> Outcome:
        """Takes what stands into the state. What a killed run was making is forgotten once all of it is in the state."""

        def act(stack: Stack, on: Seen) -> Any:
            forget = state.may_forget(stack.export_stack().deployment or {}) or None
            with self._as_asked() as file:
                return stack.refresh(
                    on_event=on, show_secrets=False, clear_pending_creates=forget, config_file=file, **how.common()
                )

        return self._run("refresh", act, how, make=False)

    def drift(self) -> Outcome:
        """What a refresh would find, and nothing is written."""
        return self._run("drift", lambda stack, on: stack.preview_refresh(on_event=on), configure=False, make=False)

    def config(self) -> Mapping[str, str]:
        """What the stack is asked to be: what it keeps, and over that what is said now. Of this project, without its name."""
        of = f"{self._project()}:"
        wanted = self._asked_for().wanted
        return {key.removeprefix(of): configuration.text(it) for key, it in wanted.items() if key.startswith(of)}

    def unkept(self) -> bool:
        """Whether anything of the configuration is not kept yet; `up` keeps it, also where it changes nothing that stands."""
        asked = self._asked_for()
        return bool(asked.changed or asked.gone)

    def destroy(self, how: How = AS_IT_IS) -> Outcome:
        """Of an inline stack, what was said to be rid of it is forgotten: the next ground is kept again.

        Nothing is done, and no error, where there is no such stack: a removal can be repeated.
        """

        def act(stack: Stack, on: Seen) -> Any:
            with self._as_asked() as file:
                return stack.destroy(on_event=on, show_secrets=False, config_file=file, **how.destroying())

        try:
            done = self._run("destroy", act, how, make=False)
        except SpecError as error:
            if error.code != NO_STACK:
                raise
            return Outcome(self.place.stack, ())
        if not how.targets and self.place.folder is None:
            self._forget_once()
        return done

    def outputs(self) -> Mapping[str, object]:
        """Without the secret ones; none of a stack that is not there."""
        return {name: value for name, (value, secret) in self._outputs().items() if not secret}

    def secret_names(self) -> tuple[str, ...]:
        return tuple(name for name, (_value, secret) in self._outputs().items() if secret)

    def standing(self) -> tuple[Standing, ...]:
        """What the state holds; nothing of a stack that is not there."""

        def read() -> Any:
            try:
                return self._stack().export_stack().deployment
            except StackNotFoundError:
                return {}

        return state.standing(self._told("read", read) or {})

    def cancel(self) -> None:
        """Frees a lock that was left behind. Whoever holds it and lives is not stopped by this on a file or bucket."""

        def free() -> None:
            try:
                self._stack().cancel()
            except StackNotFoundError:
                raise self._absent() from None

        self._told("unlock", free)

    def lock(self) -> Lock | None:
        """Of a folder and of Pulumi's service; a bucket tells it only to whom it refuses, and answers an empty Lock here.

        Raises SpecError TW818 where there is no such stack.
        """
        where = self._workspace.env_vars["PULUMI_BACKEND_URL"]
        if where.startswith(("https://", "http://")):
            held: Lock | None = self._told("lock", self._under_way)
            return held
        if not where.startswith("file://"):
            return Lock()
        held = locks.in_folder(where, self._project(), self.place.stack, self.place.work)
        if held is None and configuration.state(self.place, where, self._project()) is None:
            raise self._absent()
        return held

    def _under_way(self) -> Lock | None:
        try:
            said = self._pulumi("stack", "--stack", self.place.stack)
        except StackNotFoundError:
            raise self._absent() from None
        return locks.of_service(said.stdout)

    def import_(self, rows: Sequence[Import]) -> Outcome:
        """Into the state, where the program makes them. Raises SpecError for what it would not make."""
        with TemporaryDirectory(prefix="tradewind-import-") as folder:
            path = Path(folder) / "would.json"
            self._run("import", lambda stack, on: self._previewed(stack, on, import_file=str(path)))
            would = importing.file(path)
        taken: list[Any] = importing.chosen(would, rows, self.place.again("preview"))
        if self.place.folder is None:
            self._workspace.save_project_settings(importing.project(PROJECT))
        done = self._run(
            "import",
            lambda stack, _on: stack.import_resources(
                resources=taken, name_table=dict(would.get("nameTable") or {}),
                protect=False, generate_code=False, show_secrets=False,
            ),
        )  # fmt: skip
        return replace(done, steps=importing.steps(self.standing(), rows))

    def _project(self) -> str:
        return str(self._workspace.project_settings().name)

    def _made(self, act: Callable[[Stack], Any], *, make: bool) -> Any:
        """On the stack, which is made where it is not there yet. Raises SpecError TW818 where it is not to be `make`d."""
        stack = self._stack()
        try:
            return act(stack)
        except StackNotFoundError:
            if not make:
                raise self._absent() from None
            self._make()
            return act(stack)

    def _make(self) -> None:
        """Not selected, which is the user's to do. Another run at the same time may have made it."""
        provider = self.place.secrets_provider
        more = ("--secrets-provider", provider) if provider else ()
        with contextlib.suppress(StackAlreadyExistsError):
            self._pulumi("stack", "init", self.place.stack, "--no-select", *more)

    def _pulumi(self, *words: str) -> CommandResult:
        """What the SDK has no call for. Raises its CommandError."""
        return self._workspace.pulumi_command.run(list(words), self._workspace.work_dir, self._workspace.env_vars)

    def _absent(self) -> SpecError:
        where = self._workspace.env_vars["PULUMI_BACKEND_URL"]
        problem = Problem("--stack", f"there is no stack {self.place.stack!r} in {where}", value=self.place.stack)
        return SpecError([problem], code=NO_STACK, hint=f"{self.place.again('up')} makes it")

    @contextlib.contextmanager
    def _as_asked(self) -> Iterator[str]:
        """A file of the configuration that is asked for now: the stack's own is changed once something was done by it."""
        self._recall()
        with TemporaryDirectory(prefix="tradewind-") as folder:
            path = Path(folder) / "stack.yaml"
            path.write_text(configuration.document(self.place, self._asked_for().wanted), encoding="utf-8")
            yield str(path)

    def _stack(self) -> Stack:
        return opening.Named(self.place.stack, self._workspace)

    def _keep(self) -> None:
        """What was asked for is what the stack is from now on."""
        asked = self._asked_for()
        if self.place.folder is None:
            configuration.keep(self.place, asked.wanted)
            return
        if asked.gone:
            self._stack().remove_all_config(asked.gone)
        if asked.changed:
            said = json.dumps({key: _as_json(value) for key, value in asked.changed.items()})
            self._pulumi("config", "set-all", "--stack", self.place.stack, "--json", said)

    def _recall(self) -> None:
        """What an earlier `up` was told, perhaps elsewhere: of the last update, where the file here may not have it.

        Of a ground that is gone, what was said to be rid of it is not taken up again.
        """
        where = self._workspace.env_vars["PULUMI_BACKEND_URL"]
        if self.place.folder is not None or self._recalled or configuration.latest(self.place, where, self._project()):
            return
        try:
            self._pulumi("config", "refresh", "--force", "--stack", self.place.stack)
        except CommandError as error:
            if _FIRST not in str(error):
                raise
        self._recalled = True
        if self._once() and not self.standing():
            self._forget_once()

    def _once(self) -> list[str]:
        kept = configuration.kept(self.place)
        return [key for name in _TO_BE_RID_OF_IT if (key := f"{PROJECT}:{name}") in kept]

    def _forget_once(self) -> None:
        if once := self._once():
            kept = configuration.kept(self.place)
            configuration.keep(self.place, {key: value for key, value in kept.items() if key not in once})

    def _asked_for(self) -> configuration.Asked:
        kept = configuration.kept(self.place)
        return configuration.asked(self.place, self._project(), kept)

    def _run(
        self,
        verb: str,
        act: Callable[[Stack, Seen], Any],
        how: How = AS_IT_IS,
        *,
        configure: bool = True,
        make: bool = True,
    ) -> Outcome:
        def attempt(seen: Seen) -> Any:
            try:
                done = self._told(verb, lambda: self._made(lambda stack: act(stack, seen), make=make), seen)
            except TradewindError:
                if configure and seen.steps:  # something was done by it
                    self._told(verb, self._keep)
                raise
            if configure:
                self._told(verb, self._keep)
            return done

        until = time.monotonic() + (how.wait.total_seconds() if how.wait else 0.0)
        while True:
            began = time.monotonic()
            seen = Seen(self._report, self._hiding)
            try:
                with warnings.catch_warnings():
                    # The SDK's own words show the whole event; `gap` tells it.
                    warnings.filterwarnings("ignore", message=_UNREADABLE)
                    done = attempt(seen)
                self._whole(verb, seen)
            except FailedError as error:
                raise self._explained(error, seen) from None
            except LockedError as error:
                if time.monotonic() >= until or self._asked():
                    raise
                self._report(Event(datetime.now(UTC), "lock.wait", "lock", f"waiting for the stack: {error.message}"))
                self._pause()
                continue
            shown = _shown(getattr(done, "outputs", None) or {})
            return Outcome(
                self.place.stack, tuple(seen.steps.values()), tuple(seen.told), time.monotonic() - began,
                {name: value for name, (value, secret) in shown.items() if not secret},
                tuple(name for name, (_value, secret) in shown.items() if secret),
                tuple(seen.resources.values()),
            )  # fmt: skip

    def _whole(self, verb: str, seen: Seen) -> None:
        """What is not shown whole is not agreed to. What was done already gets a warning. Raises FailedError TW820."""
        gap = seen.gap()
        if gap and verb in _PLANNING:
            raise errors.unread(f"{verb} of stack {self.place.stack}", gap)
        if gap and seen.any:
            seen.told.append(Told("warning", f"{gap}, so steps may be missing here"))

    def _explained(self, error: FailedError, seen: Seen) -> FailedError:
        """Whether what failed may stand already since an earlier run was killed while it made it."""
        if not seen.failed:
            return error
        try:
            begun = state.begun(self._stack().export_stack().deployment or {})
        except CommandError:
            return error  # it is an explanation more, and no reason to hide what happened
        return errors.half_made(error, [urn for urn in dict.fromkeys(seen.failed) if urn in begun], self.place.again)

    def _told(self, verb: str, act: Callable[[], Any], seen: Seen | None = None) -> Any:
        during = f"{verb} of stack {self.place.stack}"
        try:
            return act()
        except RuntimeError as error:
            if "summary event never found" not in str(error):  # of the SDK's preview
                raise
            raise errors.unread(during, "Pulumi's events broke off") from None
        except (json.JSONDecodeError, KeyError, AssertionError) as error:
            raise errors.unreadable(during, error) from error
        except CommandError as error:
            known = seen or Seen(self._report, self._hiding)
            raise errors.told(
                error, known, during, self._hiding, again=self.place.again, stopped=self._asked()
            ) from None

    def _outputs(self) -> dict[str, tuple[object, bool]]:
        def read() -> Any:
            try:
                return self._stack().outputs()
            except StackNotFoundError:
                return {}

        return _shown(self._told("outputs", read))

    def _asked(self) -> bool:
        return self._stop is not None and self._stop.asked

    def _pause(self) -> None:
        wait = getattr(self._stop, "wait", None)
        if wait is None:
            time.sleep(_PAUSE)
        else:
            wait(timedelta(seconds=_PAUSE))


def _as_json(value: Any) -> dict[str, Any]:
    """As `pulumi config --json` has it (pkg/cmd/pulumi/config, configValueJSON)."""
    real = configuration.typed(value)
    return {"value": configuration.text(value), **({} if isinstance(real, str) else {"objectValue": real})}


def _shown(outputs: Any) -> dict[str, tuple[object, bool]]:
    return {name: (it.value, bool(it.secret)) for name, it in outputs.items()}
