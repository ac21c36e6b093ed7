"""What Azure ML cannot honour of a training run, beside what jobs and endpoints have in common.

Sources: "Manage resources and quotas" (Azure Machine Learning Compute), "CLI (v2) command job YAML schema", "Model training on
serverless compute", "Distributed GPU training guide".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tradewind.spec.clouds.azure import AzureTrain
from tradewind.spec.units import format_duration
from tradewind.values import Loss, Run

RUNTIME = timedelta(days=21)  # "Job lifetime"
SPOT_RUNTIME = timedelta(days=7)  # "Job lifetime on a low-priority node"
MPI_NODES = 100  # "Nodes in a single MPI run"
INPUTS = 200  # "Number of input datasets" of a run (Service limits)
OUR_INPUTS = 2  # the code and the runtime
# What Azure ML, its PyTorch distribution and MPI set in a job. Another value would lead its own tools astray.
THEIRS = frozenset(
    {
        "AZUREML_RUN_ID", "AZUREML_RUN_TOKEN", "AZUREML_EXPERIMENT_ID", "AZUREML_SERVICE_ENDPOINT",
        "AZUREML_ARM_SUBSCRIPTION", "AZUREML_ARM_RESOURCEGROUP", "AZUREML_ARM_WORKSPACE_NAME",
        "AZ_BATCH_MASTER_NODE", "MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "NODE_RANK", "RANK", "LOCAL_RANK",
    }
)  # fmt: skip


def of_run(run: Run) -> Iterator[Loss]:
    options = run.container.options if isinstance(run.container.options, AzureTrain) else AzureTrain()
    yield from _of_spot(run, options)
    yield from _of_time(run)
    yield from _of_cluster(options)
    yield from _of_names(run)
    if run.launcher == "mpi" and run.nodes > MPI_NODES:
        yield Loss("train.nodes", f"a job of Azure ML's MPI has at most {MPI_NODES} nodes", fatal=True)
    if len(run.inputs) > INPUTS - OUR_INPUTS:
        yield Loss("train.inputs", f"at most {INPUTS - OUR_INPUTS} inputs fit into a job", fatal=True)


def _of_spot(run: Run, options: AzureTrain) -> Iterator[Loss]:
    if not run.spot:
        return
    if run.checkpoint is None:
        reason = "Azure takes low-priority machines away, and no checkpoint is kept"
        yield Loss("train.spot", reason, "after an interruption the job begins anew")
    if options.compute:
        reason = "the job tier Spot is serverless compute's: a cluster has the priority that it was made with"
        yield Loss("train.spot", reason, "the job runs on the cluster's machines, at their price")


def _of_time(run: Run) -> Iterator[Loss]:
    spot = run.spot and run.max_runtime > SPOT_RUNTIME
    most, what = (SPOT_RUNTIME, "a job on low-priority machines") if spot else (RUNTIME, "a job of Azure ML")
    if run.max_runtime > most:
        shown = format_duration(most)
        yield Loss("train.max_runtime", f"{what} lives for at most {shown}", shown)


def _of_cluster(options: AzureTrain) -> Iterator[Loss]:
    if options.compute and not options.vm_size:
        reason = "a cluster that was made before has the machines that it has"
        yield Loss("train.hardware", reason, "they are what runs, and `azure.train.vm_size` says which, for the price")


def _of_names(run: Run) -> Iterator[Loss]:
    for name in sorted({*run.container.env, *run.container.secrets} & THEIRS):
        path = f"train.env.{name}" if name in run.container.env else "secrets"
        yield Loss(path, f"{name}: Azure ML sets this variable itself", fatal=True)
