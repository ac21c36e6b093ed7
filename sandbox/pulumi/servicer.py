"""The resource provider's wire, as Pulumi's engine speaks it (pulumirpc.ResourceProvider)."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tradewind.sandbox.pulumi import shapes
from tradewind.sandbox.pulumi.carrier import FILLED, WHOLE, Asked, Carrier, Values, as_asked, same
from tradewind.sandbox.pulumi.hooks import Hooks
from tradewind.sandbox.pulumi.wire import UNKNOWN, known, plain, secrets, shown, struct

REGION = "us-east-1"
Changes = provider_pb2.DiffResponse


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One package. Each provider of a program is a connection of its own, and is configured apart."""

    def __init__(self, package: str, carrier: Carrier, hooks: Hooks) -> None:
        self._package = package
        self._carrier = carrier
        self._hooks = hooks
        self._lock = threading.Lock()
        self._config: dict[str, dict[str, str]] = {}  # by connection

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version(shapes.SDKS[self._package]))

    def GetMapping(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingResponse()

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        olds, news = plain(request.old_inputs), plain(request.news)
        moved = [name for name in ("region", "project", "subscriptionId") if olds.get(name) != news.get(name)]
        changed = Changes.DIFF_SOME if olds != news else Changes.DIFF_NONE
        return Changes(changes=changed, replaces=moved, diffs=_changed(olds, news))

    def Configure(self, request: Any, context: Any) -> Any:
        told = plain(request.args) or {key.rsplit(":", 1)[-1]: value for key, value in request.variables.items()}
        config = {key: value for key, value in told.items() if isinstance(value, str)}
        with self._lock:
            self._config[context.peer()] = config
        self._hooks.configured.append(
            {"package": self._package, **{k: v for k, v in config.items() if k in ("region", "project", "location")}}
        )
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    def Invoke(self, request: Any, context: Any) -> Any:
        try:
            found = self._carrier.invoke(
                request.tok, plain(request.args), {"region": REGION, **self._configured(context)}
            )
        except NotImplementedError:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the sandbox does not know {request.tok}")
        made = provider_pb2.InvokeResponse()
        getattr(made, "return").update(found)
        return made

    def Check(self, request: Any, context: Any) -> Any:
        token, news = _token(request.urn), plain(request.news)
        said = [
            provider_pb2.CheckFailure(property=path, reason=f"{path} {why}".strip())
            for path, why in shapes.faults(token, news)
        ]
        by = self._carrier.named_by(token)
        if by and by not in news and f"{by}Prefix" not in news:
            news[by] = plain(request.olds).get(by) or f"{_name(request.urn)}-{request.randomSeed.hex()[:7]}".lower()
        return provider_pb2.CheckResponse(inputs=struct(news, secrets(request.news)), failures=said)

    def Diff(self, request: Any, context: Any) -> Any:
        olds, news = plain(request.old_inputs), plain(request.news)
        defaults = self._carrier.defaults(_token(request.urn))
        changed = [name for name in _changed(olds, news, defaults) if name not in request.ignoreChanges]
        replaces = sorted(self._carrier.replaces(_token(request.urn)) & set(changed))
        if "*" in self._carrier.replaces(_token(request.urn)):
            replaces = changed
        kinds = {
            name: provider_pb2.PropertyDiff(kind=_kind(name, olds, news, name in replaces), inputDiff=True)
            for name in changed
        }
        return Changes(
            changes=Changes.DIFF_SOME if changed else Changes.DIFF_NONE,
            diffs=changed,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces),  # names are taken until the old one is gone
            hasDetailedDiff=True,
            detailedDiff=kinds,
        )

    def Create(self, request: Any, context: Any) -> Any:
        inputs = plain(request.properties)
        if request.preview:
            outputs = shapes.answered(_token(request.urn), inputs, lambda _: UNKNOWN)
            return provider_pb2.CreateResponse(properties=struct(outputs, secrets(request.properties)))
        asked = self._asked(request.urn, inputs, context)
        self._before("create", asked, context)
        with _answered(context):
            if not known(inputs):
                raise ValueError("an input is not known yet")
            id, outputs = self._carrier.create(asked, inputs)
        self._hooks.created(request.urn)
        said = shapes.answered(asked.token, {**inputs, **outputs})
        return provider_pb2.CreateResponse(id=id, properties=_hidden(said, request.properties))

    def Read(self, request: Any, context: Any) -> Any:
        state, inputs = plain(request.properties), plain(request.inputs)
        asked = self._asked(request.urn, inputs or state, context)
        self._before("read", asked, context)
        with _answered(context):
            seen = self._carrier.read(asked, request.id, inputs or state)
        if seen is None:
            return provider_pb2.ReadResponse()
        takes = shapes.takes(shapes.arguments(asked.token))[0]
        told = {
            key: as_asked(value, inputs[key]) if key in inputs and key not in WHOLE else value
            for key, value in seen.items()
            if value is not None
        }
        # nothing was asked for, and nothing is there
        now = {key: value for key, value in inputs.items() if seen.get(key, value) is not None or value in ("", [], {})}
        now |= {key: value for key, value in told.items() if key in takes}
        gone = inputs.keys() - now.keys()
        as_it_was = {key: state[key] for key in told if key in state and same(inputs.get(key), told[key])}
        outputs = {**{key: value for key, value in state.items() if key not in gone}, **told, **as_it_was}
        outputs = shapes.answered(asked.token, outputs)
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=_hidden(outputs, request.properties, request.inputs),
            inputs=_hidden(now, request.inputs, request.properties),
        )

    def Update(self, request: Any, context: Any) -> Any:
        olds, news = plain(request.old_inputs), plain(request.news)
        state = plain(request.olds)
        kept = {key: value for key, value in state.items() if key not in olds}
        before = struct(kept, secrets(request.olds) & kept.keys())
        if request.preview:
            said = shapes.answered(_token(request.urn), {**kept, **news}, lambda _: UNKNOWN)
            return provider_pb2.UpdateResponse(properties=_hidden(said, request.news, before))
        asked = self._asked(request.urn, news, context)
        self._before("update", asked, context)
        with _answered(context):
            outputs = self._carrier.update(asked, request.id, {**state, **olds}, news)
        said = shapes.answered(asked.token, {**kept, **news, **outputs})
        return provider_pb2.UpdateResponse(properties=_hidden(said, request.news, before))

    def Delete(self, request: Any, context: Any) -> Any:
        state = plain(request.properties)
        asked = self._asked(request.urn, state, context)
        self._before("delete", asked, context)
        with _answered(context):
            self._carrier.delete(asked, request.id, state)
        return empty_pb2.Empty()

    def _before(self, verb: str, asked: Asked, context: Any) -> None:
        with _answered(context):
            self._hooks.before(verb, asked.token)

    def _configured(self, context: Any) -> dict[str, str]:
        with self._lock:
            held = dict(self._config)
        if context.peer() in held:
            return held[context.peer()]
        # A connection that was made anew says nothing of itself: it is known only where all were told the same.
        told = list(held.values())
        if any(one != told[0] for one in told):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "this connection was not configured")
        return told[0] if told else {}

    def _asked(self, urn: str, values: Values, context: Any) -> Asked:
        config = self._configured(context)
        token = _token(urn)
        # since version 7 an AWS resource may say its own region
        region = values.get("region") if token.startswith("aws:") else None
        return Asked(
            token,
            _name(urn),
            region or config.get("region", REGION),
            config.get("project") or config.get("subscriptionId", ""),
        )


