"""CreateModel, CreateEndpointConfig and CreateEndpoint of a wish. Pure: the same version makes the same requests."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import disks, images, llm, tags
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import ground as grounds
from tradewind.providers.aws import shim_environment as shims
from tradewind.providers.aws.answering import by_us
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.losses import ANSWER, BODY
from tradewind.spec.clouds.aws import AwsServe, DataCapture
from tradewind.values import Artifact, Version, Wanted

WAIT = (60, 3600)  # seconds: ...StartupHealthCheckTimeoutInSeconds, ModelDataDownloadTimeoutInSeconds
GIB = 1 << 30


@dataclass(frozen=True)
class Plan:
    """An endpoint configuration to make: its name and digest tag, machines and weight by slot.

    `from_config`: what of a variant an update takes from it; everything else stays as the endpoint has it.
    """

    name: str
    digest: str
    counts: Mapping[str, int]
    weights: Mapping[str, int]
    from_config: tuple[str, ...] = ()


def options_of(version: Version) -> AwsServe:
    return version.container.options if isinstance(version.container.options, AwsServe) else AwsServe()


def model(name: str, want: Wanted, version: Version, ground: Ground) -> dict[str, Any]:
    """CreateModel. Raises ProviderError `invalid` where no execution role is known, or no such image in the region."""
    options = options_of(version)
    role = options.role or ground.role
    if not role:
        raise ProviderError("invalid", "no execution role is known", during=f"make model {name}", code="TW061",
                            hint="give `aws.serve.role`, or `runtime_role` among the foundation's outputs")  # fmt: skip
    container: dict[str, Any] = {
        "Image": _image(version.container.image, ground.region, f"make model {name}"),
        "Environment": environment(version),
    }
    if not llm.from_hub(version.model):
        container["ModelDataSource"] = {"S3DataSource": _source(version.model)}
    if channels := list(_channels(version)):
        container["AdditionalModelDataSources"] = channels
    made: dict[str, Any] = {
        "ModelName": name,
        "ExecutionRoleArn": role,
        "PrimaryContainer": container,
        "EnableNetworkIsolation": options.network_isolation,
        "Tags": _tags(want, version.digest),
    }
    if vpc := grounds.vpc(options, ground):
        made["VpcConfig"] = vpc
    return made


def config(want: Wanted, plan: Plan, ground: Ground) -> dict[str, Any]:
    """CreateEndpointConfig of all the wish's versions."""
    versions = want.versions
    made: dict[str, Any] = {
        "EndpointConfigName": plan.name,
        "ProductionVariants": [
            _variant(version, names.version(want.name, version.digest), plan) for version in versions
        ],
        "Tags": _tags(want, plan.digest, {tags.SLOT_DIGEST_TAG + version.slot: version.digest for version in versions}),
    }
    options = options_of(versions[0])
    key = options.kms_key or ground.kms_key
    if key and not any(disks.brings_disk(version.container.machine.id) for version in versions):
        made["KmsKeyId"] = key  # the call fails with it where a machine has a disk of its own
    if options.data_capture is not None:
        made["DataCaptureConfig"] = _capture(options.data_capture)
    return made


def weight(want: Wanted, slot: str) -> int:
    """Of a variant. At least one must have some, so a sole one always has; see `endpoint_tags`."""
    return 1 if len(want.versions) == 1 else want.traffic.get(slot, 0)


def endpoint_tags(want: Wanted) -> dict[str, str]:
    """What was wished for and SageMaker cannot show again, beside the wish's own tags."""
    zero = " ".join(version.slot for version in want.versions if version.min == 0)
    said = {tags.CLOSED_TAG: "" if want.traffic else "true", tags.ZERO_TAG: zero}
    return {**want.tags, **{key: value for key, value in said.items() if value}}


