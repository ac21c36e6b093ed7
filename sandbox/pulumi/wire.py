"""Property maps as Pulumi's engine sends them: plain values, and a mark for what is not known yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf import struct_pb2

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # any value; pulumi.runtime.rpc.UNKNOWN
SIGNATURE = "4dabf18193072939515e22adb298388d"  # says in a map which kind of special value it is
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
LEAST = 6  # characters of a secret that are looked for inside other texts; shorter ones are in many by chance
SECRET = "1b47061264138c4ac30d75fd1eb44270"


def plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Secrets are taken out of what they are wrapped in; `secrets` tells which these are."""
    return {key: _value(value) for key, value in struct.fields.items()}


def struct(values: dict[str, Any], hidden: frozenset[str] = frozenset()) -> struct_pb2.Struct:
    """`hidden`: the properties that nobody may see."""
    made = struct_pb2.Struct()
    made.update({key: {SIGNATURE: SECRET, "value": it} if key in hidden else it for key, it in values.items()})
    return made


def secrets(struct: struct_pb2.Struct) -> frozenset[str]:
    """The properties with a secret somewhere inside: one hides all that it is part of, as in Pulumi's own engine."""
    return frozenset(key for key, value in struct.fields.items() if _secret(value))


def shown(values: dict[str, Any], *told: struct_pb2.Struct) -> frozenset[str]:
    """The properties of an answer that would show what was told in secret, such as all tags beside the tags."""
    hush = {leaf for struct in told for leaf in _leaves(struct_pb2.Value(struct_value=struct), hidden=False)}
    return frozenset(name for name, value in values.items() if any(_holds(value, leaf) for leaf in hush))


def _leaves(value: struct_pb2.Value, hidden: bool) -> Iterator[str]:
    match value.WhichOneof("kind"):
        case "struct_value" if _wrapped(value.struct_value):
            yield from _leaves(value.struct_value.fields["value"], hidden=True)
        case "struct_value":
            for item in value.struct_value.fields.values():
                yield from _leaves(item, hidden)
        case "list_value":
            for item in value.list_value.values:
                yield from _leaves(item, hidden)
        case "string_value" if hidden and value.string_value not in ("", UNKNOWN):
            yield value.string_value


def _holds(value: Any, leaf: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(item, leaf) for item in value.values())
    if isinstance(value, list):
        return any(_holds(item, leaf) for item in value)
    return isinstance(value, str) and (value == leaf or (len(leaf) >= LEAST and leaf in value))


def _secret(value: struct_pb2.Value) -> bool:
    match value.WhichOneof("kind"):
        case "struct_value":
            fields = value.struct_value.fields
            return _wrapped(value.struct_value) or any(_secret(item) for item in fields.values())
        case "list_value":
            return any(_secret(item) for item in value.list_value.values)
        case _:
            return False


def _wrapped(struct: struct_pb2.Struct) -> bool:
    # asking a map of protobuf for a key that is not there makes it
    return SIGNATURE in struct.fields and struct.fields[SIGNATURE].string_value == SECRET


def known(value: Any) -> bool:
    if isinstance(value, dict):
        return all(known(item) for item in value.values())
    if isinstance(value, list):
        return all(known(item) for item in value)
    return bool(value != UNKNOWN)


def _value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            if _wrapped(value.struct_value):
                return _value(value.struct_value.fields["value"])
            return plain(value.struct_value)
        case "list_value":
            return [_value(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None
