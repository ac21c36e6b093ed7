"""The CreateTrainingJob request of a run. Pure: nothing is called, and the same run makes the same request."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import disks, images, tags
from tradewind.providers.aws import ground as grounds
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.train_status import DIGEST_VARIABLE
from tradewind.spec.clouds.aws import AwsTrain
from tradewind.values import Run

CODE, RUNTIME = "tradewind-code", "tradewind-runtime"  # channels that carry us, not data
DATA = "/opt/ml/input/data"
NOT_TAKEN_FOR_INPUTS = ("code", "runtime", "tradewind", "sm_drivers")  # channels that the bootstrap skips unless told
CHECKPOINTS = "/opt/ml/checkpoints"
DEFAULT_DISK_GIB = 30
LONGEST_WAIT = timedelta(days=28)
# Unpacks the runtime with the image's own tar: nothing of ours is in the image. At most 256 characters, on one line.
BOOTSTRAP = (
    'set -e; d=${SAGEMAKER_BASE_DIR:-/tmp}/tradewind; mkdir -p "$d"; '
    f'tar -xzf "{DATA}/{RUNTIME}/"*.gz -C "$d"; '
    'export PYTHONPATH="$d${PYTHONPATH:+:$PYTHONPATH}"; '
    "exec $(command -v python3 || echo python) -m tradewind.training_jobs.bootstrap"
)


def request(run: Run, ground: Ground) -> dict[str, Any]:
    """Raises ProviderError `invalid` where no execution role is known."""
    options = run.container.options if isinstance(run.container.options, AwsTrain) else AwsTrain()
    role = options.role or ground.role
    if not role:
        raise ProviderError("invalid", "no execution role is known", during=f"submit job {run.name}", code="TW061",
                            hint="give `aws.train.role`, or `runtime_role` among the foundation's outputs")  # fmt: skip
    made: dict[str, Any] = {
        "TrainingJobName": run.name,
        "RoleArn": role,
        "AlgorithmSpecification": _algorithm(run, options, ground),
        "OutputDataConfig": _output(run, options, ground),
        "ResourceConfig": _resources(run, options, ground),
        "StoppingCondition": _stopping(run, options),
        "EnableNetworkIsolation": options.network_isolation,
        "EnableInterContainerTrafficEncryption": options.encrypt_traffic,
        "EnableManagedSpotTraining": run.spot,
        "Environment": environment(run),
        "Tags": tags.pairs({**run.tags, tags.DIGEST_TAG: run.digest}),
        "ProfilerConfig": {"S3OutputPath": f"{run.output}/profiler"} if options.profiler else {"DisableProfiler": True},
    }
    if run.parameters:
        # Strings all: the bootstrap reads JSON back into what was meant.
        made["HyperParameters"] = {name: json.dumps(value) for name, value in run.parameters.items()}
    if channels := list(_channels(run)):
        made["InputDataConfig"] = channels
    if run.checkpoint:
        made["CheckpointConfig"] = {"S3Uri": run.checkpoint, "LocalPath": CHECKPOINTS}
    if vpc := grounds.vpc(options, ground):
        made["VpcConfig"] = vpc
    if options.retries:
        made["RetryStrategy"] = {"MaximumRetryAttempts": options.retries}
    if options.remote_debug:
        made["RemoteDebugConfig"] = {"EnableRemoteDebug": True}
    if options.tensorboard:
        made["TensorBoardOutputConfig"] = {"S3OutputPath": options.tensorboard}
    return made


def environment(run: Run) -> dict[str, str]:
    """The user's variables and ours, without a secret's value: those are fetched in the container by reference."""
    box = run.container
    said = {
        "TW_COMMAND": json.dumps(run.command),
        "TW_CODE": f"{DATA}/{CODE}" if box.code else "",
        "TW_REQUIREMENTS": box.requirements or "",
        "TW_INDEX": box.index or "",
        "TW_SECRETS": json.dumps(dict(sorted(box.secrets.items()))) if box.secrets else "",
        "TW_LAUNCHER": run.launcher if run.launcher != "none" else "",
        DIGEST_VARIABLE: run.digest,  # DescribeTrainingJob tells it again, which spares a call for the job's tags
    }
    inputs = {f"TW_INPUT_{name.upper()}": f"{DATA}/{name}" for name in run.inputs if name in NOT_TAKEN_FOR_INPUTS}
    return {**box.env, **{name: value for name, value in {**said, **inputs}.items() if value}}


def _image(run: Run, ground: Ground) -> str:
    try:
        return images.address(run.container.image, ground.region)
    except images.NoImageError as error:
        hint = "check `aws.region`; another region has it, or give `train.image`"
        raise ProviderError("invalid", str(error), during=f"submit job {run.name}", code="TW061", hint=hint) from error


def _algorithm(run: Run, options: AwsTrain, ground: Ground) -> dict[str, Any]:
    made: dict[str, Any] = {
        "TrainingImage": _image(run, ground),
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/sh", "-c", BOOTSTRAP],
    }
    metrics = [{"Name": name, "Regex": pattern} for name, pattern in sorted(options.metrics.items())]
    if metrics:
        made["MetricDefinitions"] = metrics
    return made


def _channels(run: Run) -> Iterator[dict[str, Any]]:
    ours = {CODE: run.container.code, RUNTIME: run.container.runtime}
    for name, artifact in (*ours.items(), *sorted(run.inputs.items())):
        if artifact is None:
            continue
        # A prefix takes all that begins like it: `data` means `data2/` too, so that a folder ends with its slash. There is
        # no word for one object alone. FastFile takes whole folders only (developer guide, "FastFile mode").
        one = artifact.single or name in ours
        uri = artifact.uri if one else artifact.uri.rstrip("/") + "/"
        stream = name in run.streams and not one
        source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        yield {
            "ChannelName": name,
            "DataSource": {"S3DataSource": source},
            "InputMode": "FastFile" if stream else "File",
        }


def _output(run: Run, options: AwsTrain, ground: Ground) -> dict[str, Any]:
    made = {"S3OutputPath": run.output, "CompressionType": options.compression.upper()}
    key = options.output_kms_key or ground.kms_key
    return {**made, "KmsKeyId": key} if key else made


def _resources(run: Run, options: AwsTrain, ground: Ground) -> dict[str, Any]:
    groups = options.instance_groups
    kinds = [group.instance_type for group in groups] or [run.container.machine.id]
    made: dict[str, Any] = (
        {"InstanceGroups": [_group(g.name, g.instance_type, g.count) for g in groups]}
        if groups
        else {"InstanceType": kinds[0], "InstanceCount": run.nodes}
    )
    key = options.volume_kms_key or ground.kms_key
    own = [disks.brings_disk(kind) for kind in kinds]
    if not all(own):
        made["VolumeSizeInGB"] = math.ceil(run.container.hardware.disk_gib or DEFAULT_DISK_GIB)
    if key and not any(own):  # a machine's own disks are encrypted by its hardware and take no key
        made["VolumeKmsKeyId"] = key
    if options.keep_alive and not run.spot:
        made["KeepAlivePeriodInSeconds"] = _seconds(options.keep_alive)
    if options.training_plan:
        made["TrainingPlanArn"] = options.training_plan
    return made


def _group(name: str, kind: str, count: int) -> Mapping[str, Any]:
    return {"InstanceGroupName": name, "InstanceType": kind, "InstanceCount": count}


def _stopping(run: Run, options: AwsTrain) -> dict[str, int]:
    made = {"MaxRuntimeInSeconds": _seconds(min(run.max_runtime, LONGEST_WAIT))}
    if run.spot:
        wait = options.max_wait or run.max_runtime * 2
        made["MaxWaitTimeInSeconds"] = max(_seconds(min(wait, LONGEST_WAIT)), made["MaxRuntimeInSeconds"])
    return made


def _seconds(time: timedelta) -> int:
    return math.ceil(time.total_seconds())
