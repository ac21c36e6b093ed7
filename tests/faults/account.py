"""What stands in an emulated account, counted by boto3 past every proxy: each service that a deployment touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ENDED = ("Completed", "Failed", "Stopped")
OURS = ("/aws/sagemaker/",)


@dataclass(frozen=True)
class Account:
    """`client(service)` of the emulator itself."""

    client: Callable[[str], Any]

    def jobs(self, containing: str = "") -> dict[str, str]:
        found = self._pages("sagemaker", "list_training_jobs", "TrainingJobSummaries", NameContains=containing)
        return {one["TrainingJobName"]: one["TrainingJobStatus"] for one in found}

    def endpoints(self, containing: str = "") -> dict[str, str]:
        found = self._pages("sagemaker", "list_endpoints", "Endpoints", NameContains=containing)
        return {one["EndpointName"]: one["EndpointStatus"] for one in found}

    def configs(self, containing: str = "") -> list[str]:
        found = self._pages("sagemaker", "list_endpoint_configs", "EndpointConfigs", NameContains=containing)
        return sorted(one["EndpointConfigName"] for one in found)

    def models(self, containing: str = "") -> list[str]:
        return sorted(
            o["ModelName"] for o in self._pages("sagemaker", "list_models", "Models", NameContains=containing)
        )

    def alarms(self) -> list[str]:
        return sorted(one["AlarmName"] for one in self._pages("cloudwatch", "describe_alarms", "MetricAlarms"))

    def scalable_targets(self) -> list[str]:
        found = self._pages(
            "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="sagemaker"
        )
        return sorted(one["ResourceId"] for one in found)

    def scaling_policies(self) -> list[str]:
        found = self._pages(
            "application-autoscaling", "describe_scaling_policies", "ScalingPolicies", ServiceNamespace="sagemaker"
        )
        return sorted(one["PolicyName"] for one in found)

    def log_streams(self) -> list[str]:
        found = []
        for group in self._pages("logs", "describe_log_groups", "logGroups"):
            name = group["logGroupName"]
            if not name.startswith(OURS):
                continue
            streams = self._pages("logs", "describe_log_streams", "logStreams", logGroupName=name)
            found += [f"{name}: {stream['logStreamName']}" for stream in streams]
            if name.startswith("/aws/sagemaker/Endpoints/"):  # the group of the jobs is the account's
                found.append(name)
        return sorted(found)

    def uploads(self) -> list[str]:
        s3, found = self.client("s3"), []
        for bucket in s3.list_buckets()["Buckets"]:
            for one in s3.list_multipart_uploads(Bucket=bucket["Name"]).get("Uploads", ()):
                found.append(f"{bucket['Name']}/{one['Key']}")
        return sorted(found)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        return sorted(
            one["Key"] for one in self._pages("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix)
        )

    def left(self, name: str = "") -> Mapping[str, Any]:
        """All of that name that is there and costs money or clutters the account; objects in buckets are told apart from it."""
        found: dict[str, Any] = {
            "jobs": self.jobs(name),
            "endpoints": self.endpoints(name),
            "configs": self.configs(name),
            "models": self.models(name),
            "alarms": self.alarms(),
            "scalable targets": self.scalable_targets(),
            "scaling policies": self.scaling_policies(),
            "log streams": self.log_streams(),
            "multipart uploads": self.uploads(),
        }
        named = {kind: [one for one in what if name in one] for kind, what in found.items()}
        return {kind: what for kind, what in named.items() if what}

    def _pages(self, service: str, operation: str, key: str, **said: Any) -> list[dict[str, Any]]:
        pages = self.client(service).get_paginator(operation).paginate(**{n: v for n, v in said.items() if v != ""})
        return [one for page in pages for one in page.get(key, ())]
