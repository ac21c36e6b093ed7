"""SageMaker's own rollouts: one variant, a version is an endpoint configuration, and UpdateEndpoint goes from one to the next.

Each call looks, makes at most one write and returns; what is there already, whoever made it, is gone on from:
model, configuration, alarms, mark, CreateEndpoint or UpdateEndpoint, then, in service, scaling, size, tags, and the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence

from tradewind.errors import ProviderError
from tradewind.providers.aws import deployment, losses
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws.serve_request import Plan
from tradewind.providers.aws.served import Served
from tradewind.providers.aws.sight import EndpointSight
from tradewind.values import Loss, Observed, Policy, Wanted


class NativeServer(Served):
    """Server, StreamingServer and NativeRollout."""

    most = 1

    def advance(self, want: Wanted) -> Observed:
        return self.go(want, None)

    def advance_natively(self, want: Wanted, policy: Policy) -> Observed:
        if len(want.versions) != 1:
            during = f"roll out on endpoint {want.name}"
            raise ProviderError("invalid", "a native rollout takes one version", during=during, code="TW061")
        return self.go(want, policy)

    def native_losses(self, policy: Policy) -> Sequence[Loss]:
        return tuple(losses.of_policy(policy, self.settings.serve.rolling))

    def native_policy(self, policy: Policy) -> Policy:
        return deployment.followed(policy, self.settings.serve.rolling)

    def plan(self, want: Wanted, seen: EndpointSight | None) -> Plan:  # noqa: ARG002 - the same whatever serves
        (version,) = want.versions
        name = names.version(want.name, version.digest)
        return Plan(name, version.digest, {version.slot: version.min}, {version.slot: 1}, ("DataCaptureConfig",))

    def went_back(self, want: Wanted, plan: Plan, seen: EndpointSight) -> Observed:
        (version,) = want.versions
        return self.watch.tell(seen, phase="rolled_back", reason=self.why_back(seen, plan.name, version.slot))
