"""What Azure ML cannot honour of a workload: of its containers, and of what jobs and endpoints have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from tradewind.machines import matching
from tradewind.providers import stores
from tradewind.providers.azure import images, registries, serve_losses, train_losses
from tradewind.providers.azure import machine as machines
from tradewind.providers.azure import tags as tagging
from tradewind.spec.clouds.azure import AzureServe, AzureTrain
from tradewind.values import Container, Loss, Policy, Run, Wanted

OUR_TAGS = 4  # besides the user's: what we find a thing again by
# References of secrets that only another cloud's identity can read.
_OTHER_STORES: Mapping[str, str] = {"arn:": "AWS", "ssm:": "AWS", "projects/": "Google Cloud"}


def losses(run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
    """Of a policy nothing is lost: shares are moved in place, and a version without traffic is asked by its name, in the
    header `azureml-model-deployment`.
    """
    del policy
    found: list[Loss] = []
    if run is not None:
        found += _of_run(run)
    if want is not None:
        found += _of_endpoint(want)
    return tuple({(loss.path, loss.reason): loss for loss in found}.values())


def _of_run(run: Run) -> Iterator[Loss]:
    yield from _of_container(run.container, "train")
    yield from _of_tags(run.tags)
    yield from train_losses.of_run(run)
    yield from stores.of_run(run, "az", "Azure ML")


def _of_endpoint(want: Wanted) -> Iterator[Loss]:
    yield from _of_tags(want.tags)
    yield from serve_losses.of_mirror(want)
    for version in want.versions:
        yield from _of_container(version.container, "serve")
        yield from stores.of_address("serve.model", version.model.uri, "az", "Azure ML")
        yield from serve_losses.of_version(version)


def _of_tags(tags: Mapping[str, str]) -> Iterator[Loss]:
    if len(tags) > tagging.MOST - OUR_TAGS:
        yield Loss("tags", f"Azure ML takes {tagging.MOST} tags, and {OUR_TAGS} are tradewind's own", fatal=True)
    for name, value in tags.items():
        if len(tagging.escaped(name)) > tagging.LONGEST_NAME:
            yield Loss(
                "tags", f"{name}: Azure ML takes at most {tagging.LONGEST_NAME} characters of a name", fatal=True
            )
        if len(value) > tagging.LONGEST_VALUE:
            yield Loss("tags", f"{name}: Azure takes at most {tagging.LONGEST_VALUE} characters of a value", fatal=True)
    if same := tagging.clashing(tags):
        yield Loss("tags", f"{', '.join(same)}: to Azure these are one name, whatever their case", fatal=True)


def _of_container(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    yield from _of_machine(container, use)
    yield from _of_disk(container, use)
    yield from _of_image(container, use)
    for name, reference in container.secrets.items():
        if cloud := next((cloud for form, cloud in _OTHER_STORES.items() if reference.startswith(form)), None):
            reason = f"{name}: a container of Azure ML signs in to Key Vault, not to {cloud}"
            yield Loss(
                "secrets", reason, "keep it in Key Vault: https://VAULT.vault.azure.net/secrets/NAME", fatal=True
            )


def _of_machine(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    options = container.options
    named = options.vm_size if isinstance(options, AzureTrain | AzureServe) else None
    if named is None:
        met = machines.reference(container.hardware, use)
        if isinstance(met, Loss):
            yield met
    known = machines.find(container.machine.id)
    path = f"azure.{use}.vm_size" if named else f"{use}.hardware.gpu"
    if loss := matching.not_portable(known, path):
        yield loss
    if named and known is not None and use not in known.uses:
        where = "managed online endpoints" if use == "serve" else "jobs"
        yield Loss(path, f"{known.id} is not in Microsoft's list of sizes for {where}", "Azure ML may refuse it")


def _of_disk(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    """Neither a job nor a deployment says how large a disk is (JobResourceConfiguration, OnlineDeploymentProperties)."""
    asked, known = container.hardware.disk_gib, machines.find(container.machine.id)
    if asked is None:
        return
    own = known.disk_gib if known is not None else None
    if own is None:
        reason = f"Azure ML sizes no disks, and {container.machine.id} is not known to bring one of its own"
        yield Loss(f"{use}.hardware.disk", reason, "the disk of the operating system is all there is")
    elif own < asked:
        reason = f"{container.machine.id} has its own disk of {own:.0f} GiB, and Azure ML adds no other"
        yield Loss(f"{use}.hardware.disk", reason, fatal=True)


def _of_image(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    options, image, known = container.options, container.image, images.find(container.image)
    if isinstance(options, AzureTrain | AzureServe) and options.environment:
        # It is what runs, and only the workspace knows what is in it.
        if image and known is None:
            reason = f"`azure.{use}.environment` brings an image of its own"
            yield Loss(f"{use}.image", reason, "the registered environment is what runs")
        return
    if known is not None and container.python not in (None, known.python):
        reason = f"Microsoft's environment {known.environment} has Python {known.python}"
        yield Loss("runtime.python", reason, f"Python {known.python} runs it")
    if registries.never_public(image):
        reason = "Azure ML signs in to no registry but Azure's, and one of Amazon's is never public"
        yield Loss(f"{use}.image", reason, "copy it: NAME.azurecr.io/...", fatal=True)
    elif registries.mostly_private(image):
        reason = f"Azure ML signs in to no registry but Azure's, and not to {registries.host(image)}"
        yield Loss(f"{use}.image", reason, "it is pulled as everybody may pull it, or not at all")
