"""From the spec's words to the values that providers take: hardware, policy, environment, secrets, images. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from tradewind.providers.base import Info
from tradewind.spec import gpus, models
from tradewind.spec.models import Spec
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Traits

GIB = 1 << 30
Use = Literal["train", "serve"]
PLAIN = "python"  # what a provider is asked for where no framework is named: any image with Python


def hardware(said: models.Hardware) -> Hardware:
    named = tuple((gpu.card, gpu.count) for gpu in said.gpu if gpu.card is not None)
    by_memory = sorted((gpu.memory / GIB, gpu.count) for gpu in said.gpu if gpu.card is None and gpu.memory is not None)
    least, count = by_memory[0] if by_memory else (None, 0)
    return Hardware(
        cpus=said.cpus,
        memory_gib=None if said.memory is None else said.memory / GIB,
        disk_gib=None if said.disk is None else said.disk / GIB,
        gpus=(*named, *(card for size, fewer in by_memory if fewer < count for card in _cards(size, fewer))),
        gpu_memory_gib=least,
        gpu_count=count,
    )


def _cards(memory_gib: float, count: int) -> Iterator[tuple[str, int]]:
    """A second need by memory, by name: of larger cards fewer would do. Who would take as many would take the first, too."""
    alone = gpus.AMD | gpus.ON_ARM  # to name one of these is to ask for another image
    return ((card, count) for card, size in gpus.MEMORY_GIB.items() if size >= memory_gib and card not in alone)


def policy(said: models.Rollout | None, traits: Traits, root: Path) -> Policy:
    """How a version that follows another comes in. `max_bake` unsaid: four bakes, at least two minutes more than one."""
    rollout = said or models.Rollout()
    longest = rollout.max_bake or max(rollout.bake * 4, rollout.bake + timedelta(minutes=2)) + traits.metrics_lag * 2
    return Policy(
        strategy=rollout.strategy,
        steps=_steps(rollout, traits),
        bake=rollout.bake,
        max_bake=longest,
        min_requests=rollout.min_requests,
        keep=rollout.keep if "keep" in rollout.model_fields_set else traits.keep,
        error_rate=rollout.abort_if.error_rate,
        p95=rollout.abort_if.p95,
        on_orphan=rollout.on_orphan,
        probe=str(root / rollout.probe) if rollout.probe else None,
    )


def _steps(rollout: models.Rollout, traits: Traits) -> tuple[int, ...]:
    """A canary whose steps nobody wrote takes those that the target can do: a default is never a loss."""
    unsaid = rollout.strategy == "canary" and "steps" not in rollout.model_fields_set
    return traits.canary if unsaid else rollout.steps


def framework(said: str | None) -> tuple[str | None, str | None]:
    """ "sklearn:1.5" as (name, version)."""
    if said is None:
        return None, None
    name, _, version = said.partition(":")
    return name, version or None


def block(spec: Spec, info: Info) -> BaseModel | None:
    """The per-cloud block of deploy.yaml for this provider, validated."""
    return spec.block(info.name)


def options(settings: BaseModel | None, use: Use) -> BaseModel | None:
    """The part of the per-cloud block that is about one kind of container (`aws.train`)."""
    found = getattr(settings, use, None)
    return found if isinstance(found, BaseModel) else None


def image(
    spec: Spec, part: models.Train | models.Serve, info: Info, machine: Machine, use: Use, named: str | None
) -> str | Loss:
    """The image said for this provider, else the provider's own for the framework."""
    if isinstance(part.image, str):
        return part.image
    if part.image:
        said = part.image.get(info.name)
        return said or Loss(f"{use}.image", f"no image to {use} with is given for {info.name}", fatal=True)
    name, version = framework(named)
    return info.image(name or PLAIN, version or (spec.runtime.python if name is None else None), machine, use)


def secret_references(names: tuple[str, ...], info: Info, foundation: Foundation | None) -> dict[str, str]:
    """Name -> where the container finds the value: the foundation's word, else this machine's environment, else its name."""
    outputs: Mapping[str, str] = foundation.outputs if foundation else {}
    here = info.free or (foundation is not None and foundation.root.startswith("file:"))
    return {
        name: outputs.get(f"secret:{name}") or (f"env:{name}" if here else outputs.get("secrets", "") + name)
        for name in names
    }


def missing_secrets(references: Mapping[str, str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Names whose value must be in our own environment and is not."""
    wanted = {name: said.removeprefix("env:") for name, said in references.items() if said.startswith("env:")}
    return tuple(sorted(name for name, variable in wanted.items() if not environ.get(variable)))
