"""What runs for one endpoint: its fleets, where its requests go, and what a deployment is doing. On the loop's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tradewind.sandbox.aws.hosting.endpoint import Plan, Size
from tradewind.sandbox.aws.hosting.fleet import Fleet
from tradewind.sandbox.aws.hosting.instance import Instance, Yard
from tradewind.sandbox.aws.hosting.route import Route, shares


@dataclass(frozen=True)
class Doing:
    """A VariantStatus: what is done to a variant just now."""

    status: str
    message: str
    since: float


class Stage:
    """`live` serves the endpoint's configuration by variant, `green` the one that is being deployed."""

    def __init__(self, region: str, name: str, yard: Yard) -> None:
        self.region = region
        self.name = name
        self.route = Route()
        self.live: dict[str, Fleet] = {}
        self.green: dict[str, Fleet] = {}
        self.doing: dict[tuple[str, str], Doing] = {}  # configuration, variant
        self._yard = yard

    def fleets(self, plan: Plan) -> dict[str, Fleet]:
        """New ones, without an instance yet."""

        def fleet(name: str) -> Fleet:
            variant = plan.variant(name)
            assert variant is not None
            return Fleet(
                plan.config, variant, plan.capture, lambda: Instance(self.region, self.name, variant, self._yard)
            )

        return {variant.name: fleet(variant.name) for variant in plan.variants}

    def shift(self, sizes: Mapping[str, Size], parts: Mapping[str, float] | None = None) -> None:
        """Requests go by these weights, and to green as far as `parts` says; at once."""
        weights = {name: size.weight for name, size in sizes.items()}
        self.route.set(shares(self.live, self.green, weights, parts or {}))

    def quiet(self) -> None:
        """Requests go nowhere."""
        self.route.set(())

    def tell(self, config: str, variant: str, status: str, message: str) -> None:
        self.doing[config, variant] = Doing(status, message, time.time())

    def promote(self) -> dict[str, Fleet]:
        """Green is what serves; the old fleets are given back."""
        old, self.live, self.green = self.live, self.green, {}
        return old

    async def leave(self) -> None:
        """All down at once."""
        await asyncio.gather(*(fleet.leave() for fleet in (*self.live.values(), *self.green.values())))
