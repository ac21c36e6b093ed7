"""Writes the tables of aws.md from the code that they are about: permissions, losses, rollouts, errors.

    python -m docs.providers.aws_tables

How a table is marked, says `filling`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from docs.providers import filling
from tradewind import codes
from tradewind.errors import EXIT_OF_KIND
from tradewind.providers.aws import actions, deployment
from tradewind.providers.aws import losses as lost
from tradewind.providers.aws.errors import sort_of
from tradewind.spec.clouds.aws import AwsServe, AwsTrain, InstanceGroup, Rolling
from tradewind.spec.refs import HUB
from tradewind.spec.units import format_duration
from tradewind.values import Artifact, Container, Hardware, Machine, Policy, Run, Serving, Version, Wanted

PAGE = Path(__file__).parent / "aws.md"
WHO: Mapping[str, str] = {"planner": "plans", "deployer": "deploys", "caller": "calls", "runtime": "the role"}
WHEN: Mapping[str, str] = {"autoscaling": "", "secrets": "with `secrets`", "kms": "with a key", "vpc": "in a VPC"}


def permissions() -> Iterator[str]:
    """One line an action on the same things."""
    yield f"| action | on | {' | '.join(WHO.values())} | why |"
    yield f"|---|---|{'---|' * len(WHO)}---|"
    grouped: dict[tuple[str, tuple[str, ...]], list[actions.Row]] = {}
    for row in actions.ROWS:
        grouped.setdefault((row.action, row.on), []).append(row)
    for (action, on), rows in grouped.items():
        verbs = {verb for row in rows for verb in row.verbs}
        marks = ["✓" if verbs & set(actions.IDENTITIES[who]) else "" for who in actions.IDENTITIES if who in WHO]
        notes = dict.fromkeys(filter(None, (*(WHEN.get(row.when, "") for row in rows), *(row.why for row in rows))))
        yield f"| `{action}` | {', '.join(_short(it) for it in on)} | {' | '.join(marks)} | {'; '.join(notes)} |"


def _short(pattern: str) -> str:
    return "any" if pattern == actions.ANY else f"`{pattern.split(':', 5)[-1]}`"


# ---- losses: workloads that ask for more than there is

_MACHINE = Machine("ml.m5.large", 2, 8)
_HOUR = timedelta(hours=1)
_FOLDER = Artifact("s3://bucket/model", "sha256:1")


def _box(**more: object) -> Container:
    return replace(Container("own", _MACHINE, Hardware()), **more)


def _run(box: Container | None = None, **more: object) -> Run:
    run = Run("job", "sha256:1", box or _box(), ("true",), {}, {}, "s3://bucket/out", None, _HOUR)
    return replace(run, **more)


def _want(box: Container | None = None, **more: object) -> Wanted:
    version = Version("a", "sha256:1", box or _box(), _FOLDER, Serving())
    return Wanted("endpoint", (replace(version, **more),), {"a": 100})


def _policy(strategy: str = "canary", steps: tuple[int, ...] = (10,), **more: object) -> Policy:
    policy = Policy("canary", steps, timedelta(minutes=5), _HOUR, 200, timedelta(0))
    return replace(policy, strategy=strategy, **more)


def _asked() -> Iterator[tuple[Run | None, Wanted | None, Policy | None]]:
    gpu = Hardware(gpus=(("MI300X", 1),))
    local = Artifact("gs://bucket/data", "sha256:1")
    groups = (InstanceGroup(name="a", instance_type="ml.m5.large", count=2),)
    yield None, None, _policy(steps=(10, 50))
    yield None, None, _policy(steps=(60,))
    yield None, None, _policy("linear", (5,))
    yield None, None, _policy(bake=timedelta(hours=2))
    yield None, None, _policy("linear", (10,), bake=_HOUR)
    yield None, None, _policy(keep=timedelta(days=1))
    rolling = _box(options=AwsServe(rolling=Rolling(batch=0.25)))
    yield None, _want(rolling), _policy(keep=_HOUR, bake=timedelta(hours=2))
    yield None, _want(_box(options=AwsServe(alarms=tuple(f"alarm-{n}" for n in range(10))))), _policy()
    yield None, replace(_want(), mirror={"a": 10}), None
    yield None, _want(serving=Serving(timeout=_HOUR, max_body=10**9, startup_timeout=timedelta(hours=2))), None
    yield None, _want(min=0), None
    yield None, _want(_box(secrets={"A": "a"}, options=AwsServe(network_isolation=True))), None
    yield None, _want(_box(options=AwsServe(volume=10**11), machine=Machine("ml.g5.xlarge", 4, 16, "A10G", 1))), None
    yield None, _want(_box(secrets={"A": "a" * 2000})), None
    yield None, _want(_box(env={f"V{n}": "a" * 1000 for n in range(40)})), None
    yield None, _want(_box(env={"NAME": "a" * 2000})), None
    yield None, _want(_box(hardware=Hardware(disk_gib=2000))), None
    yield None, _want(model=local), None
    yield from _other_servers()
    yield _run(tags={f"T{n}": "" for n in range(60)}), None, None
    yield _run(tags={"NAME": "\N{ROCKET}" * 60, "AWS:NAME": ""}), None, None
    yield _run(_box(hardware=gpu)), None, None
    yield _run(_box(hardware=Hardware(disk_gib=9000), machine=Machine("ml.g5.xlarge", 4, 16, "A10G", 1))), None, None
    yield _run(_box(hardware=Hardware(disk_gib=20_000))), None, None
    yield _run(_box(env={"NAME": "a" * 600})), None, None
    yield _run(_box(env={f"V{n}": "" for n in range(200)})), None, None
    yield _run(_box(image="sagemaker/pytorch-training:2.6.0-cpu-py312", python="3.9")), None, None
    yield _run(spot=True), None, None
    yield _run(_box(options=AwsTrain(max_wait=_HOUR))), None, None
    yield (
        _run(_box(options=AwsTrain(max_wait=timedelta(minutes=1), keep_alive=_HOUR)), spot=True, checkpoint="s3://b/c"),
        None,
        None,
    )
    yield _run(_box(options=AwsTrain(instance_groups=groups)), nodes=4), None, None
    yield (
        _run(_box(options=AwsTrain(volume_kms_key="k"), machine=Machine("ml.p4d.24xlarge", 96, 1152, "A100", 8))),
        None,
        None,
    )
    yield _run(inputs={f"i{n}": _FOLDER for n in range(30)}), None, None
    yield _run(inputs={"tradewind-code": _FOLDER}), None, None
    yield _run(inputs={"NAME": replace(_FOLDER, single=True)}, streams=frozenset({"NAME"})), None, None
    yield _run(inputs={"NAME": local}, checkpoint="gs://bucket/marks"), None, None
    yield _run(max_runtime=timedelta(days=40)), None, None
    yield _run(_box(secrets={"A": "a"}, options=AwsTrain(network_isolation=True))), None, None
    yield _run(parameters={f"p{n}": n for n in range(200)}), None, None
    yield _run(parameters={"NAME": "a" * 3000}), None, None
    yield _run(command=("sh", "-c", "a" * 600)), None, None
    yield _run(_box(secrets={"A": "a" * 600})), None, None
    metrics = {f"m{n}": "x" for n in range(50)} | {"NAME": "a" * 600}
    yield _run(_box(options=AwsTrain(metrics=metrics))), None, None


def _other_servers() -> Iterator[tuple[None, Wanted, None]]:
    """Images that serve by themselves: other frameworks' and those for language models."""
    code = Artifact("s3://bucket/code.tar.gz", "sha256:1", single=True)
    hub = Artifact(f"{HUB}org/name", "sha256:1")
    own, said = Serving(handler="serve.py", framework="tensorflow"), "requirements.txt"
    other = _box(image="sagemaker/tensorflow-inference:2.19.0-cpu", requirements=said, secrets={"A": "a"})
    llm = _box(image="sagemaker/vllm:server", code=code, options=AwsServe(network_isolation=True), secrets={"A": "a"})
    old = _box(image="sagemaker/huggingface-pytorch-inference:2.0.0-transformers4.28.1-gpu-py310-cu118-ubuntu20.04")
    yield None, _want(other, serving=own), None
    yield None, _want(old, serving=Serving(handler="serve.py", framework="huggingface")), None
    yield None, _want(llm, model=hub), None
    yield None, _want(replace(llm, requirements=said), model=hub, serving=own), None
    yield None, _want(replace(llm, secrets={"HF_TOKEN": "a"}), model=hub), None
    yield None, _want(model=hub), None


