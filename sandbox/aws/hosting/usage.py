"""What endpoints use of the account: instances against the quotas, and what autoscaling has registered of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.hosting.endpoint import Endpoint, Plan, Size, VariantPlan
from tradewind.sandbox.aws.hosting.sizes import counted
from tradewind.sandbox.aws.quotas import HOSTING, Quotas, named
from tradewind.sandbox.aws.shelf import Shelf

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
Said = Mapping[str, Any]


class Usage:
    """Each `check` raises ServiceError."""

    def __init__(self, shelf: Shelf[Endpoint], account: Account, quotas: Quotas) -> None:
        self._shelf = shelf
        self._account = account
        self._quotas = quotas

    def check_new(self, region: str, variants: Iterable[VariantPlan], sizes: Mapping[str, Size]) -> None:
        """Room for all of these beside what runs."""
        more: Counter[str] = Counter()
        for variant in variants:
            more[variant.kind] += sizes[variant.name].count
        self._check(region, more)

    def check_more(self, region: str, plan: Plan, before: Mapping[str, Size], after: Mapping[str, Size]) -> None:
        """Room for what the same variants grow by."""
        more: Counter[str] = Counter()
        for variant in plan.variants:
            more[variant.kind] += after[variant.name].count - before[variant.name].count
        self._check(region, more)

    def check_deployment(self, region: str, plan: Plan, sizes: Mapping[str, Size], deployment: Said) -> None:
        """Blue/green needs a second fleet; rolling needs one batch more."""
        rolling = deployment.get("RollingUpdatePolicy")
        if rolling is None:
            self.check_new(region, plan.variants, sizes)
            return
        batches = {
            name: Size(counted(rolling["MaximumBatchSize"], size.count), size.weight) for name, size in sizes.items()
        }
        self.check_new(region, plan.variants, batches)

    def check_scaling(self, region: str, one: Endpoint, plan: Plan) -> None:
        """A variant that autoscaling knows keeps its instance type (guide: "Update endpoints that use auto scaling")."""
        if one.plan is None:
            return
        kinds = {variant.name: variant.kind for variant in plan.variants}
        registered = self._registered(region, one)
        for variant in one.plan.variants:
            if variant.name in registered and kinds.get(variant.name, variant.kind) != variant.kind:
                raise invalid(
                    f"The instance type of variant {variant.name} cannot be changed from {variant.kind} to "
                    f"{kinds[variant.name]} while it is registered with Application Auto Scaling. Deregister it as a "
                    "scalable target first."
                )

    def deregister(self, one: Endpoint) -> None:
        """A deleted endpoint takes its scalable targets along (guide: "Delete endpoints configured for auto scaling")."""
        scaling = self._account.client("application-autoscaling", one.region)
        for variant in self._registered(one.region, one):
            scaling.deregister_scalable_target(
                ServiceNamespace="sagemaker", ResourceId=_resource(one, variant), ScalableDimension=DIMENSION
            )

    def _registered(self, region: str, one: Endpoint) -> set[str]:
        names = {
            variant.name for plan in (one.plan, one.pending and one.pending.plan) if plan for variant in plan.variants
        }
        if not names:
            return set()
        scaling = self._account.client("application-autoscaling", region)
        ids = {_resource(one, name): name for name in names}
        said = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=list(ids))
        return {ids[target["ResourceId"]] for target in said["ScalableTargets"]}

    def _check(self, region: str, more: Counter[str]) -> None:
        used: Counter[str] = Counter()
        for one in self._shelf.all(region):
            if one.status != "Failed":
                used += _used(one)
        for kind, count in more.items():
            self._quotas.check(region, named(kind, HOSTING), used[kind], count)


def _used(one: Endpoint) -> Counter[str]:
    """What an endpoint holds, and what it is about to hold beside that."""
    held = {} if one.plan is None else {one.plan.config: (one.plan, one.sizes)}
    if one.pending is not None:
        held[one.pending.plan.config] = (one.pending.plan, one.pending.sizes)
    found: Counter[str] = Counter()
    for plan, sizes in held.values():
        for variant in plan.variants:
            found[variant.kind] += sizes[variant.name].count
    return found


def _resource(one: Endpoint, variant: str) -> str:
    return f"endpoint/{one.name}/variant/{variant}"
