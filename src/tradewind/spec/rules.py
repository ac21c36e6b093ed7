"""Rules across keys that JSON Schema can say, by model. What it cannot (min <= max, rising steps) only the models check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def _said(*names: str) -> Json:
    """Each of these keys is there, and not null."""
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


def _not_both(one: str, other: str) -> Json:
    return {"not": _said(one, other)}


def _one_of(*names: str) -> Json:
    return {"oneOf": [_said(name) for name in names]}


_METRICS = ("concurrency", "requests", "cpu", "gpu")
_BY_HAND = (
    "root",
    "bucket",
    "prefix",
    "network",
    "kms_key",
    "registry",
    "workspace",
    "resource_group",
    "storage_account",
    "alerts",
)


def _some(name: str) -> Json:
    """A list with something in it."""
    return {"required": [name], "properties": {name: {"type": "array", "minItems": 1}}}


_IDENTITIES = {"anyOf": [_said(name) for name in ("planner", "deployer", "runtime")]}
_TYPED: list[Json] = [
    *(_said(name) for name in _BY_HAND),
    *(_some(name) for name in ("subnets", "security_groups")),
    {"required": ["identities"], "properties": {"identities": {"type": "object", **_IDENTITIES}}},
]
_SPOT_IS_TRUE = {"required": ["spot"], "properties": {"spot": {"const": True}}}
_SERVES_THE_RUN = {
    "required": ["serve"],
    "properties": {"serve": {"type": "object", "properties": {"model": {"enum": ["train", None]}}}},
}

RULES: Mapping[str, Json] = {
    "Train": {
        "allOf": [_not_both("framework", "image"), {"if": _SPOT_IS_TRUE, "then": _said("checkpoint")}],
    },
    "Serve": _not_both("framework", "image"),
    "Usage": {
        "allOf": [
            _not_both("requests_per_second", "duty"),
            _not_both("requests_per_second", "file"),
            _not_both("duty", "file"),
        ]
    },
    "Gpu": _one_of("name", "memory"),
    "Target": _one_of(*_METRICS),
    "FoundationRef": {
        "oneOf": [
            {**_said("stack"), "not": {"anyOf": [_said("file"), *_TYPED]}},
            {**_said("file"), "not": {"anyOf": [_said("stack"), *_TYPED]}},
            {**_said("root"), "not": {"anyOf": [_said(name) for name in ("stack", "file", "bucket", "prefix")]}},
            {**_said("bucket"), "not": {"anyOf": [_said(name) for name in ("stack", "file", "root")]}},
        ]
    },
    "Spec": {"if": _SERVES_THE_RUN, "then": _said("train")},
    "AwsTrain": {"not": {"allOf": [_said("instance_type"), _some("instance_groups")]}},
}
