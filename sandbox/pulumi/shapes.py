"""What a resource type takes and gives, by the Python classes that its own SDK ships."""

from __future__ import annotations

import collections.abc
import enum
import functools
import importlib
import inspect
import sys
import threading
import types
import typing
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi import _types
from pulumi.runtime import rpc

from tradewind.sandbox.pulumi.wire import ARCHIVE, ASSET, SIGNATURE, UNKNOWN

SDKS = {"aws": "pulumi_aws", "gcp": "pulumi_gcp", "azure-native": "pulumi_azure_native"}
_LOADING = threading.Lock()  # the SDKs' modules load themselves at the first look, and two threads see half of one
Fault = tuple[str, str]  # a property's path, and why it is refused


@functools.cache
def resource(token: str) -> type:
    """The class of a type token such as "aws:s3/bucket:Bucket". KeyError: the SDK has no such type."""
    package, module, _ = token.split(":")
    with _LOADING:
        importlib.import_module(SDKS[package])
        known = rpc.get_resource_module(package, module, "")
        told: dict[str, Any] = known.mod_info if known is not None else {"classes": {}}  # type: ignore[attr-defined]
        if token in told["classes"]:
            return typing.cast(type, getattr(importlib.import_module(told["fqn"]), told["classes"][token]))
    raise KeyError(token)


@functools.cache
def arguments(token: str) -> type:
    cls = resource(token)
    held = vars(sys.modules[cls.__module__])
    # a property of another type may have taken the name: then the SDK's generator says InitArgs
    return typing.cast(type, held.get(f"{cls.__name__}InitArgs") or held[f"{cls.__name__}Args"])


@functools.cache
def takes(cls: type) -> tuple[dict[str, Any], frozenset[str]]:
    """Of a class of arguments: the kinds of its properties, and those that must be there."""
    names = _types.input_type_py_to_pulumi_names(cls)
    told = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    needed = frozenset(names[name] for name, one in told.items() if name in names and one.default is one.empty)
    return _types.input_type_types(cls), needed


@functools.cache
def gives(token: str) -> dict[str, type]:
    return _types.resource_types(resource(token))


def answered(token: str, values: dict[str, Any], made_up: Callable[[str], str] | None = None) -> dict[str, Any]:
    """What was asked for, in the shapes that are answered: Azure is told identities in a list, and answers with a map of them.

    `made_up`: a text for the identities that a service gives; without it none is given.
    """
    kinds = gives(token)
    return {name: _answer(value, kinds.get(name), made_up) for name, value in values.items()}


IDENTITY = ("principalId", "clientId", "tenantId")


def _answer(value: Any, hint: Any, made_up: Callable[[str], str] | None) -> Any:
    kind = next(_kinds(hint), None)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (collections.abc.Mapping, dict) and isinstance(value, list):
        value = {key: {} for key in value}
    if origin in (collections.abc.Mapping, dict) and isinstance(value, dict):
        return {key: _answer(item, args[1], made_up) for key, item in value.items()}
    if origin in (collections.abc.Sequence, list) and isinstance(value, list):
        return [_answer(item, args[0], made_up) for item in value]
    if isinstance(kind, type) and _types.is_output_type(kind) and isinstance(value, dict):
        kinds = _types.output_type_types(kind)
        new = [name for name in IDENTITY if made_up and kinds.get(name) is str and name not in value]
        given = {name: made_up(name) for name in new} if made_up else {}
        return {**given, **{name: _answer(item, kinds.get(name), made_up) for name, item in value.items()}}
    return value


def faults(token: str, inputs: dict[str, Any]) -> list[Fault]:
    """Everything that is wrong with a resource's inputs; none where they are as the SDK says."""
    try:
        cls = arguments(token)
    except KeyError:
        return [("", f"{token} is no type of {token.split(':')[0]}")]
    return list(_object(inputs, cls, ""))


def _object(value: dict[str, Any], cls: type, path: str) -> typing.Iterator[Fault]:
    kinds, needed = takes(cls)
    for name in sorted(needed - {key for key, item in value.items() if item is not None}):
        yield _under(path, name), "is required"
    for name, item in value.items():
        if name in ("__defaults", "__internal"):
            continue
        if name not in kinds:
            yield _under(path, name), f"is no property of {cls.__name__}"
        else:
            yield from _item(item, kinds[name], _under(path, name))


def _item(value: Any, hint: Any, path: str) -> typing.Iterator[Fault]:
    if value is None or value == UNKNOWN:
        return
    kinds = list(_kinds(hint))
    found = [list(_one(value, kind, path)) for kind in kinds]
    if not found or not all(found):
        return
    # The nearest kind's faults: those that lie deepest.
    yield from max(found, key=lambda faults: max(len(where) for where, _ in faults))


def _kinds(hint: Any) -> typing.Iterator[Any]:
    """What a value may be, less what it may be wrapped in before it is sent."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        for one in typing.get_args(hint):
            yield from _kinds(one)
    elif origin not in (collections.abc.Awaitable, pulumi.Output) and hint is not type(None):
        yield hint


def _one(value: Any, kind: Any, path: str) -> typing.Iterator[Fault]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (collections.abc.Sequence, list):
        if not isinstance(value, list):
            yield path, f"must be a list, not {_named(value)}"
            return
        for place, item in enumerate(value):
            yield from _item(item, args[0], f"{path}[{place}]")
    elif origin in (collections.abc.Mapping, dict):
        if not isinstance(value, dict):
            yield path, f"must be a map, not {_named(value)}"
            return
        for key, item in value.items():
            yield from _item(item, args[1], _under(path, key))
    elif isinstance(kind, type) and _types.is_input_type(kind):
        if not isinstance(value, dict):
            yield path, f"must be a map ({kind.__name__}), not {_named(value)}"
            return
        yield from _object(value, kind, path)
    else:
        yield from _scalar(value, kind, path)


def _scalar(value: Any, kind: Any, path: str) -> typing.Iterator[Fault]:
    if not isinstance(kind, type):
        return  # Any, or a resource's forward name
    if issubclass(kind, enum.Enum):
        if value not in (allowed := [one.value for one in kind]):
            yield path, f"must be one of {', '.join(map(str, allowed))}"
    elif kind is bool and not isinstance(value, bool):
        yield path, f"must be a boolean, not {_named(value)}"
    elif kind is str and not isinstance(value, str):
        yield path, f"must be a string, not {_named(value)}"
    elif kind is int and (isinstance(value, bool) or not isinstance(value, int)):
        yield path, f"must be a whole number, not {_named(value)}"
    elif kind is float and (isinstance(value, bool) or not isinstance(value, int | float)):
        yield path, f"must be a number, not {_named(value)}"
    elif issubclass(kind, pulumi.Asset | pulumi.Archive) and not _is_asset(value):
        yield path, f"must be an asset or an archive, not {_named(value)}"
    elif issubclass(kind, pulumi.Resource):
        yield path, f"must be of another kind than {_named(value)}"  # on the wire a resource is its id


def _is_asset(value: Any) -> bool:
    return isinstance(value, dict) and value.get(SIGNATURE) in (ASSET, ARCHIVE)


def _named(value: Any) -> str:
    return {dict: "a map", list: "a list", str: "a string", bool: "a boolean"}.get(type(value), "a number")


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
