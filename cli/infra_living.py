"""Whether a ground may go: not while somebody stands on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.cli.context import Cli
from tradewind.cli.infra_place import Site

if TYPE_CHECKING:
    from tradewind.values import Foundation

LIVES = "TW862"
_PROVIDERS = {"s3": "aws", "gs": "gcp", "az": "azure", "file": "local"}


def check(cli: Cli, site: Site, ground: Foundation | None, *, force: bool) -> None:
    """Raises RefusedError TW862 with the names of what lives on the ground; with `force` they are said.

    Asked is the ground's own account, for the environments that the stack and the command are about, and for the project
    of deploy.yaml by name too: what was made a moment ago may carry no tags yet that its cloud shows.
    """
    from tradewind.errors import RefusedError, TradewindError

    if ground is None:
        return
    try:
        found = _living(cli, site, ground)
    except TradewindError as error:
        if not force:
            error.hint = f"{error.hint} (or --force, which removes the ground without having looked)".lstrip()
            raise
        cli.out.say(f"--force: what lives on this ground could not be looked for: {error.message}")
        return
    if found is None:
        cli.out.say(f"This version deploys nothing to {site.title}, so no endpoint and no job was looked for.")
    elif found and force:
        cli.out.say(f"--force: {', '.join(found)} will lose its ground.")
    elif found:
        hint = cli.again("down")
        text = f"{', '.join(found)} still lives on this ground; nothing was removed"
        raise RefusedError(text, code=LIVES, hint=hint)


def _living(cli: Cli, site: Site, ground: Foundation) -> tuple[str, ...] | None:
    from tradewind.engine.living import living

    provider = _PROVIDERS.get(ground.root.partition("://")[0], "")
    if not provider or (site.emulated and provider != "aws"):  # those emulated grounds have nothing behind them
        return ()
    if site.emulated:
        cli.emulated_ground(provider, ground.region)
    settings = site.spec.block(provider) if site.spec and not site.emulated else None
    where = dict.fromkeys((site.place.stack.rpartition("/")[2], cli.environment))
    found = living(provider, ground, where, settings)
    own = _own(cli) if found is not None and site.spec is not None and site.spec.provider == provider else ()
    return None if found is None else tuple(dict.fromkeys((*found, *own)))


def _own(cli: Cli) -> tuple[str, ...]:
    """Of deploy.yaml's project and environment, by name."""
    from tradewind.engine import project
    from tradewind.values import JOB_DONE

    status = project.status(cli.look())
    endpoint = (f"endpoint {status.endpoint.name}",) if status.endpoint else ()
    return (*endpoint, *(f"job {it.name}" for it in status.jobs if it.state not in {*JOB_DONE, "missing"}))
