"""What the service checks of a CreateModel beyond its model, and what this emulator has no machinery for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from tradewind.sandbox.aws import standing, transfer
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.faults import ServiceError, invalid

Said = Mapping[str, Any]


def containers(said: Said) -> Sequence[Said]:
    return [said["PrimaryContainer"]] if said.get("PrimaryContainer") else list(said.get("Containers") or ())


def check(said: Said) -> None:
    """Raises ServiceError for what the service would refuse from the request alone."""
    if bool(said.get("PrimaryContainer")) == bool(said.get("Containers")):
        raise invalid("Exactly one of PrimaryContainer and Containers must be given.")
    found = containers(said)
    if len(found) > 1:
        raise missing("an inference pipeline of several containers")
    for container in found:
        _container(container)
        for source in sources(container):
            _source(source)


def check_account(said: Said, account: Account, region: str) -> None:
    """Raises ServiceError where the role or the data is not there."""
    role = said.get("ExecutionRoleArn")
    data = [source["S3Uri"] for container in containers(said) for source in sources(container)]
    if role is None:
        raise invalid("ExecutionRoleArn is required: this sandbox serves models on instances, which need a role.")
    if not standing.has_role(role, region):
        # The service tells of the role through the data that it could not read with it.
        what = f"access model data at {data[0]}" if data else f"assume role {role}"
        raise invalid(
            f'Could not {what}. Please ensure that the role "{role}" exists and that its trust relationship policy allows '
            'the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure that the role has '
            f'"s3:GetObject" permissions and that the object is located in {region}. If your Model uses multiple models or '
            'uncompressed models, please ensure that the role has "s3:ListBucket" permission.'
        )
    s3 = account.client("s3", region)
    for container in containers(said):
        for source in sources(container):
            if not _there(s3, source):
                raise invalid(f"Could not find model data at {source['S3Uri']}.")


def sources(container: Said) -> Iterator[Said]:
    """Everything that the container's instance downloads, each as an S3DataSource."""
    if (main := model_source(container)) is not None:
        yield main
    for channel in container.get("AdditionalModelDataSources") or ():
        yield channel["S3DataSource"]


def model_source(container: Said) -> Said | None:
    if container.get("ModelDataUrl"):
        return {"S3Uri": container["ModelDataUrl"], "S3DataType": "S3Object", "CompressionType": "Gzip"}
    found: Said | None = (container.get("ModelDataSource") or {}).get("S3DataSource")
    return found


def missing(what: str) -> ServiceError:
    return invalid(f"This sandbox does not emulate {what}.")


def _container(said: Said) -> None:
    if said.get("ModelPackageName") or said.get("InferenceSpecificationName"):
        raise missing("a container from a model package (ModelPackageName)")
    if not said.get("Image"):
        raise invalid("Image must be given for a container that names no ModelPackageName.")
    if said.get("Mode", "SingleModel") != "SingleModel" or said.get("MultiModelConfig"):
        raise missing("a multi-model container (Mode MultiModel)")
    if said.get("ModelDataUrl") and said.get("ModelDataSource"):
        raise invalid("ModelDataUrl and ModelDataSource cannot be given together for a container.")
    channels = [one["ChannelName"] for one in said.get("AdditionalModelDataSources") or ()]
    if len(set(channels)) < len(channels):
        raise invalid("Channel names of AdditionalModelDataSources must be unique.")


def _source(said: Said) -> None:
    uri, kind, packed = said["S3Uri"], said["S3DataType"], said["CompressionType"]
    if said.get("ManifestS3Uri") or said.get("HubAccessConfig"):
        raise missing("model data by a manifest or from a hub")
    if not transfer.place(uri).prefix:
        raise invalid(f"The model data at {uri} must have a key.")
    if kind == "S3Prefix" and packed == "Gzip":
        raise invalid("CompressionType Gzip can only be given with S3DataType S3Object.")
    if kind == "S3Prefix" and not uri.endswith("/"):
        # "A valid key name prefix identified by S3Uri always ends with a forward slash" (API reference, S3ModelDataSource)
        raise invalid(f"The S3 URI {uri} of S3DataType S3Prefix must end with a forward slash (/).")
    if kind == "S3Object" and uri.endswith("/"):
        raise invalid(f"The S3 URI {uri} of S3DataType S3Object must not end with a forward slash (/).")


def _there(s3: Any, source: Said) -> bool:
    where = transfer.place(source["S3Uri"])
    try:
        if source["S3DataType"] == "S3Object":
            s3.head_object(Bucket=where.bucket, Key=where.prefix)
            return True
        return bool(s3.list_objects_v2(Bucket=where.bucket, Prefix=where.prefix, MaxKeys=1).get("KeyCount"))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
