"""SageMaker's own rollouts: one variant, a version is an endpoint configuration, and UpdateEndpoint goes from one to the next.

Each call looks, makes at most one write and returns; what is there already, whoever made it, is gone on from:
model, configuration, alarms, mark, CreateEndpoint or UpdateEndpoint, then, in service, scaling, size, tags, and the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import deployment, losses, marks, tags, wishes
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws.hosting import SAGEMAKER
from tradewind.providers.aws.making import unseen
from tradewind.providers.aws.pushing import busy
from tradewind.providers.aws.serve_request import options_of
from tradewind.providers.aws.served import Served
from tradewind.providers.aws.sight import EndpointSight
from tradewind.values import Loss, Observed, Policy, Version, Wanted

# What a new configuration says counts; size and weight are as the endpoint has them: an update shrinks no fleet.
FROM_CONFIG = [{"VariantPropertyType": "DataCaptureConfig"}]


class NativeServer(Served):
    """Server, StreamingServer and NativeRollout."""

    def advance(self, want: Wanted) -> Observed:
        return self._go(want, None)

    def advance_natively(self, want: Wanted, policy: Policy) -> Observed:
        if len(want.versions) != 1:
            during = f"roll out on endpoint {want.name}"
            raise ProviderError("invalid", "a native rollout takes one version", during=during, code="TW061")
        return self._go(want, policy)

    def native_losses(self, policy: Policy) -> Sequence[Loss]:
        return tuple(losses.of_policy(policy, self.settings.serve.rolling))

    def _go(self, want: Wanted, policy: Policy | None) -> Observed:
        wishes.check(want, most=1)
        if not want.versions:
            return self.taking_down.step(want.name)
        version = want.versions[0]
        config = names.version(want.name, version.digest)
        seen = self.hosting.endpoint(want.name)
        if seen is None:
            return self._come_first(want, version, config)
        self.watch.refuse_strangers(seen)
        if seen.moving:
            if seen.coming not in ("", config) and seen.status == "Updating":
                self.pushing.back(seen)
            return self.watch.tell(seen, phase="moving")
        if seen.config == config:
            return self.watch.tell(seen) if seen.broken else self.settle(want, seen)
        if seen.dead:
            self.taking_down.delete(seen)
            return self.watch.tell(seen, phase="moving")
        return self._come_in(want, version, config, policy, seen)

    def _come_first(self, want: Wanted, version: Version, config: str) -> Observed:
        if not self.making.config(want, config, version.digest, {version.slot: version.min}):
            self.create(want, config)
        return Observed("moving", (), {})

    def _come_in(
        self, want: Wanted, version: Version, config: str, policy: Policy | None, seen: EndpointSight
    ) -> Observed:
        back = self._prepare(want, version, config, policy, seen)
        return back or self.watch.tell(seen, phase="moving")

    def _prepare(
        self, want: Wanted, version: Version, config: str, policy: Policy | None, seen: EndpointSight
    ) -> Observed | None:
        """The next thing before the update, or the update; what went back where it took place and went back."""
        if self.making.config(want, config, version.digest, {version.slot: version.min}):
            return None
        if policy is not None and self.making.alarms(want, config, policy, self._wait(policy, version)):
            return None
        mark = marks.parse(self.hosting.tags(self.making.arn(config)).get(marks.MARK_TAG))
        if mark is not None and mark.tried(seen, names.alarms(want.name, config)):
            return self.watch.tell(seen, phase="rolled_back", reason=self._why_back(seen, config, version.slot))
        if self._release(version, seen) or self._unmark(seen):
            return None
        if mark is None or not mark.standing(seen):
            self._tag(self.making.arn(config), marks.MARK_TAG, str(marks.following(mark, seen)))
        else:
            self._update(want, version, config, policy)
        return None

    def _update(self, want: Wanted, version: Version, config: str, policy: Policy | None) -> None:
        options = options_of(version)
        guards = [one.name for one in self.hosting.alarms(want.name, config)] + [*options.alarms] if policy else []
        request: dict[str, Any] = {
            "EndpointName": want.name,
            "EndpointConfigName": config,
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": FROM_CONFIG,
        }
        how = deployment.config(policy, guards, options.rolling)
        if how is not None:
            request["DeploymentConfig"] = how
        try:
            self.hosting.call(SAGEMAKER, "update_endpoint", f"update endpoint {want.name}", **request)
        except ProviderError as error:
            if unseen(error):
                self.making.forget(config)
            elif not busy(error):
                raise

    def _wait(self, policy: Policy, version: Version) -> int:
        """Seconds that the new version is watched at one share."""
        if options_of(version).rolling is not None:
            return deployment.rolling_wait(policy)
        return deployment.of_policy(policy).wait

    def _release(self, version: Version, seen: EndpointSight) -> bool:
        """UpdateEndpoint fails where it would change the machine type, or take away a variant, that has a scalable target
        (developer guide, "Update endpoints that use auto scaling"). It is registered again in the new version's service."""
        registered = self.hosting.bounds(seen.name, [one.slot for one in seen.variants])
        if not registered:
            return False
        found = self.hosting.config(seen.config)
        machines = found.machines if found else {}
        for slot in sorted(registered):
            if slot != version.slot or machines.get(slot) != version.container.machine.id:
                return self.sizing.release(seen.name, slot)
        return False

    def _unmark(self, seen: EndpointSight) -> bool:
        """The mark of a rollout that succeeded: who serves leaves now, and must be able to come back."""
        arn = names.config_arn(seen.arn, seen.config)
        if marks.MARK_TAG not in self.hosting.tags(arn):
            return False
        self.untag(arn, [marks.MARK_TAG])
        return True

    def models(self, want: Wanted) -> Sequence[str]:
        return [names.version(want.name, version.digest) for version in want.versions]

    def _tag(self, arn: str, key: str, value: str) -> None:
        self.hosting.call(SAGEMAKER, "add_tags", f"mark {arn}", ResourceArn=arn, Tags=tags.pairs({key: value}))

    def _why_back(self, seen: EndpointSight, config: str, slot: str) -> str:
        ringing = next((one for one in self.hosting.alarms(seen.name, config) if one.ringing), None)
        if seen.reason:
            words = self.last_words(seen.name, slot) if "ping" in seen.reason else ""
            return f"{seen.reason.rstrip()} Its log ends: {words}" if words else seen.reason
        if ringing is not None:
            return f"alarm {ringing.name} rang: {ringing.reason}"
        return "SageMaker put it back and says no reason; its log may: `deploy endpoint logs`"
