"""Who stands on a ground: endpoints, and jobs that have not ended, of whatever project."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from tradewind.engine.open import settings_of
from tradewind.providers import registry
from tradewind.providers.base import PlansOnly
from tradewind.values import JOB_DONE, Foundation


def living(
    provider: str, foundation: Foundation, environments: Iterable[str], settings: BaseModel | None = None
) -> tuple[str, ...] | None:
    """`endpoint NAME`, `job NAME`; None where this version deploys nothing to that provider, so that it cannot ask.

    `settings`: the spec's block of the provider; else what a region alone makes. Raises ProviderError.
    """
    info = registry.info(provider)
    if isinstance(info, PlansOnly):
        return None
    if settings is None and "region" in info.settings.model_fields:
        settings = settings_of(info, foundation.region)
    connected = info.connect(settings, foundation)
    owned = [it for name in environments for it in connected.owned({"tradewind-environment": name})]
    jobs = [name for kind, name in owned if kind == "job"]
    states = connected.trainer().status(jobs) if jobs else {}
    endpoints = {f"endpoint {name}" for kind, name in owned if kind == "endpoint"}
    return (*sorted(endpoints), *sorted(f"job {it}" for it, has in states.items() if has.state not in JOB_DONE))
