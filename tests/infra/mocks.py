"""Runs a Pulumi program on Pulumi's own mocks, alone: Pulumi's settings are context variables, so each run has its thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.stack import run_pulumi_func
from pulumi.runtime.sync_await import _ensure_event_loop, _sync_await

SECRET = (rpc._special_sig_key, rpc._special_secret_sig)


@dataclass(frozen=True)
class Registered:
    """One resource as it was asked for. `parent` and `dependencies` are URNs."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    parent: str = ""
    protect: bool = False
    aliases: tuple[str, ...] = ()  # names or URNs
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()  # names of inputs that are secret
    hidden: tuple[str, ...] = ()  # names of outputs that are made secret
    ignored: tuple[str, ...] = ()  # names of inputs whose changes are


@dataclass
class Recorded:
    resources: list[Registered] = field(default_factory=list)
    outputs: Any = None  # what the program returned, with every Output inside resolved

    def of(self, type_: str) -> list[Registered]:
        return [it for it in self.resources if it.type == type_]


Answer = Callable[[mocks.MockResourceArgs], tuple[str, dict[str, Any]]]


class _Mocks(mocks.Mocks):
    def __init__(self, calls: Mapping[str, dict[str, Any]], answer: Answer | None) -> None:
        self.calls = calls
        self.answer = answer

    def call(self, args: mocks.MockCallArgs) -> Any:
        return self.calls.get(args.token, {})

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if self.answer is not None:
            return self.answer(args)
        name = args.inputs.get("name") or args.name
        made = {
            "arn": f"arn:mock:{args.typ}:{name}",
            "email": f"{args.name}@mock",
            "member": f"serviceAccount:{args.name}@mock",
        }
        return f"{args.name}-id", {**made, "name": name, **args.inputs}


class _Monitor(mocks.MockMonitor):
    def __init__(self, told: mocks.Mocks, recorded: Recorded) -> None:
        super().__init__(told)
        self.recorded = recorded

    def RegisterResource(self, request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            self.recorded.resources.append(_registered(request))
        return super().RegisterResource(request)


def _registered(request: Any) -> Registered:
    fields = request.object.fields
    return Registered(
        type=request.type,
        name=request.name,
        inputs=_plain(rpc.deserialize_properties(request.object)),
        parent=request.parent,
        protect=request.protect,
        aliases=tuple(it.urn or it.spec.name for it in request.aliases),
        provider=request.provider,
        dependencies=tuple(request.dependencies),
        secrets=tuple(sorted(name for name, value in fields.items() if _secret(value))),
        hidden=tuple(sorted(request.additionalSecretOutputs)),
        ignored=tuple(request.ignoreChanges),
    )


def _secret(value: Any) -> bool:
    if not value.HasField("struct_value"):
        return False
    fields = value.struct_value.fields
    return (
        SECRET[0] in fields and fields[SECRET[0]].string_value == SECRET[1]
    )  # asking for a key that is not there makes it


def _plain(value: Any) -> Any:
    """Without the wrapping of secrets."""
    if isinstance(value, dict) and value.get(SECRET[0]) == SECRET[1]:
        return _plain(value["value"])
    if isinstance(value, dict):
        return {key: _plain(it) for key, it in value.items()}
    return [_plain(it) for it in value] if isinstance(value, list) else value


def made(
    build: Callable[[], Any], *, calls: Mapping[str, dict[str, Any]] | None = None, answer: Answer | None = None
) -> Recorded:
    """What `build` registers, and what it returns, resolved. `calls`: answers of provider functions by token; `answer`: a
    resource's identifier and what it is known by, where what is told of any is not enough.

    Raises what `build` raises.
    """
    recorded = Recorded()

    def run() -> None:
        _ensure_event_loop()
        told = _Mocks(calls or {}, answer)
        mocks.set_mocks(told, project="tradewind", stack="test", preview=False, monitor=_Monitor(told, recorded))

        async def program() -> None:
            recorded.outputs = await pulumi.Output.from_input(build()).future()

        _sync_await(run_pulumi_func(program))

    with ThreadPoolExecutor(1, thread_name_prefix="pulumi-mocks") as alone:
        alone.submit(run).result()
    return recorded
