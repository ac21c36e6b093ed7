"""What SageMaker cannot honour is said before anything is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import botocore.session
import pytest

from tradewind.providers.aws import losses as lost
from tradewind.providers.aws import marks, serve_request, train_losses
from tradewind.providers.aws import tags as tagging
from tradewind.providers.aws.ground import Ground
from tradewind.spec.clouds.aws import AwsServe, AwsTrain, InstanceGroup, Rolling
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Policy, Run, Serving, Version, Wanted

M5 = Machine("ml.m5.large", 2, 8)
BOX = Container("sagemaker/pytorch-training:2.9.0-cpu-py312", M5, Hardware(cpus=2))
HOUR, NONE = timedelta(hours=1), timedelta(0)


def run(box: Container = BOX, **more: object) -> Run:
    plain = Run("j", "sha256:1", box, ("python", "t.py"), {}, {}, "s3://b/out", None, HOUR)
    return replace(plain, **more)  # type: ignore[arg-type]  # the test's own words


def want(box: Container = BOX, mirror: dict[str, int] | None = None, **more: object) -> Wanted:
    version = Version("a", "sha256:1", box, Artifact("s3://b/m", "sha256:2"), Serving())
    return Wanted("e", (replace(version, **more),), {"a": 100}, mirror or {})  # type: ignore[arg-type]  # likewise


def policy(strategy: str, *steps: int, bake: timedelta = timedelta(minutes=5), keep: timedelta = NONE) -> Policy:
    return Policy(strategy, steps, bake, bake * 4, 50, keep)  # type: ignore[arg-type]  # a literal of the test


def found(r: Run | None = None, w: Wanted | None = None, p: Policy | None = None) -> dict[str, Loss]:
    return {loss.path: loss for loss in lost.losses(r, w, p)}


def test_a_plain_workload_loses_nothing() -> None:
    assert found(run(), want(), policy("canary", 10, keep=timedelta(0))) == {}


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        (policy("canary", 10), None),
        (policy("canary", 50), None),
        (policy("canary", 10, 50), "10 %, then 100 %"),
        (policy("canary", 80, 90), "50 %, then 100 %"),
        (policy("canary", 60), "50 %"),
        (policy("linear", 25, 50, 75), None),
        (policy("linear", 30, 60, 90), None),
        (policy("linear", 25), None),
        (policy("linear", 10, 20, 30, 40, 50, 60, 70, 80, 90), None),
        (policy("linear", 5, 50), "steps of 10 %"),
        (policy("linear", 60), "steps of 50 %"),
        (policy("linear", 20, 30), "steps of 20 %"),
        (policy("blue_green"), None),
        (policy("all_at_once"), None),
    ],
)
def test_steps_that_guardrails_do_not_have(asked: Policy, instead: str | None) -> None:
    loss = found(p=asked).get("serve.rollout.steps")
    assert (loss and loss.instead) == instead
    assert loss is None or not loss.fatal


def test_an_engine_driven_rollout_has_every_step() -> None:
    assert found(w=want(replace(BOX, options=AwsServe(rollout="engine"))), p=policy("canary", 10, 50)) == {}


def test_long_waits() -> None:
    assert set(found(p=policy("canary", 10, bake=2 * HOUR, keep=2 * HOUR))) == {
        "serve.rollout.bake",
        "serve.rollout.keep",
    }


def test_many_long_waits_do_not_fit_into_one_rollout() -> None:
    loss = found(p=policy("linear", 10, bake=timedelta(minutes=50)))["serve.rollout.bake"]
    assert loss.instead == "42m"
    assert found(p=policy("linear", 10, bake=timedelta(minutes=42))) == {}


def test_batches_are_no_shares() -> None:
    rolling = want(replace(BOX, options=AwsServe(rolling=Rolling(batch=0.25))))
    losses = found(w=rolling, p=policy("canary", 10, 50, keep=HOUR))
    assert losses["serve.rollout.steps"].instead == "batches of 25%"
    assert losses["serve.rollout.keep"].instead == "none is kept"
    assert set(found(w=rolling, p=policy("blue_green"))) == {"serve.rollout.strategy"}


def test_a_volume_where_the_machine_has_a_disk() -> None:
    g6e = replace(
        BOX,
        machine=Machine("ml.g6e.xlarge", 4, 32, "L40S", 1),
        options=AwsServe(instance_type="ml.g6e.xlarge", volume=1),
    )
    assert not found(w=want(g6e))["aws.serve.volume"].fatal


def test_alarms_of_ones_own_share_ten_places_with_ours() -> None:
    def lost(count: int) -> Loss | None:
        box = replace(BOX, options=AwsServe(alarms=tuple(f"alarm-{n}" for n in range(count))))
        return found(w=want(box), p=replace(policy("canary", 10), p95=HOUR)).get("aws.serve.alarms")

    assert lost(8) is None
    assert (loss := lost(9)) is not None
    assert loss.instead == "the first 8 guard a rollout"


def test_where_another_server_answers() -> None:
    asks = replace(
        BOX, image="sagemaker/pytorch-inference:2.6.0-cpu-py312", secrets={"TOKEN": "arn"}, requirements="r.txt"
    )
    assert found(w=want(asks, serving=Serving(handler="serve.py"))) == {}
    theirs = found(w=want(replace(asks, image="me/mine:1")))
    assert {path: loss.fatal for path, loss in theirs.items()} == {"secrets": False, "runtime.requirements": False}
    tensorflow = replace(BOX, image="sagemaker/tensorflow-inference:2.19.0-cpu")
    assert found(w=want(tensorflow, serving=Serving(handler="serve.py")))["serve.handler"].fatal
    assert found(w=want(tensorflow)) == {}
    hub = found(w=want(tensorflow, model=Artifact("hf:org/name", "sha256:2")))
    assert hub["serve.model"].fatal
    vllm = replace(BOX, image="sagemaker/vllm:0.30.0-gpu-py312-cu129", requirements="r.txt")
    assert set(found(w=want(vllm))) == {"runtime.requirements", "serve.hardware.gpu"}


def test_what_fits_into_no_container() -> None:
    long = {f"S{n}": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:name" for n in range(30)}
    ours = replace(BOX, image="me/mine:1", secrets=long)
    assert found(w=want(ours, serving=Serving(handler="serve.py")))["secrets"].fatal
    assert found(w=want(replace(BOX, env={f"A{n}": "x" * 1000 for n in range(30)})))["serve.env"].fatal


def test_spot() -> None:
    assert found(run(spot=True))["train.spot"].instead == "after an interruption the job begins anew"
    assert found(run(spot=True, checkpoint="s3://b/c")) == {}
    short = replace(BOX, options=AwsTrain(max_wait=timedelta(minutes=30), keep_alive=HOUR))
    both = found(run(short, spot=True, checkpoint="s3://b/c"))
    assert both["aws.train.max_wait"].fatal
    assert not both["aws.train.keep_alive"].fatal


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (run(inputs={"x": Artifact("gs://b/x", "sha256:3")}), "train.inputs.x"),
        (run(inputs={"tradewind-code": Artifact("s3://b/x", "sha256:3")}), "train.inputs.tradewind-code"),
        (run(inputs={f"i{n}": Artifact("s3://b/x", "sha256:3") for n in range(19)}), "train.inputs"),
        (run(checkpoint="file:///here"), "train.checkpoint.uri"),
        (run(command=("sh", "-c", "x" * 600)), "train.command"),
        (run(parameters={f"p{n}": n for n in range(101)}), "train.parameters"),
        (run(replace(BOX, secrets={f"S{n}": "arn:aws:secretsmanager:x" for n in range(30)})), "secrets"),
        (run(parameters={"p": "x" * 2600}), "train.parameters.p"),
        (run(replace(BOX, env={"A": "x" * 513})), "train.env.A"),
        (run(replace(BOX, env={f"A{n}": "" for n in range(99)})), "train.env"),
        (run(replace(BOX, hardware=Hardware(disk_gib=20_000))), "train.hardware.disk"),
        (
            run(replace(BOX, machine=Machine("ml.g5.xlarge", 4, 16, "A10G", 1), hardware=Hardware(disk_gib=300))),
            "train.hardware.disk",
        ),
        (run(replace(BOX, hardware=Hardware(gpus=(("MI300X", 1),)))), "train.hardware.gpu"),
        (
            run(replace(BOX, requirements="r.txt", options=AwsTrain(network_isolation=True))),
            "aws.train.network_isolation",
        ),
    ],
)
def test_what_makes_no_sense_there_cannot_be_accepted(asked: Run, path: str) -> None:
    assert found(asked)[path].fatal


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (AwsTrain(instance_type="ml.trn1.2xlarge"), "aws.train.instance_type"),
        (
            AwsTrain(instance_groups=(InstanceGroup(name="a", instance_type="ml.m5.large"),
                                      InstanceGroup(name="b", instance_type="ml.trn1.32xlarge"))),
            "aws.train.instance_groups.1",
        ),
    ],
)  # fmt: skip
def test_an_accelerator_that_code_is_written_for_is_not_portable(options: AwsTrain, path: str) -> None:
    loss = found(run(replace(BOX, options=options)))[path]
    assert not loss.fatal
    assert loss.reason.startswith("not portable: ml.trn1.")


def test_a_stream_of_one_object() -> None:
    one = replace(run(inputs={"x": Artifact("s3://b/x.csv", "sha256:3", single=True)}), streams=frozenset({"x"}))
    loss = found(one)["train.inputs.x.mode"]
    assert (loss.fatal, loss.instead) == (False, "it is copied before the job starts")
    assert found(replace(one, inputs={"x": Artifact("s3://b/x", "sha256:3")})) == {}


def test_what_the_block_names_and_does_not_come_about() -> None:
    groups = (
        InstanceGroup(name="a", instance_type="ml.g5.xlarge", count=2),
        InstanceGroup(name="b", instance_type="ml.c5.xlarge"),
    )
    gpu = replace(BOX, machine=Machine("ml.g5.xlarge", 4, 16, "A10G", 1))
    lost_of = {
        "aws.train.max_wait": found(run(replace(BOX, options=AwsTrain(max_wait=HOUR)))),
        "train.nodes": found(run(replace(gpu, options=AwsTrain(instance_groups=groups)), nodes=4)),
        "aws.train.volume_kms_key": found(run(replace(gpu, options=AwsTrain(volume_kms_key="k")))),
    }
    for path, losses in lost_of.items():
        assert set(losses) == {path}
        assert losses[path].instead
    assert found(run(replace(BOX, options=AwsTrain(volume_kms_key="k")))) == {}
    many = {f"m{n}": "x" for n in range(41)}
    assert found(run(replace(BOX, options=AwsTrain(metrics=many))))["aws.train.metrics"].fatal
    assert found(run(replace(BOX, options=AwsTrain(metrics={"m": "x" * 501}))))["aws.train.metrics.m"].fatal


def test_a_named_machine_is_not_measured_by_the_need() -> None:
    assert found(run(replace(BOX, hardware=Hardware(cpus=900), options=AwsTrain(instance_type="ml.m5.large")))) == {}


def test_the_python_of_the_image() -> None:
    loss = found(run(replace(BOX, python="3.11")))["runtime.python"]
    assert (loss.fatal, loss.instead) == (False, "Python 3.12 runs it")
    assert found(run(replace(BOX, python="3.12"))) == {}
    assert found(run(replace(BOX, python="3.11", image="me/mine:gpu-py312"))) == {}


def test_limits_of_serving() -> None:
    serving = Serving(timeout=timedelta(seconds=90), max_body=lost.BODY + 1, startup_timeout=2 * HOUR)
    paths = {"serve.request.timeout", "serve.request.max_body", "serve.startup_timeout", "serve.replicas.min"}
    assert set(found(w=want(serving=serving, min=0))) == paths
    assert found(w=want(serving=Serving(max_body=lost.BODY))) == {}
    assert set(found(w=want(mirror={"b": 10}))) == {"serve.rollout.mirror"}


def test_no_value_of_the_environment_is_told() -> None:
    (loss,) = lost.losses(run(replace(BOX, env={"TOKEN": "hush" * 200})), None, None)
    assert "hush" not in repr(loss)


def test_the_limits_are_the_models() -> None:
    session = botocore.session.get_session()
    model = session.get_service_model("sagemaker")
    runtime = session.get_service_model("sagemaker-runtime")
    most = {name: model.shape_for(name).metadata["max"] for name in (
        "TrainingEnvironmentValue", "EnvironmentValue", "HyperParameterValue", "HyperParameters", "InputDataConfig",
        "TrainingEnvironmentMap", "MetricDefinitionList", "MetricRegex",
        "WaitIntervalInSeconds", "TerminationWaitInSeconds", "ProductionVariantVolumeSizeInGB",
    )}  # fmt: skip
    assert most["TrainingEnvironmentValue"] == train_losses.VALUE
    assert most["EnvironmentValue"] == lost.SERVING_VALUE
    assert most["HyperParameterValue"] == train_losses.PARAMETER_VALUE
    assert most["HyperParameters"] == train_losses.PARAMETERS
    assert most["TrainingEnvironmentMap"] == lost.ENTRIES
    assert most["InputDataConfig"] == train_losses.CHANNELS
    assert (most["MetricDefinitionList"], most["MetricRegex"]) == (train_losses.METRICS, train_losses.PATTERN)
    assert most["WaitIntervalInSeconds"] == most["TerminationWaitInSeconds"] == lost.WAIT.total_seconds()
    assert most["ProductionVariantVolumeSizeInGB"] == lost.disks.LARGEST_SERVING_VOLUME_GIB
    assert runtime.shape_for("BodyBlob").metadata["max"] == lost.BODY


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ({"team": "growth", "motto": "Größe 日本"}, ""),
        ({f"t{n}": "" for n in range(45)}, ""),
        ({f"t{n}": "" for n in range(46)}, "takes 50 tags"),
        ({"motto": "a" * 256}, ""),
        ({"AWS:motto": "x"}, "AWS's own"),
        ({"motto": "🚀" * 36}, ""),
        ({"motto": "🚀" * 37}, "motto is too long"),  # each goes there as seven characters
    ],
)
def test_tags_that_sagemaker_would_refuse_are_refused_before(said: dict[str, str], lost: str) -> None:
    for losses in (found(run(tags=said)), found(w=replace(want(), tags=said))):
        assert ("tags" in losses) is bool(lost)
        assert not lost or (lost in losses["tags"].reason and losses["tags"].fatal)
        assert len(tagging.escaped(said.get("motto", ""))) <= tagging.LONGEST_VALUE or lost


def test_what_a_configuration_carries_with_the_most_tags_is_what_sagemaker_takes() -> None:
    wish = replace(want(), tags={f"t{n}": "" for n in range(tagging.MOST - tagging.OUR_TAGS)})
    seats = (replace(wish.versions[0], slot="a"), replace(wish.versions[0], slot="b"))
    plan = serve_request.Plan("e", "sha256:1", {"a": 1, "b": 1}, {"a": 1, "b": 1})
    made = serve_request.config(replace(wish, versions=seats), plan, Ground("eu-west-1", "role"))
    assert len({tag["Key"] for tag in made["Tags"]} | {marks.MARK_TAG}) == tagging.MOST
