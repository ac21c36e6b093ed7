"""A stack on its way in: Pulumi's workspace with our command line, its environment, and what is hidden of that."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pulumi.automation import LocalWorkspace, Stack

from tradewind.infra import whole
from tradewind.infra.adapter import command, files, passphrase
from tradewind.infra.adapter.command import Stop
from tradewind.infra.adapter.hiding import Hiding
from tradewind.infra.adapter.workspace import PROJECT, Place, project_file, variables
from tradewind.values import Event

_INLINE = f"name: {PROJECT}\nruntime: python\n"


@contextmanager
def apart(place: Place, config: Mapping[str, str]) -> Iterator[Place]:
    """The same program in a folder that goes again: what a preview needs of a stack that is not there yet."""
    with TemporaryDirectory(prefix="tradewind-preview-") as folder:
        state = Path(folder) / "state"
        state.mkdir()
        yield replace(
            place,
            stack=place.stack.rpartition("/")[2],
            config=config,
            defaults={},
            of_spec=None,
            backend=f"file://{state}",
            secrets_provider="",
            settings=Path(folder),
            environ={**place.environ, "PULUMI_BACKEND_URL": "", passphrase.VARIABLES[0]: ""},
        )


def workspace(place: Place, report: Callable[[Event], None], stop: Stop | None) -> tuple[LocalWorkspace, Hiding]:
    """Nothing is made in the backend. Raises ProviderError TW814 where Pulumi's command line cannot be used."""
    if place.folder and (path := project_file(place.folder)):
        files.project(path)
    environ, new = variables(place)
    if new:
        text = f"a passphrase was made for this machine's stacks and is kept in {passphrase.path()}; keep a copy of it"
        report(Event(datetime.now(UTC), "infra.note", "secrets", text))
    inline = None if place.folder else place.program or _own
    place.work.mkdir(parents=True, exist_ok=True)
    if inline:
        whole.put(place.work / "Pulumi.yaml", _INLINE)
    made = LocalWorkspace(
        work_dir=str(place.work),
        program=inline,
        env_vars=environ,
        secrets_provider=place.secrets_provider or None,
        pulumi_command=command.command(stop),
    )
    return made, Hiding({**os.environ, **environ}, passphrase.known(environ))


def _own() -> None:
    from tradewind.infra import program

    program.run()


class Named(Stack):
    """Not selected beforehand, which takes a command of its own: the first command that needs it says where it is not there.

    Besides, a selection would stay in the user's checkout.
    """

    def __init__(self, name: str, workspace: LocalWorkspace) -> None:
        self.name, self.workspace = name, workspace

    def __repr__(self) -> str:
        return f"stack {self.name}"
