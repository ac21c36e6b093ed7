"""Application Auto Scaling's operations on SageMaker's variants; moto has those of other services."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError, invalid
from tradewind.sandbox.aws.monitoring.alarms import Alarms
from tradewind.sandbox.aws.pages import page
from tradewind.sandbox.aws.scaling import tracking
from tradewind.sandbox.aws.scaling.targets import AWAKE, DIMENSION, NAMESPACE, RESOURCE, ROLE, Policy, Target, Targets

Said = Mapping[str, Any]
PAGE = 50
STRANGE = ServiceError("InvalidNextTokenException", "The specified token is invalid.")
Exists = Callable[[str, str, str], bool]  # region, endpoint, variant


class Operations:
    """`table` has them by name; None of them is an answer that moto shall give."""

    def __init__(self, targets: Targets, alarms: Alarms, exists: Exists) -> None:
        self._targets = targets
        self._alarms = alarms
        self._exists = exists
        own: Mapping[str, Callable[[Said, str], Said]] = {
            "RegisterScalableTarget": self._register,
            "DeregisterScalableTarget": self._deregister,
            "DescribeScalableTargets": self._describe,
            "PutScalingPolicy": self._put,
            "DeleteScalingPolicy": self._delete,
            "DescribeScalingPolicies": self._policies,
            "DescribeScalingActivities": self._activities,
            "PutScheduledAction": self._no_schedule,
        }
        self.table: dict[str, Callable[[Said, str], Said | None]] = {
            **{name: _of_sagemaker(work) for name, work in own.items()},
            "ListTagsForResource": lambda said, region: self._tagged(said, region, None, "Tags"),
            "TagResource": lambda said, region: self._tagged(said, region, lambda tags: {**tags, **said["Tags"]}),
            "UntagResource": lambda said, region: self._tagged(
                said, region, lambda tags: {key: value for key, value in tags.items() if key not in said["TagKeys"]}
            ),
        }

    def forget(self, target: Target) -> None:
        """The target, its policies and their alarms: a deleted variant leaves none of them."""
        for policy in target.policies:
            self._silence(target.region, policy)
        self._targets.remove(target.region, target.resource)

    def _silence(self, region: str, policy: Policy) -> None:
        for alarm in policy.alarms:
            self._alarms.remove(region, alarm)

    def _register(self, said: Said, region: str) -> Said:
        resource = said["ResourceId"]
        found = RESOURCE.fullmatch(resource)
        if found is None or said["ScalableDimension"] != DIMENSION:
            raise invalid("Unsupported service namespace, resource type or scalable dimension")
        if not self._exists(region, found[1], found[2]):
            raise invalid(f"SageMaker endpoint variant doesn't exist: {resource}")

        def made(there: Target | None) -> Target:
            low, high = said.get("MinCapacity"), said.get("MaxCapacity")
            if there is None and (low is None or high is None):
                raise invalid("MinCapacity and MaxCapacity are required to register a new scalable target.")
            if there is None:
                arn = f"arn:aws:application-autoscaling:{region}:{ACCOUNT}:scalable-target/{uuid.uuid4().hex[:36]}"
                there = Target(region, resource, 0, 0, arn, time.time(), tags=dict(said.get("Tags") or {}))
            target = replace(
                there,
                low=there.low if low is None else low,
                high=there.high if high is None else high,
                role=said.get("RoleARN") or there.role or ROLE,
                suspended={**AWAKE, **there.suspended, **(said.get("SuspendedState") or {})},
                bounded=False,
            )
            if target.high < target.low:
                raise invalid("Maximum capacity cannot be less than minimum capacity")
            if target.low < 1:
                raise invalid("MinCapacity of a variant on instances must be at least 1.")
            return target

        return {"ScalableTargetARN": self._targets.put(region, resource, made).arn}

    def _deregister(self, said: Said, region: str) -> Said:
        self.forget(self._need(said, region, "No scalable target found for"))
        return {}

    def _describe(self, said: Said, region: str) -> Said:
        ids = said.get("ResourceIds")
        found = [one for one in self._found(said, region) if not ids or one.resource in ids]
        shown, token = page(found, said, size=PAGE, refused=STRANGE)
        return {"ScalableTargets": [_shown(target) for target in shown], **token}

    def _put(self, said: Said, region: str) -> Said:
        target = self._need(said, region, "No scalable target registered for")
        config = _checked(said, target)
        name, there = said["PolicyName"], target.policy(said["PolicyName"])
        arn = (
            f"arn:aws:autoscaling:{region}:{ACCOUNT}:scalingPolicy:{uuid.uuid4()}:resource/{NAMESPACE}/"
            f"{target.resource}:policyName/{name}"
        )
        policy = tracking.made(
            target, name, config, there.arn if there else arn, there.created if there else time.time()
        )

        def changed(now: Target) -> Target:
            return replace(now, policies=(*(one for one in now.policies if one.name != name), policy))

        if self._targets.change(region, target.resource, changed) is None:
            raise _unknown(said, "No scalable target registered for")
        if there is not None:
            self._silence(region, there)
        for alarm in tracking.alarms(target, policy):
            self._alarms.put(region, alarm.name, lambda _, made=alarm: made)  # type: ignore[misc]
        return {"PolicyARN": policy.arn, "Alarms": self._named(target, policy)}

    def _delete(self, said: Said, region: str) -> Said:
        target = self._targets.get(region, said["ResourceId"])
        policy = target.policy(said["PolicyName"]) if target is not None else None
        if target is None or policy is None:
            raise _unknown(said, "No scaling policy found for", f", policy name: {said['PolicyName']}")
        self._silence(region, policy)
        self._targets.change(
            region,
            target.resource,
            lambda now: replace(now, policies=tuple(one for one in now.policies if one.name != policy.name)),
        )
        return {}

    def _policies(self, said: Said, region: str) -> Said:
        names = said.get("PolicyNames")
        found = [
            (target, policy)
            for target in self._found(said, region)
            if said.get("ResourceId") in (None, target.resource)
            for policy in target.policies
            if not names or policy.name in names
        ]
        shown, token = page(found, said, size=PAGE, refused=STRANGE)
        policies = [
            {
                "PolicyARN": policy.arn,
                "PolicyName": policy.name,
                **_place(target),
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": policy.config,
                "Alarms": self._named(target, policy),
                "CreationTime": policy.created,
            }
            for target, policy in shown
        ]
        return {"ScalingPolicies": policies, **token}

    def _activities(self, said: Said, region: str) -> Said:
        found = [
            {**activity, **_place(target)}
            for target in self._found(said, region)
            if said.get("ResourceId") in (None, target.resource)
            for activity in target.activities
        ]
        found.sort(key=lambda activity: activity["StartTime"], reverse=True)
        shown, token = page(found, said, size=PAGE, refused=STRANGE)
        return {"ScalingActivities": list(shown), **token}

    def _no_schedule(self, said: Said, region: str) -> Said:
        raise invalid(f"This sandbox does not emulate scheduled scaling ({said['ResourceId']} in {region}).")

    def _tagged(
        self, said: Said, region: str, how: Callable[[Mapping[str, str]], Mapping[str, str]] | None, shown: str = ""
    ) -> Said:
        target = next((one for one in self._targets.all(region) if one.arn == said["ResourceARN"]), None)
        if target is None:
            raise ServiceError("ResourceNotFoundException", f"The resource {said['ResourceARN']} doesn't exist.")
        if how is not None:
            self._targets.change(region, target.resource, lambda now: replace(now, tags=how(now.tags)))
        return {shown: target.tags} if shown else {}

    def _found(self, said: Said, region: str) -> list[Target]:
        return self._targets.all(region) if said.get("ScalableDimension") in (None, DIMENSION) else []

    def _need(self, said: Said, region: str, told: str) -> Target:
        target = self._targets.get(region, said["ResourceId"]) if said["ScalableDimension"] == DIMENSION else None
        if target is None:
            raise _unknown(said, told)
        return target

    def _named(self, target: Target, policy: Policy) -> list[Said]:
        found = (self._alarms.get(target.region, name) for name in policy.alarms)
        return [{"AlarmName": alarm.name, "AlarmARN": alarm.arn} for alarm in found if alarm is not None]


def _of_sagemaker(work: Callable[[Said, str], Said]) -> Callable[[Said, str], Said | None]:
    return lambda said, region: work(said, region) if said["ServiceNamespace"] == NAMESPACE else None


def _checked(said: Said, target: Target) -> Said:
    """The configuration of a policy. Raises ServiceError."""
    if said.get("PolicyType", "StepScaling") != "TargetTrackingScaling":
        raise invalid("This sandbox does not emulate policies other than TargetTrackingScaling.")
    config: Said | None = said.get("TargetTrackingScalingPolicyConfiguration")
    if config is None or said.get("StepScalingPolicyConfiguration"):
        raise invalid(
            "TargetTrackingScalingPolicyConfiguration alone must be given for a TargetTrackingScaling policy."
        )
    own, given = config.get("CustomizedMetricSpecification"), config.get("PredefinedMetricSpecification")
    if bool(own) == bool(given):
        raise invalid("Exactly one of CustomizedMetricSpecification and PredefinedMetricSpecification must be given.")
    if given and given["PredefinedMetricType"] not in tracking.METRICS:
        raise invalid(f"The metric {given['PredefinedMetricType']} is not one of a variant on instances.")
    if own and own.get("Metrics"):
        raise invalid("This sandbox does not emulate metric math in CustomizedMetricSpecification.")
    if own and not all(own.get(name) for name in ("MetricName", "Namespace", "Statistic")):
        raise invalid("MetricName, Namespace and Statistic must be given in CustomizedMetricSpecification.")
    if config["TargetValue"] <= 0:
        raise invalid("TargetValue must be greater than 0.")
    if any((config.get(f"Scale{way}Cooldown") or 0) < 0 for way in ("In", "Out")):
        raise invalid("A cooldown must not be negative.")
    for other in target.policies:
        same = other.config.get("PredefinedMetricSpecification"), other.config.get("CustomizedMetricSpecification")
        if other.name != said["PolicyName"] and same == (given, own):
            raise invalid("Only one TargetTrackingScaling policy for a given metric specification is allowed.")
    return config


def _place(target: Target) -> dict[str, str]:
    return {"ServiceNamespace": NAMESPACE, "ResourceId": target.resource, "ScalableDimension": DIMENSION}


def _shown(target: Target) -> Said:
    return {
        **_place(target),
        "MinCapacity": target.low,
        "MaxCapacity": target.high,
        "RoleARN": target.role,
        "CreationTime": target.created,
        "SuspendedState": target.suspended,
        "ScalableTargetARN": target.arn,
    }


def _unknown(said: Said, told: str, more: str = "") -> ServiceError:
    return ServiceError(
        "ObjectNotFoundException",
        f"{told} service namespace: {said['ServiceNamespace']}, resource ID: {said['ResourceId']}, scalable dimension: "
        f"{said['ScalableDimension']}{more}",
    )
