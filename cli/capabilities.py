"""What each provider can do: found by asking its static half about one feature at a time. No SDK, no network, no credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from tradewind.cli.documents import Capability, ProviderDoc, ProviderList
from tradewind.errors import ProviderError, TradewindError
from tradewind.providers import registry
from tradewind.providers.base import Info, PlansOnly, Storing
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Policy, Run, Serving, Version, Wanted

Workload = tuple[Run, Wanted, Policy]
_NEED = Hardware(cpus=1.0)
_GPU = Hardware(gpu_memory_gib=1.0, gpu_count=1)  # any card: no cloud has them all


def survey(name: str | None = None) -> ProviderList:
    """Every provider, or the one that is named. Raises SpecError for a name that nobody has."""
    entries = registry.names()
    if name is not None and registry.canonical(name) not in entries:
        registry.info(name)  # raises, with a suggestion
    wanted = list(entries) if name is None else [registry.canonical(name)]
    return ProviderList(providers=tuple(_describe(entries[n]) for n in wanted), problems=registry.problems())


def _describe(entry: registry.Entry) -> ProviderDoc:
    aliases = tuple(alias for alias, of in registry.ALIASES.items() if of == entry.name)
    plain = ProviderDoc(
        name=entry.name, title=entry.title, source=entry.source, state="later", hint=entry.hint, aliases=aliases
    )
    if not entry.available:
        return plain
    try:
        info = registry.info(entry.name)
    except ProviderError as error:
        state = "not installed" if error.kind == "missing" else "broken"
        return plain.model_copy(update={"state": state, "reason": error.message, "hint": error.hint or entry.hint})
    if isinstance(info, PlansOnly):
        told = {"state": "plans only", "reason": info.plans_only().problems[0].message, "hint": ""}
        return plain.model_copy(
            update={**told, "title": info.title, "free": info.free, "capabilities": tuple(capabilities(info))}
        )
    known = {"title": info.title, "free": info.free, "capabilities": tuple(capabilities(info))}
    if entry.lacking:
        reason = f"{' and '.join(entry.lacking)} is not installed; a plan needs none of it"
        return plain.model_copy(update={"state": "not installed", "reason": reason, **known})
    return plain.model_copy(update={"state": "ready", **known})


def capabilities(info: Info) -> Iterator[Capability]:
    """In the order of deploy.yaml. What the provider says of a plain workload is no news about a feature."""
    plain = _plain(info)
    known = _losses(info, plain)
    for name, path, change in _FEATURES:
        new = [loss for loss in _losses(info, change(plain)) if loss not in known]
        yield _capability(name, path, new[0] if new else None)
    gpu = info.machine(_GPU, None, "train")
    yield _capability("GPU", "train.hardware.gpu", gpu if isinstance(gpu, Loss) else None)


def _losses(info: Info, workload: Workload) -> list[Loss]:
    try:
        return list(info.losses(*workload))
    except TradewindError as error:
        return [Loss("", error.message)]


def _capability(name: str, path: str, loss: Loss | None) -> Capability:
    if loss is None:
        return Capability(name=name, path=path, can=True)
    return Capability(
        name=name, path=loss.path or path, can=False, reason=loss.reason, instead=loss.instead, fatal=loss.fatal
    )


def _plain(info: Info) -> Workload:
    """One small run, one small version, all at once."""
    ground = info.foundation(None, "probe", "default")
    root = ground.root if ground is not None else f"{info.scheme if isinstance(info, Storing) else 's3'}://probe"
    machine = info.machine(_NEED, None, "train")
    container = Container(
        image="", machine=machine if isinstance(machine, Machine) else Machine("any", 1.0, 1.0), hardware=_NEED
    )
    run = Run(
        name="probe",
        digest="sha256:probe",
        container=container,
        command=("true",),
        parameters={},
        inputs={},
        output=f"{root}/probe",
        checkpoint=None,
        max_runtime=timedelta(hours=1),
    )
    version = Version("a", "sha256:probe", container, Artifact(f"{root}/probe/model", "sha256:probe"), Serving())
    policy = Policy("all_at_once", (), timedelta(0), timedelta(0), 0, timedelta(0))
    return run, Wanted("probe", (version,), {"a": 100}), policy


def _run(**changes: object) -> Callable[[Workload], Workload]:
    return lambda plain: (replace(plain[0], **changes), plain[1], plain[2])  # type: ignore[arg-type] # fields by name


def _version(**changes: object) -> Callable[[Workload], Workload]:
    def change(plain: Workload) -> Workload:
        version = replace(plain[1].versions[0], **changes)  # type: ignore[arg-type] # fields by name
        return plain[0], replace(plain[1], versions=(version,)), plain[2]

    return change


def _policy(**changes: object) -> Callable[[Workload], Workload]:
    return lambda plain: (plain[0], plain[1], replace(plain[2], **changes))  # type: ignore[arg-type] # fields by name


def _two(traffic: dict[str, int], mirror: dict[str, int]) -> Callable[[Workload], Workload]:
    def change(plain: Workload) -> Workload:
        old = plain[1].versions[0]
        new = replace(old, slot="b", digest="sha256:other")
        return plain[0], replace(plain[1], versions=(old, new), traffic=traffic, mirror=mirror), plain[2]

    return change


_MINUTES = timedelta(minutes=5)
_FEATURES: tuple[tuple[str, str, Callable[[Workload], Workload]], ...] = (
    ("training", "train", _run()),
    ("several machines", "train.nodes", _run(nodes=2)),
    ("spot", "train.spot", lambda plain: _run(spot=True, checkpoint=f"{plain[0].output}/checkpoint")(plain)),
    ("inputs as a stream", "train.inputs", _run(streams=frozenset({"train"}))),
    ("serving", "serve", _version()),
    ("autoscaling by concurrency", "serve.replicas.target.concurrency", _version(min=1, max=4, target=8)),
    ("autoscaling by requests", "serve.replicas.target.requests", _version(min=1, max=4, scale_on={"requests": 100})),
    ("autoscaling by CPU", "serve.replicas.target.cpu", _version(min=1, max=4, scale_on={"cpu": 0.7})),
    ("scaling to zero", "serve.replicas.min", _version(min=0, max=1)),
    ("shares of traffic", "serve.rollout", _two({"a": 90, "b": 10}, {})),
    ("mirrored traffic", "serve.rollout.mirror", _two({"a": 100, "b": 0}, {"b": 10})),
    (
        "canary in steps",
        "serve.rollout.steps",
        _policy(strategy="canary", steps=(10, 50), bake=_MINUTES, max_bake=_MINUTES * 4),
    ),
    (
        "blue-green",
        "serve.rollout.strategy",
        _policy(strategy="blue_green", bake=_MINUTES, max_bake=_MINUTES * 4),
    ),
)
