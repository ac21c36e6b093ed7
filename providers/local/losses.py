"""What this machine cannot honour of a workload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from tradewind.host import interpreters
from tradewind.providers.local import machine
from tradewind.spec.refs import HUB
from tradewind.values import Artifact, Container, Loss, Machine, Policy, Run, Version, Wanted


def losses(run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
    """`policy`: every strategy runs here, the engine moves the shares."""
    del policy
    found: list[Loss] = []
    if run is not None:
        found += _of_run(run)
    if want is not None:
        found += _of_endpoint(want)
    return tuple({(loss.path, loss.reason): loss for loss in found}.values())


def _of_run(run: Run) -> Iterator[Loss]:
    yield from _of_container(run.container, "train")
    if run.nodes > 1:
        yield Loss("train.nodes", f"{run.nodes} machines asked for, this is one", "it runs as one node")
    if run.spot:
        yield Loss("train.spot", "nobody sells this machine at a spot price", "it runs to its end, for nothing")
    for name, artifact in run.inputs.items():
        yield from _remote(artifact, f"train.inputs.{name}")
    for name in sorted(run.streams):
        yield Loss(f"train.inputs.{name}.mode", "the files are on this machine already", "they are read in place")
    if run.checkpoint is not None and not _is_here(run.checkpoint):
        yield Loss("train.checkpoint.uri", f"{run.checkpoint} is not a folder of this machine", fatal=True)


def _of_endpoint(want: Wanted) -> Iterator[Loss]:
    for version in want.versions:
        yield from _of_container(version.container, "serve")
        yield from _of_model(version)
        if version.min == 0:
            yield Loss("serve.replicas.min", "this gateway keeps a replica ready", "one stays")
        for key in sorted(version.scale_on):
            yield Loss(f"serve.replicas.target.{key}", "this gateway scales by concurrency only", _size(version.target))


def _size(target: int | None) -> str:
    return "replicas follow concurrency" if target else "replicas stay at min"


def _of_container(container: Container, use: str) -> Iterator[Loss]:
    met = machine.meet(container.hardware, "train" if use == "train" else "serve")
    if not isinstance(met, Machine):
        yield met
    if container.image:
        yield Loss(f"{use}.image", "processes of this machine need no image", "this machine's Python runs it")
    if container.python is not None and interpreters.find(container.python) is None:
        reason = f"no Python {container.python} on this machine"
        yield Loss("runtime.python", reason, f"install it; {interpreters.HERE} is here", fatal=True)


def _of_model(version: Version) -> Iterator[Loss]:
    if not version.model.uri.startswith(HUB):
        yield from _remote(version.model, "serve.model")
        return
    reason = "this machine serves files, not a model of the Hugging Face Hub"
    yield Loss("serve.model", reason, "download it, and name its folder", fatal=True)


def _remote(artifact: Artifact, path: str) -> Iterator[Loss]:
    if not _is_here(artifact.uri):
        yield Loss(path, f"{artifact.uri} is not on this machine", "download it first", fatal=True)


def _is_here(uri: str) -> bool:
    return urlsplit(uri).scheme in ("file", "")
