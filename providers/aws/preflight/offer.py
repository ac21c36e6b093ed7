"""The machine types: does the API take them, and does EC2, which they are made of, have them in this region."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight.looking import Look
from tradewind.providers.base import Check

ENUMS = {"training": "TrainingInstanceType", "serving": "ProductionVariantInstanceType"}


def machines(look: Look) -> Iterator[tuple[str, str]]:
    """(what for, instance type), each once."""
    if look.run is not None:
        kinds = [group.instance_type for group in look.training.instance_groups] or [look.run.container.machine.id]
        yield from (("training", kind) for kind in dict.fromkeys(kinds))
    for version in look.want.versions[-1:] if look.want else ():
        yield "serving", version.container.machine.id


def check(look: Look, what: str, kind: str) -> Iterator[Check]:
    title = f"{what} machine"
    model = look.client("sagemaker").meta.service_model
    taken = {use: frozenset(model.shape_for(shape).enum) for use, shape in ENUMS.items()}
    if kind not in taken[what]:
        yield _unknown(title, what, kind, taken)
        return
    name = kind.removeprefix("ml.")
    wanted = [{"Name": "instance-type", "Values": [name]}]
    with classified(f"ask where {name} is offered"):
        answer = look.client("ec2").describe_instance_type_offerings(LocationType="region", Filters=wanted)
    region = look.session.region
    if any(it["InstanceType"] == name for it in answer["InstanceTypeOfferings"]):
        yield Check(title, "ok", f"{kind}: EC2 has {name} in {region}")
    else:
        # SageMaker has machines where EC2 sells none of their kind, if rarely; no API says which.
        fix = f"name another machine (`aws.{'train' if what == 'training' else 'serve'}.instance_type`) or region"
        yield Check(
            title, "cannot_tell", f"{kind}: EC2 has no {name} in {region}, so SageMaker may have none either", fix
        )


def _unknown(title: str, what: str, kind: str, taken: dict[str, frozenset[str]]) -> Check:
    import boto3

    others: Any = [use for use, kinds in taken.items() if kind in kinds]
    if others:
        fix = f"name another machine for {what}"
        return Check(title, "will_fail", f"SageMaker has {kind} for {others[0]} only", fix)
    near = difflib.get_close_matches(kind, taken[what], n=1)
    said = f"boto3 {boto3.__version__} does not list {kind} for {what}; it is misspelt, or newer than boto3"
    return Check(title, "cannot_tell", said, f"did you mean {near[0]}?" if near else "check the name, or update boto3")
