"""What the service checks of a CreateEndpointConfig beyond its model, and what this emulator has no machinery for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tradewind.sandbox.aws import standing, transfer
from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.hosting.model_rules import missing

Said = Mapping[str, Any]

# Hosting families whose instances have disks of their own, which no KMS key of ours encrypts (API reference, KmsKeyId).
LOCAL_DISKS = re.compile(
    r"ml\.(?:[cmr]\d+[a-z]*d|g4dn|g5|g6e?|gr6|g7e?|p3dn|p4de?|p5(?:e|en)?|p6-[a-z0-9]+|p6e-gb200|dl1|trn\d+n?)\."
)
ABSENT = {
    "AsyncInferenceConfig": "asynchronous inference",
    "ExplainerConfig": "an explainer",
    "ShadowProductionVariants": "shadow variants",
    "CrossRegionTrafficConfig": "traffic across regions",
    "ExecutionRoleArn": "a configuration with a role of its own, which inference components need",
    "VpcConfig": "a configuration with a VPC of its own, which inference components need",
}
ABSENT_OF_VARIANT = {
    "ServerlessConfig": "a serverless variant",
    "InstancePools": "instance pools",
    "AcceleratorType": "Elastic Inference",
    "CapacityReservationConfig": "capacity reservations",
    "AcceleratorPartitionLayouts": "accelerator partitions",
    "CoreDumpConfig": "core dumps",
}


def check(said: Said) -> None:
    """Raises ServiceError for what the service would refuse from the request alone."""
    for name, what in ABSENT.items():
        if said.get(name):
            raise missing(what)
    names = [variant["VariantName"] for variant in said["ProductionVariants"]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"Variant names must be unique within an endpoint configuration: {', '.join(twice)}")
    for variant in said["ProductionVariants"]:
        _variant(variant, said.get("KmsKeyId"))
    if not any(variant.get("InitialVariantWeight", 1.0) > 0 for variant in said["ProductionVariants"]):
        raise invalid("At least one production variant must have an InitialVariantWeight greater than 0.")


def check_account(said: Said, region: str) -> None:
    """Raises ServiceError where the bucket for captured data is not there."""
    capture = said.get("DataCaptureConfig")
    if capture and not standing.has_bucket(transfer.place(capture["DestinationS3Uri"]).bucket, region):
        raise invalid(f"The S3 bucket of DataCaptureConfig, {capture['DestinationS3Uri']}, does not exist.")


def _variant(said: Said, key: str | None) -> None:
    name = said["VariantName"]
    for field, what in ABSENT_OF_VARIANT.items():
        if said.get(field):
            raise missing(what)
    if not said.get("ModelName"):
        raise missing("inference components (a variant without a ModelName)")
    if said.get("ManagedInstanceScaling"):
        raise invalid("ManagedInstanceScaling is only supported for inference component endpoints.")
    for field in ("InstanceType", "InitialInstanceCount"):
        if said.get(field) is None:
            raise invalid(f"{field} must be given for production variant {name}.")
    if key and LOCAL_DISKS.match(said["InstanceType"]):
        raise invalid(
            f"KmsKeyId cannot be given with instance type {said['InstanceType']} of production variant {name}: its local "
            "storage is encrypted by the instance."
        )
