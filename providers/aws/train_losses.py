"""What SageMaker cannot honour of a training run, beside what jobs and endpoints have in common."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from tradewind.providers.aws import disks
from tradewind.spec.clouds.aws import AwsTrain
from tradewind.values import Loss, Run

RUNTIME = timedelta(days=28)  # StoppingCondition: "The maximum value is 28 days"
PARAMETERS = 100  # of HyperParameters
VALUE, PARAMETER_VALUE = 512, 2500  # characters of one variable, of one hyperparameter
CHANNELS = 20  # InputDataConfig
METRICS, PATTERN = 40, 500  # MetricDefinitions, and characters of one Regex
OUR_CHANNELS = ("tradewind-code", "tradewind-runtime")


def of_run(run: Run) -> Iterator[Loss]:
    options = run.container.options if isinstance(run.container.options, AwsTrain) else AwsTrain()
    yield from _of_spot(run, options)
    yield from _of_machines(run, options)
    yield from _of_inputs(run)
    yield from _of_sizes(run, options)
    if run.max_runtime > RUNTIME:
        yield Loss("train.max_runtime", "a SageMaker job runs for at most 28 days", "28 days")
    if options.network_isolation and (run.container.requirements or run.container.secrets):
        what = "requirements" if run.container.requirements else "secrets"
        reason = f"without a network the container cannot fetch its {what}"
        yield Loss("aws.train.network_isolation", reason, fatal=True)


def _of_spot(run: Run, options: AwsTrain) -> Iterator[Loss]:
    if not run.spot:
        if options.max_wait is not None:  # "only supported when EnableManagedSpotTraining is set to true"
            yield Loss(
                "aws.train.max_wait", "only spot machines are waited for", "the job waits as long as SageMaker does"
            )
        return
    if run.checkpoint is None:
        reason = "SageMaker takes spot machines away, and no checkpoint is kept"
        yield Loss("train.spot", reason, "after an interruption the job begins anew")
    if options.max_wait is not None and options.max_wait < run.max_runtime:
        yield Loss("aws.train.max_wait", "it is shorter than `train.max_runtime`, which is part of it", fatal=True)
    if options.keep_alive:  # developer guide, "Managed Warm Pools", considerations
        yield Loss("aws.train.keep_alive", "spot machines are not kept warm", "they are given back at once")


def _of_machines(run: Run, options: AwsTrain) -> Iterator[Loss]:
    groups = options.instance_groups
    if groups and run.nodes > 1:
        count = sum(group.count for group in groups)
        yield Loss("train.nodes", "`aws.train.instance_groups` says how many machines there are", f"{count} machines")
    own = [kind for kind in ([g.instance_type for g in groups] or [run.container.machine.id]) if _brings_disk(kind)]
    if options.volume_kms_key and own:
        reason = f"{own[0]} encrypts its own disks by its hardware and takes no key"
        yield Loss("aws.train.volume_kms_key", reason, "the disks are encrypted without this key")


def _of_inputs(run: Run) -> Iterator[Loss]:
    if len(run.inputs) > CHANNELS - len(OUR_CHANNELS):
        yield Loss("train.inputs", f"at most {CHANNELS - len(OUR_CHANNELS)} inputs fit into a job", fatal=True)
    for name, artifact in run.inputs.items():
        if name in OUR_CHANNELS:
            reason = "that channel carries tradewind's own files; choose another name"
            yield Loss(f"train.inputs.{name}", reason, fatal=True)
        if name in run.streams and artifact.single:
            reason = "SageMaker streams whole folders only (FastFile), and this is one object"
            yield Loss(f"train.inputs.{name}.mode", reason, "it is copied before the job starts")


def _of_sizes(run: Run, options: AwsTrain) -> Iterator[Loss]:
    if len(run.parameters) > PARAMETERS:
        yield Loss("train.parameters", f"SageMaker takes at most {PARAMETERS}", fatal=True)
    for name, value in run.parameters.items():
        if len(json.dumps(value)) > PARAMETER_VALUE:
            reason = f"SageMaker takes at most {PARAMETER_VALUE} characters for one"
            yield Loss(f"train.parameters.{name}", reason, fatal=True)
    if len(json.dumps(run.command)) > VALUE:
        yield Loss("train.command", f"it is longer than {VALUE} characters; put it into a script", fatal=True)
    if len(json.dumps(dict(run.container.secrets))) > VALUE:
        yield Loss("secrets", f"their names and references are longer than {VALUE} characters", fatal=True)
    if len(options.metrics) > METRICS:
        yield Loss("aws.train.metrics", f"SageMaker takes at most {METRICS}", fatal=True)
    for name, pattern in options.metrics.items():
        if len(pattern) > PATTERN:
            yield Loss(f"aws.train.metrics.{name}", f"SageMaker takes at most {PATTERN} characters", fatal=True)


def _brings_disk(machine: str) -> bool:
    return machine.count(".") == 2 and disks.brings_disk(machine)
