"""What Vertex AI cannot honour of a training run, beside what jobs and endpoints have in common.

Sources: the docstrings of aiplatform_v1 (CustomJobSpec, ContainerSpec, Scheduling), and Google's pages "Schedule training
jobs based on resource availability" (flex_start), "Use Spot VMs with training", "Custom containers overview".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tradewind.providers.gcp import accelerators, images, registries
from tradewind.spec.clouds.gcp import GcpTrain
from tradewind.values import Loss, Run

RUNTIME = timedelta(days=7)  # Scheduling.timeout's default; flex_start takes no longer one
VARIABLES = 100  # ContainerSpec.env: "Maximum limit is 100"
OUR_VARIABLES = 20  # at most so many of the environment are ours
DISK = 64 * 1024  # GiB, of a persistent disk (Compute Engine)


def of_run(run: Run) -> Iterator[Loss]:
    options = run.container.options if isinstance(run.container.options, GcpTrain) else GcpTrain()
    yield from _of_spot(run, options)
    yield from _of_queue(run, options)
    yield from _of_sizes(run)
    yield from _of_image(run)
    if run.launcher == "mpi" and run.nodes > 1:
        reason = "Vertex AI's machines reach one another by no ssh, which mpirun starts its processes by"
        yield Loss("train.launcher", reason, "launcher: torchrun", fatal=True)
    if options.restart_on_worker_restart and not options.retries:  # Scheduling.disable_retries
        reason = "without `retries` Vertex AI starts no job again"
        yield Loss("gcp.train.restart_on_worker_restart", reason, "a machine alone is started again")


def _of_spot(run: Run, options: GcpTrain) -> Iterator[Loss]:
    if not run.spot:
        return
    if run.checkpoint is None:
        reason = "Google takes spot machines away, and no checkpoint is kept"
        yield Loss("train.spot", reason, "after an interruption the job begins anew, six times at most")
    if options.scheduling == "flex_start":  # Scheduling.strategy is one of both
        yield Loss("gcp.train.scheduling", "a job is queued for machines or takes spot ones, not both", fatal=True)
    if options.reservation:
        yield Loss("gcp.train.reservation", "spot machines are never reserved ones", fatal=True)
    if options.persistent_resource:
        reason = "a cluster that was made before has the machines that it has"
        yield Loss("train.spot", reason, "the job runs on them, at their price")
    if accelerators.is_tpu(run.container.machine) and run.nodes > 1:
        yield Loss("train.spot", "there are no spot machines for TPU pods", fatal=True)


def _of_queue(run: Run, options: GcpTrain) -> Iterator[Loss]:
    if options.scheduling != "flex_start":
        if run.max_runtime > RUNTIME:
            reason = "Google documents seven days, its default, and no longer time"
            yield Loss("train.max_runtime", reason, "the time is asked for, and Vertex AI may refuse it")
        return
    if run.max_runtime > RUNTIME:
        yield Loss("train.max_runtime", "a job that is queued for machines runs for at most 7 days", fatal=True)
    if run.container.machine.gpu not in accelerators.QUEUED:
        cards = "L4, A100, H100, H200 and B200"
        yield Loss("gcp.train.scheduling", f"flex_start queues for {cards} only", "leave it out", fatal=True)


def _of_sizes(run: Run) -> Iterator[Loss]:
    if len(run.container.env) > VARIABLES - OUR_VARIABLES:
        yield Loss("train.env", f"at most {VARIABLES - OUR_VARIABLES} variables fit into a container", fatal=True)
    if (run.container.hardware.disk_gib or 0) > DISK:
        yield Loss("train.hardware.disk", f"a disk of Google's has at most {DISK} GiB", fatal=True)


def _of_image(run: Run) -> Iterator[Loss]:
    image = run.container.image
    if image and not image.startswith(images.OURS) and not (registries.is_googles(image) or registries.is_hub(image)):
        reason = f"Google documents images in Artifact Registry and on Docker Hub, not on {registries.host(image)}"
        yield Loss("train.image", reason, "it is asked for, and Vertex AI may be unable to pull it")
