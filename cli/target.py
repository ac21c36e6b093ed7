"""Which endpoint is meant: the spec's own, or one by its name, which needs no spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.cli.context import Cli

if TYPE_CHECKING:
    from tradewind.engine.clock import Stop
    from tradewind.engine.session import Report, Session


def endpoint(cli: Cli, name: str | None, *, report: Report | None = None, stop: Stop | None = None) -> Session:
    """The session of the endpoint's project and environment.

    Without a name the spec says it all. With one, the spec is used where it means the same endpoint; else the provider
    (--provider, else the spec's, else local) is asked by name.
    """
    if name is None:
        return cli.session(cli.work(), report=report, stop=stop)
    provider = cli.said.get("provider")
    if cli.has_spec or cli.said.get("file"):
        work = cli.work()
        session = cli.session(work, report=report, stop=stop)
        if name in _names(session):
            return session
        provider = provider or work.spec.provider
    from tradewind.engine.open import open_by_name
    from tradewind.providers import registry

    provider, region = registry.canonical(provider or "local"), cli.said.get("region") or ""
    ground = cli.emulated_ground(provider, region)
    return open_by_name(
        name,
        provider,
        environment=cli.environment,
        region=ground.region if ground else region,
        foundation=ground,
        folder=Path.cwd(),
        report=report,
        stop=stop,
    )


def _names(session: Session) -> set[str]:
    from tradewind.engine import names

    return {session.identity.project, names.endpoint_name(session.identity, session.info.traits)}
