"""The frozen values as JSON and back: what the ledger keeps. References of secrets only, as the values hold nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tradewind.values import Policy, Version

Json = dict[str, Any]  # the one untyped border: JSON as the json module knows it


class Options(BaseModel):
    """A per-cloud block whose class is not known here (another tool's, a plug-in that is gone): its values as JSON."""

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
            "value": options.model_dump(mode="json", exclude_unset=True),
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
    value = data["value"]
    for model in _models(settings) if settings else ():
        if model.__name__ == data["type"]:
            try:
                return model.model_validate(value, strict=False)
            except ValidationError:  # written by a version whose block looked different
                break
    return Options.model_validate(value)


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
