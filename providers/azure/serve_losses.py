"""What Azure ML cannot honour of a version that is to be served on a managed online endpoint.

Sources: "Manage resources and quotas" (online endpoints), "CLI (v2) managed online deployment YAML schema", "Autoscale
online endpoints", Azure Monitor's list of metrics, "Use a custom container to deploy a model", "Perform safe rollout of new
deployments", and the models of azure-mgmt-machinelearningservices 2.0.0b2 and azure-mgmt-monitor 7.0.0. Microsoft documents no
limit of a body.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tradewind.providers.azure import images
from tradewind.providers.azure.answering import by_us
from tradewind.spec.clouds.azure import AzureServe
from tradewind.spec.refs import HUB
from tradewind.spec.units import format_duration
from tradewind.values import Loss, Version, Wanted

TIME = timedelta(seconds=180)  # request_timeout_ms: "the maximum value allowed is 180000"
INSTANCES = 50  # "Number of instances per deployment", more on request
MIRRORED = 50  # OnlineEndpointProperties.mirror_traffic: "Traffic values need to sum to utmost 50"
COOLDOWN = (timedelta(minutes=1), timedelta(days=7))  # ScaleAction.cooldown
USE = "70 %"  # of CPUs: what replicas follow where nothing that Azure counts is given
# What the service sets in a container that serves: where the model and the scoring script lie.
THEIRS = frozenset({"AZUREML_MODEL_DIR", "AZUREML_ENTRY_SCRIPT", "AML_APP_ROOT"})


def of_version(version: Version) -> Iterator[Loss]:
    options = version.container.options if isinstance(version.container.options, AzureServe) else AzureServe()
    if version.serving.timeout > TIME:
        shown = format_duration(TIME)
        yield Loss("serve.request.timeout", f"Azure ML ends a request after {shown}", shown)
    if options.max_queue_wait is not None:
        reason = "Microsoft calls it deprecated: what a request waits is part of its timeout"
        yield Loss("azure.serve.max_queue_wait", reason, "it is asked for, and may change nothing")
    yield from _of_size(version)
    yield from _of_target(version)
    yield from _of_names(version)
    yield from _of_server(version, options)


def of_mirror(want: Wanted) -> Iterator[Loss]:
    """Mirrored requests are a preview: of one version at most, which has no traffic of its own."""
    mirrored = {slot: share for slot, share in want.mirror.items() if share}
    if len(mirrored) > 1:
        yield Loss("serve.rollout.mirror", "Azure ML mirrors to one version at a time", fatal=True)
    if any(want.traffic.get(slot) for slot in mirrored):
        yield Loss("serve.rollout.mirror", "Azure ML mirrors to a version without traffic only", fatal=True)
    if sum(mirrored.values()) > MIRRORED:
        yield Loss("serve.rollout.mirror", f"Azure ML mirrors at most {MIRRORED} % of the requests", f"{MIRRORED} %")


def _of_size(version: Version) -> Iterator[Loss]:
    if version.min == 0:
        reason = "Microsoft documents no managed online endpoint that scales to zero"
        yield Loss("serve.replicas.min", reason, "one replica stays")
    if version.max > INSTANCES:
        reason = f"Azure ML gives a deployment {INSTANCES} instances, and more on request to Microsoft"
        yield Loss("serve.replicas.max", reason, "they are asked for, and may be refused")


def _of_target(version: Version) -> Iterator[Loss]:
    """Replicas follow what Azure Monitor counts: CpuUtilizationPercentage, GpuUtilizationPercentage, RequestsPerMinute."""
    target, machine = "serve.replicas.target", version.container.machine
    if version.target is not None:
        others = [f"`{name}`" for name in version.scale_on]
        instead = " and ".join(others) if others else f"the use of CPUs, {USE}"
        reason = "Azure Monitor counts no requests in flight, so that replicas cannot follow them"
        yield Loss(f"{target}.concurrency", reason, f"they follow {instead}")
    if "gpu" in version.scale_on and not machine.gpus:
        yield Loss(f"{target}.gpu", f"{machine.id} has no GPU", fatal=True)
    least, most = COOLDOWN
    if version.cooldown is not None and not least <= version.cooldown <= most:
        shown = format_duration(min(max(version.cooldown, least), most))
        yield Loss(f"{target}.cooldown", "Azure Monitor's autoscale waits for 1m to 7d between changes", shown)


def _of_names(version: Version) -> Iterator[Loss]:
    box = version.container
    for name in sorted({*box.env, *box.secrets} & THEIRS):
        path = f"serve.env.{name}" if name in box.env else "secrets"
        yield Loss(path, f"{name}: Azure ML sets this variable itself", fatal=True)


def _of_server(version: Version, options: AzureServe) -> Iterator[Loss]:
    """An image is started by the command that is in it: OnlineDeploymentProperties has none. A handler needs a server."""
    box, own = version.container, images.find(version.container.image) is None
    if version.model.uri.startswith(HUB):
        reason = "Azure ML fetches no model from the Hugging Face Hub for a container"
        yield Loss("serve.model", reason, "an address of the model's files", fatal=True)
    if by_us(version):
        if own and box.image and not options.environment:
            reason = "Azure ML starts an image by its own command: a handler runs where azureml-inference-server-http is in it"
            yield Loss("serve.image", reason, "the image must have it, or start tradewind's server by itself")
        return
    if not own and not options.environment:
        reason = (
            f"nothing in Microsoft's environment serves a model of {version.serving.framework or 'its own'} by itself"
        )
        yield Loss("serve.framework", reason, "give `handler:`, or `image:` with a server of its own", fatal=True)
        return
    if box.requirements:
        yield Loss("runtime.requirements", "the image's own server installs nothing", "it has what it has")
    if box.secrets:
        yield Loss("secrets", "the image's own server is handed no secrets", "it runs without")
