"""The engine's side of the wire, by Pulumi's own stubs: what the engine would ask of an attached provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

SIGNATURE = rpc._special_sig_key
UNKNOWN = rpc.UNKNOWN
SEED = bytes(range(32))
Values = dict[str, Any]


def secret(value: Any) -> Values:
    return {SIGNATURE: rpc._special_secret_sig, "value": value}


def packed(values: Values) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def opened(struct: struct_pb2.Struct) -> Values:
    return {key: _opened(value) for key, value in struct.fields.items()}


def _opened(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return opened(value.struct_value)
        case "list_value":
            return [_opened(item) for item in value.list_value.values]
        case "null_value":
            return None
        case kind:
            return getattr(value, str(kind))


def urn(token: str, name: str = "one") -> str:
    return f"urn:pulumi:dev::ground::tradewind:aws:Foundation${token}::{name}"


@dataclass
class Thing:
    """A resource as the engine remembers it."""

    token: str
    inputs: Values
    id: str = ""
    state: Values = field(default_factory=dict)
    name: str = "one"


class Talk:
    """One connection: one provider of a program. Close it."""

    def __init__(self, port: int, **config: str) -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.configured = self.stub.Configure(
            provider_pb2.ConfigureRequest(args=packed(config), acceptSecrets=True, sends_old_inputs=True)
        )

    def close(self) -> None:
        self._channel.close()

    def check(
        self, token: str, news: Values, olds: Values | None = None, name: str = "one"
    ) -> tuple[Values, list[str]]:
        """Inputs as they are to be, and what is wrong with them."""
        request = provider_pb2.CheckRequest(
            urn=urn(token, name), olds=packed(olds or {}), news=packed(news), randomSeed=SEED
        )
        said = self.stub.Check(request)
        return opened(said.inputs), [it.reason for it in said.failures]

    def create(self, token: str, inputs: Values, name: str = "one", *, preview: bool = False) -> Thing:
        checked, failures = self.check(token, inputs, name=name)
        assert failures == []
        request = provider_pb2.CreateRequest(urn=urn(token, name), properties=packed(checked), preview=preview)
        said = self.stub.Create(request)
        return Thing(token, checked, said.id, opened(said.properties), name)

    def read(self, thing: Thing) -> Thing | None:
        request = provider_pb2.ReadRequest(
            id=thing.id, urn=urn(thing.token, thing.name), properties=packed(thing.state), inputs=packed(thing.inputs)
        )
        said = self.stub.Read(request)
        if not said.id:
            return None
        return Thing(thing.token, opened(said.inputs), said.id, opened(said.properties), thing.name)

    def diff(self, thing: Thing, news: Values, ignore: tuple[str, ...] = ()) -> Any:
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=thing.id,
                urn=urn(thing.token, thing.name),
                olds=packed(thing.state),
                news=packed(news),
                old_inputs=packed(thing.inputs),
                ignoreChanges=ignore,
            )
        )

    def update(self, thing: Thing, news: Values, *, preview: bool = False) -> Thing:
        checked, failures = self.check(thing.token, news, thing.inputs, thing.name)
        assert failures == []
        said = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=thing.id,
                urn=urn(thing.token, thing.name),
                olds=packed(thing.state),
                news=packed(checked),
                old_inputs=packed(thing.inputs),
                preview=preview,
            )
        )
        return Thing(thing.token, checked, thing.id, opened(said.properties), thing.name)

    def delete(self, thing: Thing) -> None:
        request = provider_pb2.DeleteRequest(
            id=thing.id, urn=urn(thing.token, thing.name), properties=packed(thing.state)
        )
        self.stub.Delete(request)

    def ask(self, token: str, **args: Any) -> Values:
        said = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=packed(args)))
        return opened(getattr(said, "return"))
