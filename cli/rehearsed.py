"""What of a spec holds in an emulated account: names of things that exist in the real one give way to what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewind.spec.clouds.aws import Aws
    from tradewind.spec.models import Spec
    from tradewind.values import Foundation

# Of each part of the `aws:` block: what names something of the real account, and what is said instead.
ACCOUNT: Mapping[str, Any] = {"profile": None, "account": None}
TRAIN: Mapping[str, Any] = {
    "role": None, "subnets": (), "security_groups": (), "volume_kms_key": None, "output_kms_key": None,
    "training_plan": None,
}  # fmt: skip
SERVE: Mapping[str, Any] = {"role": None, "subnets": (), "security_groups": (), "kms_key": None, "alarms": ()}


def rehearsed(spec: Spec, settings: Aws, url: str, ground: Foundation) -> Spec:
    """The same spec for the account at `url`; a note says what was replaced."""
    train, serve, gone = settings.train, settings.serve, _said(settings, ACCOUNT, "aws")
    gone += _said(train, TRAIN, "aws.train") + _said(serve, SERVE, "aws.serve")
    train = train.model_copy(update=dict(TRAIN))
    if train.tensorboard is not None:
        gone.append("aws.train.tensorboard")
        train = train.model_copy(update={"tensorboard": _moved(train.tensorboard, ground)})
    serve = serve.model_copy(update=dict(SERVE))
    if serve.data_capture is not None:
        gone.append("aws.serve.data_capture.uri")
        captured = {"uri": _moved(serve.data_capture.uri, ground), "kms_key": None}
        serve = serve.model_copy(update={"data_capture": serve.data_capture.model_copy(update=captured)})
    if spec.foundation is not None:
        gone.append("foundation")
    update = {**ACCOUNT, "region": ground.region, "train": train, "serve": serve}
    made = spec.model_copy(update={"aws": settings.model_copy(update=update)})
    made._notes = (_note(url, gone), *spec.notes)
    return made


def _said(block: Any, keys: Mapping[str, Any], path: str) -> list[str]:
    return [f"{path}.{key}" for key, unsaid in keys.items() if getattr(block, key) != unsaid]


def _moved(uri: str, ground: Foundation) -> str:
    """s3://theirs/logs as a folder of the emulated account's own bucket."""
    return f"{ground.root}/{uri.removeprefix('s3://')}"


def _note(url: str, gone: list[str]) -> str:
    text = f"this is the emulated account at {url}: nothing is billed"
    return f"{text}; it has its own instead of {', '.join(gone)}" if gone else text