def losses() -> Iterator[str]:
    return filling.losses("SageMaker", "aws", (loss for asked in _asked() for loss in lost.losses(*asked)))


# ---- rollouts

_ROLLOUTS: Mapping[str, Policy] = {
    "`canary`, `steps: [10]`": _policy(),
    "`canary`, `steps: [10, 50]`": _policy(steps=(10, 50)),
    "`linear`, `steps: [25]`": _policy("linear", (25,)),
    "`blue_green`": _policy("blue_green", ()),
    "`all_at_once`, with `abort_if`": _policy("all_at_once", (), error_rate=0.05),
    "`all_at_once`": _policy("all_at_once", ()),
}


def rollouts() -> Iterator[str]:
    """With `bake: 5m`, `keep: 0s`."""
    yield "| deploy.yaml | TrafficRoutingConfiguration | waits | longest deployment |"
    yield "|---|---|---|---|"
    for said, policy in _ROLLOUTS.items():
        made = deployment.of_policy(policy)
        size = "" if made.type == "ALL_AT_ONCE" else f", {made.size} %"
        waits = f"{made.waits} × {format_duration(timedelta(seconds=made.wait))}" if made.wait else "none"
        yield f"| {said} | {made.type}{size} | {waits} | {format_duration(timedelta(seconds=made.timeout))} |"


