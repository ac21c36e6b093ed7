"""What stands beside SageMaker in a pretended account: Application Auto Scaling, CloudWatch and its logs."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


def refusal(code: str, message: str, operation: str = "op") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )


class Beside:
    def __init__(self) -> None:
        self.targets: dict[str, dict[str, Any]] = {}
        self.policies: dict[tuple[str, str], dict[str, Any]] = {}
        self.alarms: dict[str, dict[str, Any]] = {}
        self.groups: set[str] = set()
        self.retention: dict[str, int] = {}  # of a group, in days
        self.lines: dict[str, list[str]] = {}
        self.born: dict[str, int] = {}  # streams of `lines`, in milliseconds

    # ---- Application Auto Scaling

    def register_scalable_target(self, ResourceId: str, MinCapacity: int, MaxCapacity: int, **more: Any) -> None:
        self.targets[ResourceId] = {"ResourceId": ResourceId, "MinCapacity": MinCapacity, "MaxCapacity": MaxCapacity}

    def deregister_scalable_target(self, ResourceId: str, **more: Any) -> None:
        if ResourceId not in self.targets:
            raise refusal("ObjectNotFoundException", "No scalable target found")
        del self.targets[ResourceId]
        self.policies = {key: said for key, said in self.policies.items() if key[0] != ResourceId}

    def describe_scalable_targets(self, ResourceIds: list[str], **more: Any) -> dict[str, Any]:
        return {"ScalableTargets": [self.targets[one] for one in ResourceIds if one in self.targets]}

    def put_scaling_policy(self, ResourceId: str, PolicyName: str, **more: Any) -> None:
        assert ResourceId in self.targets
        self.policies[ResourceId, PolicyName] = {"PolicyName": PolicyName, "ResourceId": ResourceId, **more}

    def delete_scaling_policy(self, ResourceId: str, PolicyName: str, **more: Any) -> None:
        del self.policies[ResourceId, PolicyName]

    def describe_scaling_policies(self, ResourceId: str, **more: Any) -> dict[str, Any]:
        return {"ScalingPolicies": [said for (one, _), said in self.policies.items() if one == ResourceId]}

    # ---- CloudWatch

    def put_metric_alarm(self, AlarmName: str, **more: Any) -> None:
        self.alarms[AlarmName] = {"AlarmName": AlarmName, "StateValue": "INSUFFICIENT_DATA", **more}

    def describe_alarms(self, AlarmNamePrefix: str, **more: Any) -> dict[str, Any]:
        return {"MetricAlarms": [it for name, it in self.alarms.items() if name.startswith(AlarmNamePrefix)]}

    def set_alarm_state(self, AlarmName: str, StateValue: str, StateReason: str) -> None:
        self.alarms[AlarmName].update(StateValue=StateValue, StateReason=StateReason)

    def delete_alarms(self, AlarmNames: list[str]) -> None:
        for name in AlarmNames:
            del self.alarms[name]

    # ---- CloudWatch Logs

    def describe_log_groups(self, logGroupNamePrefix: str) -> dict[str, Any]:
        found = [name for name in self.groups if name.startswith(logGroupNamePrefix)]
        kept = {name: {"retentionInDays": self.retention[name]} for name in found if name in self.retention}
        return {"logGroups": [{"logGroupName": name, **kept.get(name, {})} for name in found]}

    def put_retention_policy(self, logGroupName: str, retentionInDays: int) -> None:
        self.retention[logGroupName] = retentionInDays

    def delete_log_group(self, logGroupName: str) -> None:
        self.groups.remove(logGroupName)
        self.retention.pop(logGroupName, None)

    def describe_log_streams(self, logStreamNamePrefix: str = "", **more: Any) -> dict[str, Any]:
        if not self.lines:
            raise refusal("ResourceNotFoundException", "The specified log group does not exist.")
        found = [name for name in self.lines if name.startswith(logStreamNamePrefix)]
        if more.get("orderBy") == "LastEventTime":  # the last that `lines` has was written to last
            found.reverse()
        return {"logStreams": [{"logStreamName": name, "creationTime": self.born.get(name, 0)} for name in found]}

    def get_log_events(self, logStreamName: str, nextToken: str = "", **more: Any) -> dict[str, Any]:
        events = [{"message": line, "timestamp": 1000 + n} for n, line in enumerate(self.lines[logStreamName])]
        return {"events": [] if nextToken else events, "nextForwardToken": "end"}
