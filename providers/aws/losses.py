"""What SageMaker cannot honour of a workload. Limits are those of the service's own model where it states them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from tradewind.machines import facts, matching
from tradewind.providers import stores
from tradewind.providers.aws import deployment, disks, images, llm, shim_environment, tags, train_losses
from tradewind.providers.aws.answering import by_us
from tradewind.spec.clouds.aws import AwsServe, AwsTrain, Rolling
from tradewind.values import Container, Loss, Policy, Run, Version, Wanted

BODY = 6_291_456  # bytes: BodyBlob.max of InvokeEndpoint
ANSWER = timedelta(seconds=60)  # a container has to answer within it (developer guide, "Respond to inference requests")
WAIT = timedelta(hours=1)  # WaitIntervalInSeconds, TerminationWaitInSeconds, ...StartupHealthCheckTimeoutInSeconds
SERVING_VARIABLES = 32 * 1024  # characters of all together (ContainerDefinition.Environment)
ENTRIES = 100  # of an Environment
SERVING_VALUE = 1024  # characters of one variable
OUR_VARIABLES = 20  # at most so many of the environment are ours


def losses(run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
    found: list[Loss] = []
    if run is not None:
        found += _of_run(run)
    if want is not None:
        found += _of_endpoint(want)
    found += _of_tags({**(run.tags if run else {}), **(want.tags if want else {})})
    if policy is not None and not _by_engine(want):
        found += of_policy(policy, _rolling(want))
        found += _of_guards(policy, want)
    return tuple({(loss.path, loss.reason): loss for loss in found}.values())


def _of_tags(said: Mapping[str, str]) -> Iterator[Loss]:
    if len(said) > tags.MOST - tags.OUR_TAGS:
        reason = f"SageMaker takes {tags.MOST} tags on one thing, and {tags.OUR_TAGS} of them are tradewind's own"
        yield Loss("tags", reason, fatal=True)
    for name, value in said.items():
        if name.lower().startswith("aws:"):
            yield Loss("tags", f"{name}: names that begin with aws: are AWS's own", fatal=True)
        if len(tags.escaped(name)) > tags.LONGEST_KEY or len(tags.escaped(value)) > tags.LONGEST_VALUE:
            reason = (
                f"{name} is too long: SageMaker takes letters, digits, spaces and _.:/=+-@, and others are spelt out"
            )
            yield Loss("tags", reason, fatal=True)


def of_policy(policy: Policy, rolling: Rolling | None = None) -> Iterator[Loss]:
    """What deployment guardrails do otherwise than asked."""
    if rolling is not None:
        yield from _of_batches(policy, rolling)
        return
    if policy.strategy == "canary":
        yield from _canary(policy.steps)
    elif policy.strategy == "linear":
        yield from _linear(policy.steps)
    wait = timedelta(seconds=deployment.of_policy(policy).wait)
    if deployment.watched(policy) and policy.bake > WAIT:
        yield Loss("serve.rollout.bake", "SageMaker bakes one share for at most 1h", _hours(wait))
    elif deployment.watched(policy) and policy.bake > wait:
        reason = "SageMaker ends a whole rollout within 8h, the start of the machines and `keep` included"
        yield Loss("serve.rollout.bake", reason, _hours(wait))
    if policy.keep > timedelta(0):
        kept = min(policy.keep, WAIT)
        reason = "SageMaker calls a rollout over when the old machines are gone, and keeps them for at most 1h"
        yield Loss(
            "serve.rollout.keep", reason, f"for {_hours(kept)} nothing scales, no other update is taken, and `up` waits"
        )


def _of_batches(policy: Policy, rolling: Rolling) -> Iterator[Loss]:
    path = "serve.rollout.steps" if policy.steps else "serve.rollout.strategy"
    yield Loss(path, "`aws.serve.rolling` exchanges one fleet in batches", f"batches of {rolling.batch:.0%}")
    if deployment.watched(policy) and policy.bake > WAIT:
        yield Loss("serve.rollout.bake", "SageMaker watches one batch for at most 1h", "1h")
    if policy.keep > timedelta(0):
        yield Loss("serve.rollout.keep", "a rolling update gives the old machines back batch by batch", "none is kept")


def _of_guards(policy: Policy, want: Wanted | None) -> Iterator[Loss]:
    most, ours = deployment.ALARMS, 1 if policy.p95 is None else 2  # see alarms.py
    options = [version.container.options for version in want.versions] if want else []
    if any(isinstance(it, AwsServe) and len(it.alarms) > most - ours for it in options):
        reason = f"SageMaker takes {most} alarms, and {ours} of them are tradewind's own"
        yield Loss("aws.serve.alarms", reason, f"the first {most - ours} guard a rollout")


def _hours(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    if seconds % 60:
        return f"{seconds}s"
    minutes = seconds // 60
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _rolling(want: Wanted | None) -> Rolling | None:
    options = [version.container.options for version in want.versions] if want else []
    return next((it.rolling for it in options if isinstance(it, AwsServe)), None)


def _canary(steps: tuple[int, ...]) -> Iterator[Loss]:
    most = deployment.CANARY_MOST
    if len(steps) > 1:
        instead = f"{min(steps[0], most)} %, then 100 %"
        yield Loss("serve.rollout.steps", "a SageMaker canary has one share before 100 %", instead)
    elif steps and steps[0] > most:
        yield Loss("serve.rollout.steps", f"a SageMaker canary gets at most {most} %", f"{most} %")


def _linear(steps: tuple[int, ...]) -> Iterator[Loss]:
    if not steps:
        return
    least, most = deployment.LINEAR_LEAST, deployment.LINEAR_MOST
    size = min(max(steps[0], least), most)
    shares = tuple(range(size, 100, size))
    if steps not in (shares, (*shares, 100), (size,)):  # one number is the size of each step
        yield Loss(
            "serve.rollout.steps", f"SageMaker's linear steps are even, of {least} to {most} %", f"steps of {size} %"
        )


def _by_engine(want: Wanted | None) -> bool:
    options = [version.container.options for version in want.versions] if want else []
    return any(isinstance(it, AwsServe) and it.rollout == "engine" for it in options)


def _of_run(run: Run) -> Iterator[Loss]:
    yield from _of_container(run.container, "train")
    yield from train_losses.of_run(run)
    yield from stores.of_run(run, "s3", "SageMaker")


def _of_endpoint(want: Wanted) -> Iterator[Loss]:
    if want.mirror:
        yield Loss("serve.rollout.mirror", "this provider's endpoints have one variant", "nothing is mirrored")
    for version in want.versions:
        yield from _of_version(version)


def _of_version(version: Version) -> Iterator[Loss]:
    options = version.container.options if isinstance(version.container.options, AwsServe) else AwsServe()
    yield from _of_container(version.container, "serve")
    yield from stores.of_address("serve.model", version.model.uri, "s3", "SageMaker")
    if version.serving.timeout > ANSWER:
        yield Loss("serve.request.timeout", "SageMaker ends a request after 60s", "60s")
    if version.serving.max_body > BODY:
        yield Loss("serve.request.max_body", "SageMaker refuses requests above 6 MiB (6,291,456 bytes)", "6MiB")
    if version.serving.startup_timeout > WAIT and options.health_timeout is None:
        yield Loss("serve.startup_timeout", "SageMaker gives a container at most 1h to start", "1h")
    if version.min == 0:
        yield Loss("serve.replicas.min", "an endpoint of machines cannot scale to zero", "one machine stays")
    if options.network_isolation and (version.container.requirements or version.container.secrets):
        reason = "without a network the container cannot fetch its requirements and secrets"
        yield Loss("aws.serve.network_isolation", reason, fatal=True)
    if options.volume and disks.brings_disk(version.container.machine.id):
        reason = f"{version.container.machine.id} brings its own disk and takes no other"
        yield Loss("aws.serve.volume", reason, "its own disk is used")
    yield from _of_sizes_served(version)
    yield from llm.losses(version, options.network_isolation)
    yield from _of_another_server(version)


def _of_another_server(version: Version) -> Iterator[Loss]:
    """What nobody does in a container where our server does not answer. Images for language models have losses of their own."""
    box = version.container
    if by_us(version):
        yield from shim_environment.losses(version)
    if by_us(version) or llm.words(box.image) is not None:
        return
    if version.serving.handler:
        reason = f"{images.repository(box.image)} brings a server of its own, which runs no handler"
        yield Loss("serve.handler", reason, "leave it out, or give `image:`", fatal=True)
    if box.requirements:
        yield Loss("runtime.requirements", "the image's own server installs nothing", "it has what it has")
    if box.secrets:
        yield Loss("secrets", "the image's own server is handed no secrets", "it runs without")


def _of_sizes_served(version: Version) -> Iterator[Loss]:
    box = version.container
    if len(json.dumps(dict(box.secrets))) > SERVING_VALUE:
        yield Loss("secrets", f"their names and references are longer than {SERVING_VALUE} characters", fatal=True)
    if sum(len(name) + len(value) for name, value in box.env.items()) > SERVING_VARIABLES - OUR_VARIABLES * 256:
        yield Loss("serve.env", "SageMaker takes at most 32 KB of variables for one container", fatal=True)


def _of_container(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    yield from _of_machines(container, use)
    yield from _of_disk(container, use)
    yield from _of_environment(container.env, use)
    has = images.python_of(container.image)
    if container.image.startswith(images.OURS) and has and container.python not in (None, has):
        yield Loss("runtime.python", f"SageMaker's image has Python {has}", f"Python {has} runs it")


def _of_machines(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    options, kinds = container.options, {f"{use}.hardware.gpu": container.machine.id}
    if isinstance(options, AwsTrain | AwsServe) and options.instance_type:
        kinds = {f"aws.{use}.instance_type": options.instance_type}
    elif isinstance(options, AwsTrain) and options.instance_groups:
        kinds = {f"aws.train.instance_groups.{n}": it.instance_type for n, it in enumerate(options.instance_groups)}
    else:
        met = matching.choose(facts.instances("sagemaker"), container.hardware, use, "SageMaker")
        if isinstance(met, Loss):
            yield met
    for path, kind in kinds.items():
        if loss := matching.not_portable(facts.find("sagemaker", kind), path):
            yield loss


def _of_disk(container: Container, use: Literal["train", "serve"]) -> Iterator[Loss]:
    asked, name = container.hardware.disk_gib, container.machine.id
    if asked is None or name.count(".") != 2:
        return
    own = disks.own_gib(name)
    most = disks.LARGEST_VOLUME_GIB if use == "train" else disks.LARGEST_SERVING_VOLUME_GIB
    if own is not None and asked > own:
        yield Loss(f"{use}.hardware.disk", f"{name} has its own disk of {own:.0f} GiB and takes no other", fatal=True)
    elif not disks.brings_disk(name) and asked > most:
        yield Loss(f"{use}.hardware.disk", f"SageMaker takes at most {most} GiB", fatal=True)


def _of_environment(env: Mapping[str, str], use: Literal["train", "serve"]) -> Iterator[Loss]:
    most = train_losses.VALUE if use == "train" else SERVING_VALUE
    for name, value in env.items():
        if len(value) > most:  # the value itself is nobody's business
            yield Loss(f"{use}.env.{name}", f"SageMaker takes at most {most} characters for one variable", fatal=True)
    if len(env) > ENTRIES - OUR_VARIABLES:
        yield Loss(f"{use}.env", f"at most {ENTRIES - OUR_VARIABLES} variables fit into a container", fatal=True)
