"""Size, share of the traffic and autoscaling of a variant that is in service. One write a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import scaling, sight
from tradewind.providers.aws.hosting import AUTOSCALING, SAGEMAKER, Hosting
from tradewind.providers.aws.later import busy
from tradewind.providers.aws.scaling import Bounds
from tradewind.providers.aws.sight import EndpointSight, VariantSight
from tradewind.values import Version, Wanted


class Sizing:
    def __init__(self, hosting: Hosting) -> None:
        self._hosting = hosting

    def scale(self, want: Wanted, version: Version, now: Bounds | None) -> bool:
        """Scalable target and policies as wanted; whether something was written."""
        wanted = scaling.bounds(version)
        if wanted is None:
            return now is not None and self.release(want.name, version.slot)
        if wanted != now:
            request = scaling.registration(want, version, wanted, now)
            self._scaling("register_scalable_target", want.name, request)
            return True
        return self._policies(want, version)

    def release(self, endpoint: str, slot: str) -> bool:
        """Deregister a variant, which takes its policies along. Not registered any more: fine."""
        try:
            self._scaling("deregister_scalable_target", endpoint, scaling.variant(endpoint, slot))
        except ProviderError as error:
            if error.kind != "missing":
                raise
        return True

    def resize(self, want: Wanted, seen: EndpointSight) -> bool:
        """Weights, and sizes that are out of bounds. What an autoscaler has reached within them stays."""
        weights = _weights(want, seen)
        changed = [said for version in want.versions if (said := _change(version, seen, weights))]
        return bool(changed) and self._change_variants(want.name, changed)

    def shift(self, want: Wanted, seen: EndpointSight) -> bool:
        """The wanted shares among the variants that are there; those that are not wanted get none."""
        changed = [_said(one.slot, float(want.traffic.get(one.slot, 0)), one.desired_count) for one in seen.variants]
        return self._change_variants(want.name, changed)

    def _change_variants(self, endpoint: str, changed: list[dict[str, Any]]) -> bool:
        try:
            self._hosting.call(
                SAGEMAKER, "update_endpoint_weights_and_capacities", f"resize endpoint {endpoint}",
                EndpointName=endpoint, DesiredWeightsAndCapacities=changed,
            )  # fmt: skip
        except ProviderError as error:
            if not busy(error):
                raise
        return True

    def _policies(self, want: Wanted, version: Version) -> bool:
        wanted, found = scaling.policies(want, version), self._hosting.policies(want.name, version.slot)
        there = {policy["PolicyName"]: policy for policy in found}
        for policy in wanted:
            if scaling.differs(policy, there.get(policy["PolicyName"], {})):
                self._scaling("put_scaling_policy", want.name, policy)
                return True
        for name in scaling.strays(wanted, found):
            request = {**scaling.variant(want.name, version.slot), "PolicyName": name}
            self._scaling("delete_scaling_policy", want.name, request)
            return True
        return False

    def _scaling(self, operation: str, endpoint: str, request: dict[str, Any]) -> None:
        self._hosting.call(AUTOSCALING, operation, f"set the scaling of endpoint {endpoint}", **request)


def _weights(want: Wanted, seen: EndpointSight) -> dict[str, float]:
    """By slot: as they are where the shares are as wanted (a sole variant has all), or none are wanted."""
    now = {one.slot: one.desired_weight for one in seen.variants}
    wanted = {slot: share for slot, share in want.traffic.items() if share}
    if not wanted or len(want.versions) == 1 or sight.percents(now) == wanted:
        return now
    return {version.slot: float(wanted.get(version.slot, 0)) for version in want.versions}


def _change(version: Version, seen: EndpointSight, weights: Mapping[str, float]) -> dict[str, Any] | None:
    now = seen.variant(version.slot)
    if now is None:
        return None
    weight, count = weights[version.slot], _size(version, now)
    return None if (weight, count) == (now.desired_weight, now.desired_count) else _said(version.slot, weight, count)


def _said(slot: str, weight: float, count: int) -> dict[str, Any]:
    """Both always: a stand-in may take what is left out for nothing."""
    return {"VariantName": slot, "DesiredWeight": weight, "DesiredInstanceCount": count}


def _size(version: Version, now: VariantSight) -> int:
    bounds = scaling.bounds(version)
    return scaling.fixed(version) if bounds is None else min(max(now.desired_count, bounds.min), bounds.max)
