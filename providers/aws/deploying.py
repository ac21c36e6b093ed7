"""From one endpoint configuration to the next: everything that comes before UpdateEndpoint, and the call. One write a call."""

from __future__ import annotations

from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import deployment, marks, tags
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws.hosting import SAGEMAKER, Hosting
from tradewind.providers.aws.later import busy, unseen
from tradewind.providers.aws.making import Making
from tradewind.providers.aws.marks import Mark
from tradewind.providers.aws.serve_request import Plan, options_of
from tradewind.providers.aws.sight import EndpointSight
from tradewind.providers.aws.sizing import Sizing
from tradewind.values import Policy, Wanted


class Deploying:
    def __init__(self, hosting: Hosting, making: Making, sizing: Sizing) -> None:
        self._hosting = hosting
        self._making = making
        self._sizing = sizing

    def step(self, want: Wanted, plan: Plan, seen: EndpointSight, policy: Policy | None) -> bool:
        """The next thing before the update, or the update. True: the update took place and went back; nothing was done."""
        try:
            return self._step(want, plan, seen, policy)
        except ProviderError as error:
            if not unseen(error):
                raise
            self._making.forget(plan.name)  # swept meanwhile, or not seen everywhere yet
            return False

    def _step(self, want: Wanted, plan: Plan, seen: EndpointSight, policy: Policy | None) -> bool:
        if self._making.config(want, plan):
            return False
        if policy is not None and self._making.alarms(want, plan.name, policy, _wait(want, policy)):
            return False
        arn = self._making.arn(plan.name)
        mark = marks.parse(self._hosting.tags(arn).get(marks.MARK_TAG))
        if mark is not None and mark.tried(seen, names.alarms(want.name, plan.name)):
            return True
        if self._release(want, seen) or self._unmark(seen):
            return False
        if mark is None or not mark.standing(seen):
            self._mark(arn, marks.following(mark, seen))
        else:
            self._update(want, plan, policy)
        return False

    def _update(self, want: Wanted, plan: Plan, policy: Policy | None) -> None:
        options = options_of(want.versions[0])
        guards: list[str] = []
        if policy is not None:
            guards = [*(one.name for one in self._hosting.alarms(want.name, plan.name)), *options.alarms]
        request: dict[str, Any] = {
            "EndpointName": want.name,
            "EndpointConfigName": plan.name,
            # An update shrinks no fleet: the size stays as the endpoint has it, whatever the configuration says.
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [{"VariantPropertyType": one} for one in plan.from_config],
        }
        how = deployment.config(policy, guards, options.rolling)
        if how is not None:
            request["DeploymentConfig"] = how
        try:
            self._hosting.call(SAGEMAKER, "update_endpoint", f"update endpoint {want.name}", **request)
        except ProviderError as error:
            if not busy(error):
                raise

    def _release(self, want: Wanted, seen: EndpointSight) -> bool:
        """UpdateEndpoint fails where it would change the machine type, or take away a variant, that has a scalable target
        (developer guide, "Update endpoints that use auto scaling"). It is registered again in the new version's service."""
        registered = self._hosting.bounds(seen.name, [one.slot for one in seen.variants])
        if not registered:
            return False
        found = self._hosting.config(seen.config)
        now = found.machines if found else {}
        wanted = {version.slot: version.container.machine.id for version in want.versions}
        changed = [slot for slot in sorted(registered) if slot not in wanted or now.get(slot) != wanted[slot]]
        return bool(changed) and self._sizing.release(seen.name, changed[0])

    def _unmark(self, seen: EndpointSight) -> bool:
        """The mark of a rollout that succeeded: who serves leaves now, and must be able to come back."""
        arn = names.config_arn(seen.arn, seen.config)
        if marks.MARK_TAG not in self._hosting.tags(arn):
            return False
        self._hosting.call(SAGEMAKER, "delete_tags", f"unmark {seen.config}", ResourceArn=arn, TagKeys=[marks.MARK_TAG])
        return True

    def _mark(self, arn: str, mark: Mark) -> None:
        said = tags.pairs({marks.MARK_TAG: str(mark)})
        self._hosting.call(SAGEMAKER, "add_tags", f"mark {arn}", ResourceArn=arn, Tags=said)


def _wait(want: Wanted, policy: Policy) -> int:
    """Seconds that the new version is watched at one share."""
    if options_of(want.versions[0]).rolling is not None:
        return deployment.rolling_wait(policy)
    return deployment.of_policy(policy).wait
