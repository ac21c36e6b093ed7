"""What keeps a ground from being removed, told before anything is: Pulumi would delete everything else first, and stop there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from tradewind.cli.context import Cli
from tradewind.cli.infra_place import Site

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tradewind.infra.results import Standing
    from tradewind.values import Foundation

KEPT = "TW863"


def check(
    cli: Cli, site: Site, standing: Sequence[Standing], targets: Collection[str], ground: Foundation | None
) -> None:
    """Raises RefusedError TW863 for what is protected, and for a bucket that is kept while it holds something."""
    from tradewind.cli.infra_engine import again
    from tradewind.errors import RefusedError

    going = [it for it in standing if not targets or it.urn in targets]
    protected = [it.name for it in going if it.protected]
    full = [it.name for it in going if it.keeps and ground is not None and _holds(site, ground)]
    if not protected and not full:
        return
    said = [f"{', '.join(protected)} {_are(protected)} protected"] if protected else []
    said += [f"{', '.join(full)} is kept while it holds anything, as models and the ledger"] if full else []
    flags = " ".join((*(["-c protect=false"] if protected else []), *(["-c keep_objects=false"] if full else [])))
    hint = f"{again(cli, site, f'up {flags}')}, and then destroy again."
    raise RefusedError(f"{', and '.join(said)}; nothing was removed", code=KEPT, hint=hint)


def _holds(site: Site, ground: Foundation) -> bool:
    """Anything but what the stack itself puts there. A bucket that is gone already holds nothing."""
    from tradewind.engine.grounds import PUBLISHED
    from tradewind.errors import StorageError
    from tradewind.storage.opening import open_store

    try:
        store = open_store(ground.root, _settings(site))
        return any(it.key != PUBLISHED for it in store.list())
    except StorageError as error:
        if error.kind != "missing":
            raise
        return False


def _settings(site: Site) -> BaseModel | None:
    return site.spec.block(site.cloud) if site.spec and site.cloud and not site.emulated else None


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
