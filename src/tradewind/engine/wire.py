"""The frozen values as JSON and back: what the ledger keeps. References of secrets only, as the values hold nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from tradewind.values import Policy, Version

TAG = "$"
Json = dict[str, Any]  # the one untyped border: JSON as the json module knows it


class Options(BaseModel):
    """A per-cloud block whose class is not known here (another tool's, a plug-in that is gone): its values alone."""

    model_config = ConfigDict(extra="allow", frozen=True)


@cache
def _versions() -> TypeAdapter[Version]:
    return TypeAdapter(Version)


@cache
def _policies() -> TypeAdapter[Policy]:
    return TypeAdapter(Policy)


def dump_version(version: Version) -> Json:
    options = version.container.options
    bare = replace(version, container=replace(version.container, options=None))
    data: Json = _versions().dump_python(bare, mode="json")
    if options is not None:
        data["container"]["options"] = {
            "type": type(options).__name__,
            "value": _encode(options.model_dump(exclude_unset=True)),
        }
    return data


def load_version(data: Json, settings: type[BaseModel] | None = None) -> Version:
    """`settings` is the provider's block, in which the options' class is looked for. ValueError where the data is no version."""
    container = dict(data["container"])
    options = container.pop("options", None)
    bare = _versions().validate_python({**data, "container": container})
    if options is None:
        return bare
    return replace(bare, container=replace(bare.container, options=_options(options, settings)))


def dump_policy(policy: Policy) -> Json:
    data: Json = _policies().dump_python(policy, mode="json")
    return data


def load_policy(data: Json) -> Policy:
    """Raises ValueError where the data is no policy."""
    return _policies().validate_python(data)


def _options(data: Mapping[str, Any], settings: type[BaseModel] | None) -> BaseModel:
    value = _decode(data["value"])
    for model in _models(settings) if settings else ():
        if model.__name__ == data["type"]:
            try:
                return model.model_validate(value)
            except ValidationError:  # written by a version whose block looked different
                break
    return Options.model_validate(value)


def _encode(value: Any) -> Any:
    """Parsed values as JSON that can be told apart again: the blocks take them back as they are, but not as ISO text."""
    if isinstance(value, Mapping):
        return {str(key): _encode(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return {TAG: "tuple", "of": [_encode(inner) for inner in value]}
    if isinstance(value, list):
        return [_encode(inner) for inner in value]
    if isinstance(value, timedelta):
        return {TAG: "seconds", "of": value.total_seconds()}
    if isinstance(value, Decimal):
        return {TAG: "decimal", "of": str(value)}
    return to_jsonable_python(value)


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if TAG not in value:
        return {key: _decode(inner) for key, inner in value.items()}
    of = value["of"]
    if value[TAG] == "tuple":
        return tuple(_decode(inner) for inner in of)
    return timedelta(seconds=of) if value[TAG] == "seconds" else Decimal(of)


def _models(model: type[BaseModel], seen: frozenset[type[BaseModel]] = frozenset()) -> Iterator[type[BaseModel]]:
    """The block itself and every block in it."""
    if model in seen:
        return
    yield model
    for field in model.model_fields.values():
        for inner in _classes(field.annotation):
            yield from _models(inner, seen | {model})


def _classes(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)