@contextlib.contextmanager
def _answered(context: Any) -> Iterator[None]:
    """Whatever a service says is the failure of the resource, and not of this server."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # services raise what they like
        context.abort(grpc.StatusCode.UNKNOWN, _words(error))


def _hidden(values: Values, *told: struct_pb2.Struct) -> struct_pb2.Struct:
    """An answer, with what was told in secret kept so."""
    return struct(values, frozenset().union(shown(values, *told), *map(secrets, told)))


def _token(urn: str) -> str:
    return urn.split("::")[2].split("$")[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _changed(olds: Values, news: Values, defaults: Mapping[str, Any] = {}) -> list[str]:
    names = sorted((olds.keys() | news.keys()) - {"__defaults", "__internal"})
    said = [(name, defaults.get(name)) for name in names if name in news or defaults.get(name) is not FILLED]
    return [name for name, default in said if not same(olds.get(name, default), news.get(name, default))]


def _kind(name: str, olds: Values, news: Values, replaces: bool) -> Any:
    verb = "ADD" if name not in olds else "DELETE" if name not in news else "UPDATE"
    return getattr(provider_pb2.PropertyDiff, f"{verb}_REPLACE" if replaces else verb)


def _words(error: Exception) -> str:
    return (
        f"{type(error).__name__}: {error}"
        if not isinstance(error, KeyError)
        else f"not found: {json.dumps(str(error))}"
    )
