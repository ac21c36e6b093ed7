"""What `infra up` leaves for `deploy`, and `infra destroy` takes back: foundation.json on this machine, and deploy.lock."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.cli.context import Cli
from tradewind.cli.infra_place import Site

if TYPE_CHECKING:
    from tradewind.values import Foundation


def publish(cli: Cli, site: Site, outputs: Mapping[str, object]) -> tuple[str, ...]:
    """Where it was written. Nothing for an emulated account, nor for a program that exports no foundation, which is said."""
    if site.emulated:
        return ()
    found = foundation_of(site, outputs)
    if found is None:
        cli.out.say(
            "The program exports no `root`, so nothing was published: `made.export()` gives what `deploy` reads."
        )
        return ()
    from tradewind.engine import grounds
    from tradewind.infra import publishing

    text = {"schema": grounds.SCHEMA, "root": found.root, "region": found.region, "outputs": dict(found.outputs)}
    where = [str(publishing.remember(site.place.stack, json.dumps(text, indent=2, sort_keys=True) + "\n"))]
    if site.spec is not None:
        folder = cli.file.absolute().parent
        grounds.pin(folder, site.spec.provider, cli.environment, found)
        where.append(str(folder / "deploy.lock"))
        if site.spec.foundation is None and site.cloud != "local":
            cli.out.say(f"deploy.yaml names no foundation; to stand on it: `foundation: {{stack: {site.place.stack}}}`")
    return tuple(where)


def forget(cli: Cli, site: Site, outputs: Mapping[str, object]) -> None:
    """After the ground is gone. deploy.lock keeps a foundation that is another one's."""
    if site.emulated:
        return
    from tradewind.infra import publishing
    from tradewind.spec.lock import DeployLock

    found = foundation_of(site, outputs)
    publishing.forget(site.place.stack, found.root if found else "")
    if site.spec is None or found is None:
        return
    folder = cli.file.absolute().parent
    lock = DeployLock.read(folder)
    target = lock.target(cli.environment, site.spec.provider)
    if target is not None and target.foundation is not None and target.foundation.root == found.root:
        left = target.model_copy(update={"foundation": None})
        lock.with_target(cli.environment, site.spec.provider, left).write(folder)


@functools.cache
def published_by(stack: str, root: Path) -> Foundation | None:
    """The stack's outputs, read through Pulumi where that is here and keeps any state. Nothing is made for it.

    Raises SpecError where the stack cannot be read.
    """
    if find_spec("pulumi") is None:
        return None
    from tradewind.cli.infra_place import program_in
    from tradewind.errors import Problem, SpecError, TradewindError
    from tradewind.infra.adapter import command, passphrase, workspace

    folder = program_in(root)
    if command.find() is None or not workspace.keeps_state(folder):
        return None
    from tradewind.infra.adapter.stack import Ground

    known = passphrase.given(os.environ) or passphrase.path().is_file()
    place = workspace.Place(stack, folder, environ={} if known else {passphrase.VARIABLES[0]: ""})
    try:
        return _of(stack, Ground.open(place).outputs())
    except TradewindError as error:
        problem = Problem("foundation.stack", f"{stack} cannot be read: {error.message}", value=stack)
        raise SpecError([problem], code="TW043", hint=error.hint) from error


def foundation_of(site: Site, outputs: Mapping[str, object]) -> Foundation | None:
    """None where the stack gives no `root`."""
    return _of(site.place.stack, outputs)


def _of(stack: str, outputs: Mapping[str, object]) -> Foundation | None:
    from tradewind.values import Foundation

    root, more = outputs.get("root"), outputs.get("outputs")
    if not isinstance(root, str) or not root:
        return None
    named = {str(k): str(v) for k, v in more.items() if v is not None} if isinstance(more, Mapping) else {}
    return Foundation(root.rstrip("/"), str(outputs.get("region") or ""), named, f"stack {stack}")
