"""An instance's /opt/ml: a private folder that the process finds by SAGEMAKER_BASE_DIR, as SageMaker's own toolkit does."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.host.files import write_whole
from tradewind.host.ports import free
from tradewind.host.processes import MARK, plain_environment
from tradewind.sandbox.aws.account import KEYS
from tradewind.sandbox.aws.training.job import Job
from tradewind.sandbox.aws.variables import APART

ROOT = "/opt/ml"
FOLDERS = ("input/config", "input/data", "model", "output/data", "code")


@dataclass(frozen=True)
class Host:
    """One instance of a job; `name` is the service's own for it."""

    name: str
    kind: str
    group: str
    root: Path

    @property
    def number(self) -> int:
        return int(self.name.rpartition("-")[2])

    def inside(self, path: str) -> Path:
        """Where a path of the container is on this machine."""
        return self.root / path.removeprefix(ROOT).lstrip("/")


def hosts(job: Job, folder: Path) -> list[Host]:
    resources = job.request["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [{"InstanceGroupName": "homogeneousCluster", **resources}]
    found: list[Host] = []
    for group in groups:
        for _ in range(group["InstanceCount"]):
            name = f"algo-{len(found) + 1}"
            found.append(Host(name, group["InstanceType"], group["InstanceGroupName"], folder / name / "ml"))
    return found


def lay_out(job: Job, host: Host, fleet: list[Host]) -> None:
    """The folders and the configuration that the service writes; what is there already stays."""
    for name in FOLDERS:
        (host.root / name).mkdir(parents=True, exist_ok=True)
    config = host.root / "input" / "config"
    write_whole(config / "hyperparameters.json", json.dumps(job.request.get("HyperParameters") or {}))
    write_whole(config / "inputdataconfig.json", json.dumps(_channels(job)))
    write_whole(config / "resourceconfig.json", json.dumps(_resources(host, fleet)))


def cluster_port() -> int:
    return free()


def environment(job: Job, host: Host, fleet: list[Host], url: str, port: int) -> dict[str, str]:
    """Of the container: what the service sets and what was asked for, and nothing of this machine's user."""
    said = job.request.get("Environment") or {}
    env = {
        **plain_environment(os.environ),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
        "AWS_REGION": job.region,
        "AWS_DEFAULT_REGION": job.region,
        "SAGEMAKER_BASE_DIR": str(host.root),
        **APART,  # in a real container no file of the user's lies in HOME
        "PYTHONUNBUFFERED": "1",
        MARK: str(host.root.parent),
    }
    if not job.request.get("EnableNetworkIsolation"):
        env.update({**KEYS, "AWS_ENDPOINT_URL": url})
    if len(fleet) > 1:  # `algo-1` is no name of this machine's
        env.update({"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)})
    return {**env, **{name: placed(value, host) for name, value in said.items()}}


def command(job: Job, host: Host) -> list[str]:
    """Empty: the request leaves the command to the image."""
    algorithm = job.request["AlgorithmSpecification"]
    entrypoint = algorithm.get("ContainerEntrypoint") or ()
    return [placed(part, host) for part in (*entrypoint, *(algorithm.get("ContainerArguments") or ()))]


def placed(text: str, host: Host) -> str:
    """The text with the container's root where it is on this machine."""
    return text.replace(ROOT, str(host.root))


def _channels(job: Job) -> Mapping[str, Any]:
    default = job.request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    return {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode") or default,
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in job.request.get("InputDataConfig") or ()
    }


def _resources(host: Host, fleet: list[Host]) -> Mapping[str, Any]:
    groups = list(dict.fromkeys((one.group, one.kind) for one in fleet))
    return {
        "current_host": host.name,
        "current_instance_type": host.kind,
        "current_group_name": host.group,
        "hosts": [one.name for one in fleet],
        "instance_groups": [
            {
                "instance_group_name": group,
                "instance_type": kind,
                "hosts": [one.name for one in fleet if one.group == group],
            }
            for group, kind in groups
        ],
        "network_interface_name": "lo",
    }
