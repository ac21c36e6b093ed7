"""What Vertex AI cannot honour of a version that is to be served.

Sources: the docstrings of aiplatform_v1 (ModelContainerSpec, DedicatedResources, AutoscalingMetricSpec), and Google's pages
"Choose an endpoint type", "Use dedicated public endpoints", "Custom container requirements", "Use Spot VMs with prediction".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tradewind.providers.gcp import images, registries
from tradewind.providers.gcp.answering import brings_server, by_us
from tradewind.spec.clouds.gcp import GcpServe
from tradewind.spec.refs import HUB, MODEL_SERVERS
from tradewind.spec.units import format_duration
from tradewind.values import Loss, Version

SHARED_BODY, SHARED_TIME = 1_500_000, timedelta(seconds=60)  # 1.5 MB
BODY, TIME = 10_000_000, timedelta(hours=1)  # 10 MB; Endpoint.client_connection_config.inference_timeout
STARTUP = timedelta(hours=2)  # ModelContainerSpec.deployment_timeout
USE = "60 %"  # what replicas follow where no target is given


def of_version(version: Version) -> Iterator[Loss]:
    options = version.container.options if isinstance(version.container.options, GcpServe) else GcpServe()
    yield from _of_requests(version, options)
    yield from _of_size(version)
    yield from _of_image(version)
    yield from _of_another_server(version)
    if version.serving.startup_timeout > STARTUP:
        yield Loss("serve.startup_timeout", "Vertex AI gives a version at most 2h to start", "2h")
    if version.container.hardware.disk_gib is not None:
        reason = "the disk of a replica cannot be sized (DedicatedResources has no disk)"
        yield Loss("serve.hardware.disk", reason, "the one that the machine type comes with")
    if options.spot and options.reservation:
        yield Loss("gcp.serve.reservation", "spot machines are never reserved ones", fatal=True)


def _of_requests(version: Version, options: GcpServe) -> Iterator[Loss]:
    shared, serving = options.endpoint == "shared", version.serving
    body, time = (SHARED_BODY, SHARED_TIME) if shared else (BODY, TIME)
    way = "`gcp.serve.endpoint: dedicated` takes more" if shared else ""
    kind = "a shared endpoint" if shared else "an endpoint"
    if serving.max_body > body:
        shown = f"{body / 1_000_000:g} MB"
        instead = "; ".join(filter(None, (f"larger ones are refused above {shown}", way)))
        yield Loss("serve.request.max_body", f"{kind} of Vertex AI takes bodies up to {shown}", instead)
    if serving.timeout > time:
        shown = format_duration(time)
        instead = "; ".join(filter(None, (shown, way)))
        yield Loss("serve.request.timeout", f"{kind} of Vertex AI ends a request after {shown}", instead)


def _of_size(version: Version) -> Iterator[Loss]:
    """Replicas follow CPU and, where there are cards, their use as well: either one adds replicas (DedicatedResources)."""
    target, cards = "serve.replicas.target", version.container.machine.gpus > 0
    both = f"the use of CPU{'s and GPUs' if cards else 's'}, {USE}"
    if version.min == 0:
        reason = "scaling to zero is a preview of its v1beta1 API alone"
        yield Loss("serve.replicas.min", f"Vertex AI keeps at least one replica: {reason}", "one replica stays")
    if version.target is not None:
        reason = "Vertex AI counts no requests in flight, so that replicas cannot follow them"
        yield Loss(f"{target}.concurrency", reason, f"they follow {both}")
    if "gpu" in version.scale_on and not cards:
        yield Loss(f"{target}.gpu", f"{version.container.machine.id} has no GPU", fatal=True)
    for asked, other in (("cpu", "GPUs"), ("gpu", "CPUs")):
        if asked in version.scale_on and cards:
            reason = f"on machines with GPUs replicas follow the use of {other} as well"
            yield Loss(f"{target}.{asked}", reason, f"above {USE} of the {other} there are more, too")
    if version.cooldown is not None:
        yield Loss(f"{target}.cooldown", "Vertex AI's autoscaler takes no time between changes", "its own")


def _of_image(version: Version) -> Iterator[Loss]:
    image = version.container.image
    if image and not image.startswith(images.OURS) and not registries.is_googles(image):
        reason = "an image that serves must be in Artifact Registry, in the region of the endpoint"
        yield Loss("serve.image", reason, "copy it there: REGION-docker.pkg.dev/PROJECT/...", fatal=True)


def _of_another_server(version: Version) -> Iterator[Loss]:
    """What nobody does in a container where our server does not answer."""
    box, serving = version.container, version.serving
    known = images.find(box.image)
    for_models = known is not None and known.framework in (*MODEL_SERVERS, "huggingface")
    if version.model.uri.startswith(HUB) and not for_models:
        reason = "only Google's images for language models fetch a model from the Hugging Face Hub"
        yield Loss("serve.model", reason, "framework: vllm, huggingface-llm, ...; or an address", fatal=True)
    if by_us(version):
        return
    if serving.handler and known is not None and brings_server(box.image):
        reason = f"Google's image of {known.framework} brings a server of its own, which runs no handler"
        yield Loss("serve.handler", reason, "leave it out, or give `image:`", fatal=True)
    if box.requirements:
        yield Loss("runtime.requirements", "the image's own server installs nothing", "it has what it has")
    if box.secrets:
        yield Loss("secrets", "the image's own server is handed no secrets", "it runs without")
