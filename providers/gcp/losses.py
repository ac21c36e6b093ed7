"""What Vertex AI cannot honour of a workload: of its containers, and of the way that a version comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from tradewind.providers import stores
from tradewind.providers.gcp import accelerators, images, names, serve_losses, train_losses
from tradewind.providers.gcp import machine as machines
from tradewind.spec.clouds.gcp import GcpServe, GcpTrain
from tradewind.values import Container, Loss, Policy, Run, Wanted

# Variables that the service sets itself: "Custom container requirements" reserves the prefix, "Training code requirements" lists
# the others, of jobs alone.
RESERVED = "AIP_"
THEIRS = frozenset({"CLUSTER_SPEC", "TF_CONFIG", "CLOUD_ML_PROJECT_ID", "CLOUD_ML_JOB_ID"})
OUR_LABELS = 4  # besides the tags: what we find a thing again by


def losses(run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
    found: list[Loss] = []
    if run is not None:
        found += _of_run(run)
    if want is not None:
        found += _of_endpoint(want)
    if policy is not None:
        found += _of_policy(policy)
    return tuple({(loss.path, loss.reason): loss for loss in found}.values())


def _of_policy(policy: Policy) -> Iterator[Loss]:
    """Shares are moved in place, whatever the strategy; predict and rawPredict name an endpoint, never a version in it."""
    if policy.probe is not None:
        reason = "a version without traffic cannot be asked: a request goes to an endpoint, by the shares"
        yield Loss("serve.rollout.probe", reason, "its first share of the traffic is the first that it is asked")


def _of_run(run: Run) -> Iterator[Loss]:
    yield from _of_container(run.container, "train")
    yield from _of_tags(run.tags)
    yield from train_losses.of_run(run)
    yield from stores.of_run(run, "gs", "Vertex AI")


def _of_endpoint(want: Wanted) -> Iterator[Loss]:
    yield from _of_tags(want.tags)
    if want.mirror:
        yield Loss("serve.rollout.mirror", "Vertex AI's endpoints mirror no traffic", "nothing is mirrored")
    for version in want.versions:
        yield from _of_container(version.container, "serve")
        yield from stores.of_address("serve.model", version.model.uri, "gs", "Vertex AI")
        yield from serve_losses.of_version(version)


def _of_tags(tags: Mapping[str, str]) -> Iterator[Loss]:
    if len(tags) > names.LABELS - OUR_LABELS:
        yield Loss("tags", f"Vertex AI takes {names.LABELS} labels, and {OUR_LABELS} are tradewind's own", fatal=True)


def _of_container(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    yield from _of_machine(container, use)
    yield from _of_image(container, use)
    yield from _of_names(container, use)


def _of_names(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    for name in sorted({*container.env, *container.secrets}):
        path = f"{use}.env.{name}" if name in container.env else "secrets"
        if name.startswith(RESERVED):
            yield Loss(path, f"{name}: Vertex AI keeps names that begin with {RESERVED} to itself", fatal=True)
        elif use == "train" and name in THEIRS:
            yield Loss(path, f"{name}: Vertex AI sets this variable itself", fatal=True)


def _of_machine(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    options, machine = container.options, container.machine
    named = isinstance(options, GcpTrain | GcpServe) and options.machine_type
    if not named:
        met = machines.reference(container.hardware, use)
        if isinstance(met, Loss):
            yield met
    elif accelerators.is_tpu(machine):
        reason = f"{machine.id} has TPUs: what runs on them is written for them (XLA) and is not portable"
        yield Loss(f"gcp.{use}.machine_type", reason, "the code must be one that runs on TPUs")


def _of_image(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    known = images.find(container.image)
    if known is None:
        return
    if ended := images.gone(container.image):
        reason = f"Google's availability of {known.name} ended on {ended}"
        yield Loss(f"{use}.framework", reason, "it is used as long as it can be pulled; `image:` names one of your own")
    if known.python and container.python not in (None, known.python):
        yield Loss("runtime.python", f"Google's image has Python {known.python}", f"Python {known.python} runs it")