# ---- errors: what AWS says, as somebody met it; see errors.WORDS for where

SAID: tuple[tuple[str, str], ...] = (
    ("ResourceLimitExceeded", "The account-level service limit 'ml.g5.xlarge for endpoint usage' is 0 Instances, ..."),
    ("", "CapacityError: Unable to provision requested ML compute capacity ..."),
    ("ValidationException", "Could not assume role arn:aws:iam::123456789012:role/x ..."),
    ("AccessDeniedException", "User: ... is not authorized to perform: sagemaker:CreateModel on resource: ..."),
    ("", "ClientError: Cannot pull algorithm container ..."),
    ("", "The primary container for production variant a did not pass the ping health check ..."),
    ("", "BucketRegionError: incorrect region, the bucket is not in 'us-east-1' region ..."),
    ("", "ClientError: Data download failed: No S3 objects found under S3 URL ..."),
    ("", "ClientError: Artifact upload failed: Error 7: ... AccessDenied ..."),
    ("", "InternalServerError: We encountered an internal error. Please try again."),
    ("ValidationException", 'Cannot create already existing endpoint "..."'),
    ("ValidationException", 'Could not find endpoint configuration "..."'),
    ("ThrottlingException", "Rate exceeded"),
    ("ExpiredTokenException", "The security token included in the request is expired"),
    ("UnrecognizedClientException", "The security token included in the request is invalid."),
    ("SignatureDoesNotMatch", "Signature expired: ..."),
)


def errors() -> Iterator[str]:
    yield "| AWS says | kind | exit | code | what to do |"
    yield "|---|---|---|---|---|"
    for exception, text in SAID:
        sort = sort_of(exception, text)
        code = sort.code or codes.GENERAL[sort.kind]
        shown = f"{exception}: {text}" if exception else text
        remedy = sort.hint or codes.CODES[code].remedy
        yield f"| {shown} | {sort.kind} | {EXIT_OF_KIND[sort.kind]:d} | {code} | {remedy} |"


TABLES: Mapping[str, Callable[[], Iterator[str]]] = {
    "permissions": permissions,
    "losses": losses,
    "rollouts": rollouts,
    "errors": errors,
}


def filled(page: str) -> str:
    """The page with every table written anew."""
    return filling.filled(page, TABLES, "docs.providers.aws_tables")


def main() -> None:
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
