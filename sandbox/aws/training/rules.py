"""What the service checks of a CreateTrainingJob beyond its model, and what this emulator has no machinery for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.sandbox.aws import standing, transfer
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.faults import ServiceError, invalid
from tradewind.sandbox.aws.training import warm
from tradewind.sandbox.aws.training.job import MAX_RUNTIME
from tradewind.sandbox.aws.training.layout import ROOT

Request = Mapping[str, Any]
CHECKPOINTS = f"{ROOT}/checkpoints"


def check(request: Request) -> None:
    """Raises ServiceError for what the service would refuse from the request alone."""
    _algorithm(request.get("AlgorithmSpecification"))
    _machines(request.get("ResourceConfig"))
    _times(request)
    if request.get("EnableManagedSpotTraining") and warm.period(request):
        raise invalid("KeepAlivePeriodInSeconds can't be used with managed spot training.")
    _unique([channel["ChannelName"] for channel in request.get("InputDataConfig") or ()], "channel names")
    _emulated(request)


def check_account(request: Request, account: Account, region: str) -> None:
    """Raises ServiceError where the role, the bucket or the data is not there."""
    role = request["RoleArn"]
    if not standing.has_role(role, region):
        raise invalid(
            f"Could not assume role {role}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role."
        )
    addresses = [request["OutputDataConfig"]["S3OutputPath"]]
    if request.get("CheckpointConfig"):
        addresses.append(request["CheckpointConfig"]["S3Uri"])
    for address in addresses:
        bucket = transfer.place(address).bucket
        if not standing.has_bucket(bucket, region):
            raise invalid(f"The S3 bucket '{bucket}' of {address} does not exist.")
    for channel in request.get("InputDataConfig") or ():
        source = channel["DataSource"]["S3DataSource"]
        try:
            transfer.listed(account.client("s3", region), source["S3Uri"], region=region, role=role)
        except transfer.TransferError as error:
            raise invalid(str(error)) from error


def _algorithm(said: Request | None) -> None:
    if said is None:
        raise invalid("AlgorithmSpecification is required for a training job on instances.")
    if bool(said.get("TrainingImage")) == bool(said.get("AlgorithmName")):
        raise invalid("Exactly one of TrainingImage and AlgorithmName must be given in AlgorithmSpecification.")


def _machines(said: Request | None) -> None:
    if said is None:
        raise invalid("ResourceConfig is required for a training job on instances.")
    groups, single = said.get("InstanceGroups"), (said.get("InstanceType"), said.get("InstanceCount"))
    if groups and any(single):
        raise invalid("InstanceGroups can't be combined with InstanceType and InstanceCount in ResourceConfig.")
    if not groups and not all(single):
        raise invalid("InstanceType and InstanceCount, or InstanceGroups, must be given in ResourceConfig.")
    if groups and said.get("KeepAlivePeriodInSeconds"):
        raise invalid(
            "KeepAlivePeriodInSeconds can't be used with InstanceGroups: warm pools know one kind of instance."
        )


def _times(request: Request) -> None:
    stopping = request.get("StoppingCondition") or {}
    wait, runtime = stopping.get("MaxWaitTimeInSeconds"), stopping.get("MaxRuntimeInSeconds", MAX_RUNTIME)
    if not request.get("EnableManagedSpotTraining"):
        if wait is not None:
            raise invalid("MaxWaitTimeInSeconds can only be given when EnableManagedSpotTraining is true.")
    elif wait is None or wait < runtime:
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It must be given when EnableManagedSpotTraining is true, and be equal to or "
            f"greater than MaxRuntimeInSeconds ({runtime})."
        )


def _unique(names: list[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise invalid(f"Duplicate {what} are not allowed: {', '.join(twice)}")


def _emulated(request: Request) -> None:
    default_mode = request["AlgorithmSpecification"].get("TrainingInputMode")
    for channel in request.get("InputDataConfig") or ():
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise _missing("a channel from a file system")
        if source["S3DataType"] != "S3Prefix":
            raise _missing(f"S3DataType {source['S3DataType']}")
        if (channel.get("InputMode") or default_mode) == "Pipe":
            raise _missing("input mode Pipe")
        if channel.get("CompressionType") == "Gzip" or channel.get("RecordWrapperType") == "RecordIO":
            raise _missing("a compressed or wrapped channel")
    path = (request.get("CheckpointConfig") or {}).get("LocalPath") or CHECKPOINTS
    if not path.startswith(f"{ROOT}/") or ".." in path:
        raise _missing(f"a checkpoint folder outside of {ROOT}")


def _missing(what: str) -> ServiceError:
    return invalid(f"This sandbox does not emulate {what}.")