def environment(version: Version) -> dict[str, str]:
    """What the server in the container is told, ours or the image's own; never a secret's value."""
    box, serving = version.container, version.serving
    if not by_us(version):
        return {**(llm.environment(box.image, version.model, box.machine) or {}), **box.env}
    own = {
        "TW_MODEL_DIR": shims.MODEL_DIR,
        "TW_CODE_DIR": shims.CODE_DIR if box.code else "",
        "TW_HANDLER": serving.handler or "",
        "TW_FRAMEWORK": serving.framework or "",
        "TW_CONCURRENCY": str(serving.concurrency),
        "TW_REQUEST_TIMEOUT": f"{min(serving.timeout, ANSWER).total_seconds():g}",
        "TW_MAX_BODY": str(min(serving.max_body, BODY)),
        "TW_SECRETS": json.dumps(dict(sorted(box.secrets.items()))) if box.secrets else "",
        "TW_REQUIREMENTS": box.requirements or "",
        "TW_INDEX": box.index or "",
    }
    return {**box.env, **shims.environment(version), **{name: value for name, value in own.items() if value}}


def _image(name: str, region: str, during: str) -> str:
    try:
        return images.address(name, region)
    except images.NoImageError as error:
        raise ProviderError("invalid", str(error), during=during, code="TW061", hint="give `serve.image`") from error


def _source(artifact: Artifact) -> dict[str, str]:
    if not artifact.single:
        return {"S3Uri": artifact.uri.rstrip("/") + "/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    packed = artifact.uri.endswith(".tar.gz")
    return {"S3Uri": artifact.uri, "S3DataType": "S3Object", "CompressionType": "Gzip" if packed else "None"}


def _channels(version: Version) -> Iterator[dict[str, Any]]:
    box = version.container
    if not by_us(version):
        return
    for name, artifact in ((shims.CODE, box.code), (shims.RUNTIME, box.runtime)):
        if artifact is not None:
            source = {"S3Uri": artifact.uri, "S3DataType": "S3Object", "CompressionType": "Gzip"}
            yield {"ChannelName": name, "S3DataSource": source}


def _variant(version: Version, model: str, plan: Plan) -> dict[str, Any]:
    options, machine = options_of(version), version.container.machine.id
    made: dict[str, Any] = {
        "VariantName": version.slot,
        "ModelName": model,
        "InstanceType": machine,
        "InitialInstanceCount": max(1, plan.counts[version.slot]),
        "InitialVariantWeight": float(plan.weights[version.slot]),
        "RoutingConfig": {"RoutingStrategy": options.routing.upper()},
        "ContainerStartupHealthCheckTimeoutInSeconds": _within(
            options.health_timeout or version.serving.startup_timeout
        ),
    }
    if options.download_timeout is not None:
        made["ModelDataDownloadTimeoutInSeconds"] = _within(options.download_timeout)
    if (size := _volume(version, options)) is not None and not disks.brings_disk(machine):
        made["VolumeSizeInGB"] = size
    if ami := options.ami_version or llm.ami_version(version.container.image):
        made["InferenceAmiVersion"] = ami
    return made


def _volume(version: Version, options: AwsServe) -> int | None:
    asked = options.volume / GIB if options.volume else version.container.hardware.disk_gib
    return None if asked is None else min(math.ceil(asked), disks.LARGEST_SERVING_VOLUME_GIB)


def _capture(said: DataCapture) -> dict[str, Any]:
    made: dict[str, Any] = {
        "EnableCapture": True,
        "InitialSamplingPercentage": round(said.percent * 100),
        "DestinationS3Uri": said.uri,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        # As it is instead of in base64.
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    }
    return {**made, "KmsKeyId": said.kms_key} if said.kms_key else made


def _tags(want: Wanted, digest: str, more: Mapping[str, str] | None = None) -> Sequence[Mapping[str, str]]:
    return tags.pairs({**want.tags, tags.DIGEST_TAG: digest, tags.ENDPOINT_TAG: want.name, **(more or {})})


def _within(time: timedelta) -> int:
    return min(max(math.ceil(time.total_seconds()), WAIT[0]), WAIT[1])
