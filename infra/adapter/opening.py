"""A stack on its way in: Pulumi's workspace with our command line, its environment, and what is hidden of that."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from pulumi.automation import LocalWorkspace, ProjectSettings, Stack

from tradewind.infra.adapter import command, files, passphrase
from tradewind.infra.adapter.command import Stop
from tradewind.infra.adapter.hiding import Hiding
from tradewind.infra.adapter.workspace import PROJECT, Place, project_file, variables
from tradewind.values import Event


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
    made = LocalWorkspace(
        work_dir=str(place.work),
        program=inline,
        env_vars=environ,
        secrets_provider=place.secrets_provider or None,
        project_settings=ProjectSettings(name=PROJECT, runtime="python") if inline else None,
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
