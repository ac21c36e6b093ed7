"""What Vertex AI cannot honour is said before anything is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tradewind.providers.gcp import losses as lost
from tradewind.spec.clouds.gcp import GcpServe, GcpTrain
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Policy, Run, Serving, Version, Wanted

N1 = Machine("n1-standard-4", 4, 15)
G2 = Machine("g2-standard-4", 4, 16, "L4", 1)
TPU = Machine("ct5lp-hightpu-4t", 112, 192, "TPU-V5E", 4)
OWN = "europe-west4-docker.pkg.dev/acme/ml/app:1"
SKLEARN = "vertex/prediction/sklearn-cpu.1-6:latest"
BOX = Container(OWN, N1, Hardware(cpus=2))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HANDLED = Serving(handler="serve.py")


def run(box: Container = BOX, **more: object) -> Run:
    plain = Run("j", "sha256:1", box, ("python", "t.py"), {}, {}, "gs://b/out", None, HOUR)
    return replace(plain, **more)  # type: ignore[arg-type]  # the test's own words


def want(box: Container = BOX, mirror: dict[str, int] | None = None, **more: object) -> Wanted:
    version = Version("a", "sha256:1", box, Artifact("gs://b/m", "sha256:2"), HANDLED)
    return Wanted("e", (replace(version, **more),), {"a": 100}, mirror or {})  # type: ignore[arg-type]  # likewise


def box(**more: object) -> Container:
    return replace(BOX, **more)  # type: ignore[arg-type]  # likewise


def policy(strategy: str = "canary", *steps: int, **more: object) -> Policy:
    plain = Policy("canary", steps, 5 * MINUTE, HOUR, 50, DAY, error_rate=0.01, p95=timedelta(seconds=1))
    return replace(plain, strategy=strategy, **more)  # type: ignore[arg-type]  # likewise


def found(r: Run | None = None, w: Wanted | None = None, p: Policy | None = None) -> dict[str, Loss]:
    return {loss.path: loss for loss in lost.losses(r, w, p)}


def test_a_plain_workload_loses_nothing() -> None:
    assert found(run(), want(), policy("canary", 10, 50)) == {}


@pytest.mark.parametrize(
    "asked",
    [
        policy("canary", 1, 2, 3, 99),
        policy("linear", 7, 50),
        policy("blue_green"),
        policy("all_at_once"),
        policy("canary", 10, bake=DAY, max_bake=7 * DAY, keep=30 * DAY),
    ],
)
def test_every_rollout_runs_by_shares(asked: Policy) -> None:
    assert found(p=asked) == {}


def test_a_version_without_traffic_cannot_be_asked() -> None:
    loss = found(p=policy("canary", 10, probe="probe.json"))["serve.rollout.probe"]
    assert not loss.fatal
    assert loss.instead


@pytest.mark.parametrize(
    "asked",
    [
        run(nodes=8, launcher="torchrun", max_runtime=7 * DAY),
        run(launcher="mpi"),
        run(spot=True, checkpoint="gs://b/c"),
        run(box(machine=TPU, options=GcpTrain(machine_type=TPU.id)), spot=True, checkpoint="gs://b/c", nodes=1),
        run(inputs={"x": Artifact("gs://b/x", "sha256:3")}, streams=frozenset({"x"})),
        run(inputs={"x": Artifact("gs://b/x.csv", "sha256:3", single=True)}, streams=frozenset({"x"})),
        run(inputs={f"x{n}": Artifact("gs://b/x", "sha256:3") for n in range(60)}),
        run(parameters={f"p{n}": "a" * 5000 for n in range(200)}),
        run(box(secrets={"TOKEN": "projects/p/secrets/token"})),
        run(box(hardware=Hardware(disk_gib=60_000))),
        run(box(image="pytorch/pytorch:2.6.0")),
        run(box(machine=G2, hardware=Hardware(gpus=(("L4", 1),)), options=GcpTrain(scheduling="flex_start"))),
        run(box(options=GcpTrain(retries=False))),
        run(box(env={f"V{n}": "a" * 9000 for n in range(80)})),
    ],
)
def test_jobs_that_run_as_they_are(asked: Run) -> None:
    assert {path for path in found(asked) if not path.startswith("gcp.train.machine_type")} == set()


@pytest.mark.parametrize(
    ("asked", "path", "fatal"),
    [
        (run(spot=True), "train.spot", False),
        (run(box(options=GcpTrain(persistent_resource="warm")), spot=True, checkpoint="gs://b/c"), "train.spot", False),
        (run(box(machine=TPU, options=GcpTrain(machine_type=TPU.id)), spot=True, checkpoint="gs://b/c", nodes=2),
         "train.spot", True),
        (run(box(options=GcpTrain(scheduling="flex_start")), spot=True, checkpoint="gs://b/c"),
         "gcp.train.scheduling", True),
        (run(box(options=GcpTrain(scheduling="flex_start"))), "gcp.train.scheduling", True),
        (run(box(options=GcpTrain(reservation="r")), spot=True, checkpoint="gs://b/c"), "gcp.train.reservation", True),
        (run(box(options=GcpTrain(retries=False, restart_on_worker_restart=True))),
         "gcp.train.restart_on_worker_restart", False),
        (run(max_runtime=8 * DAY), "train.max_runtime", False),
        (run(box(machine=G2, options=GcpTrain(scheduling="flex_start")), max_runtime=8 * DAY), "train.max_runtime", True),
        (run(nodes=2, launcher="mpi"), "train.launcher", True),
        (run(inputs={"x": Artifact("s3://b/x", "sha256:3")}), "train.inputs.x", True),
        (run(checkpoint="az://b/c"), "train.checkpoint.uri", True),
        (run(box(env={"AIP_MODEL_DIR": "x"})), "train.env.AIP_MODEL_DIR", True),
        (run(box(env={"CLUSTER_SPEC": "x"})), "train.env.CLUSTER_SPEC", True),
        (run(box(secrets={"AIP_KEY": "x"})), "secrets", True),
        (run(box(env={f"V{n}": "" for n in range(81)})), "train.env", True),
        (run(box(hardware=Hardware(disk_gib=70_000))), "train.hardware.disk", True),
        (run(box(hardware=Hardware(gpus=(("MI300X", 1),)))), "train.hardware.gpu", True),
        (run(box(image="ghcr.io/me/app:1")), "train.image", False),
        (run(box(image="vertex/training/sklearn-cpu.1-6:latest")), "train.framework", False),
        (run(box(image=SKLEARN, python="3.12")), "runtime.python", False),
        (run(box(machine=TPU, options=GcpTrain(machine_type=TPU.id))), "gcp.train.machine_type", False),
        (run(tags={f"t{n}": "" for n in range(61)}), "tags", True),
    ],
)  # fmt: skip
def test_what_a_job_loses(asked: Run, path: str, fatal: bool) -> None:
    loss = found(asked)[path]
    assert loss.fatal == fatal
    assert loss.reason
    assert loss.instead or fatal


@pytest.mark.parametrize(
    ("asked", "path", "fatal", "instead"),
    [
        (want(min=0), "serve.replicas.min", False, "one replica stays"),
        (want(max=4, target=8), "serve.replicas.target.concurrency", False, "the use of CPUs, 60 %"),
        (want(box(machine=G2), max=4, target=8), "serve.replicas.target.concurrency", False, "CPUs and GPUs"),
        (want(max=4, scale_on={"gpu": 0.5}), "serve.replicas.target.gpu", True, ""),
        (want(box(machine=G2), max=4, scale_on={"gpu": 0.5}), "serve.replicas.target.gpu", False, "60 % of the CPUs"),
        (want(box(machine=G2), max=4, scale_on={"cpu": 0.5}), "serve.replicas.target.cpu", False, "60 % of the GPUs"),
        (want(max=4, cooldown=MINUTE), "serve.replicas.target.cooldown", False, "its own"),
        (want(serving=replace(HANDLED, timeout=2 * HOUR)), "serve.request.timeout", False, "1h"),
        (want(serving=replace(HANDLED, max_body=10_000_001)), "serve.request.max_body", False, "10 MB"),
        (want(serving=replace(HANDLED, startup_timeout=3 * HOUR)), "serve.startup_timeout", False, "2h"),
        (want(box(hardware=Hardware(disk_gib=200))), "serve.hardware.disk", False, "the machine type"),
        (want(mirror={"b": 10}), "serve.rollout.mirror", False, "nothing is mirrored"),
        (want(box(options=GcpServe(spot=True, reservation="r"))), "gcp.serve.reservation", True, ""),
        (want(box(image="ghcr.io/me/app:1")), "serve.image", True, "docker.pkg.dev"),
        (want(box(image="pytorch/pytorch:2.6.0")), "serve.image", True, "docker.pkg.dev"),
        (want(box(env={"AIP_HTTP_PORT": "1"})), "serve.env.AIP_HTTP_PORT", True, ""),
        (want(model=Artifact("s3://b/m", "sha256:2")), "serve.model", True, ""),
        (want(model=Artifact("hf:org/name", "sha256:2")), "serve.model", True, "framework: vllm"),
        (want(box(requirements="r.txt"), serving=Serving()), "runtime.requirements", False, "it has what it has"),
        (want(box(secrets={"A": "a"}), serving=Serving()), "secrets", False, "it runs without"),
        (want(box(image="vertex/prediction/tf2-cpu.2-15:latest")), "serve.handler", True, "`image:`"),
        (want(box(image=SKLEARN, python="3.12")), "runtime.python", False, "Python 3.10 runs it"),
    ],
)  # fmt: skip
def test_what_an_endpoint_loses(asked: Wanted, path: str, fatal: bool, instead: str) -> None:
    loss = found(w=asked)[path]
    assert loss.fatal == fatal
    assert instead in loss.instead
    assert loss.instead or fatal


@pytest.mark.parametrize(
    "asked",
    [
        want(min=2, max=40, scale_on={"requests": 600}),
        want(max=4, scale_on={"cpu": 0.8}),
        want(box(image=SKLEARN), serving=Serving(framework="sklearn")),
        want(box(requirements="r.txt", secrets={"A": "a"})),
        want(serving=replace(HANDLED, timeout=HOUR, max_body=10_000_000, startup_timeout=2 * HOUR)),
        want(box(env={f"V{n}": "" for n in range(200)} | {"CLUSTER_SPEC": "mine"})),
        want(box(options=GcpServe(spot=True))),
        want(box(options=GcpServe(endpoint="private")), serving=replace(HANDLED, timeout=HOUR, max_body=10_000_000)),
    ],
)
def test_endpoints_that_answer_as_they_are(asked: Wanted) -> None:
    assert found(w=asked) == {}


def test_a_shared_endpoint_takes_less_and_says_which_takes_more() -> None:
    shared = box(options=GcpServe(endpoint="shared"))
    small = replace(HANDLED, max_body=1_500_000, timeout=timedelta(seconds=60))
    assert found(w=want(shared, serving=small)) == {}
    losses = found(w=want(shared, serving=replace(HANDLED, timeout=61 * timedelta(seconds=1))))
    assert set(losses) == {"serve.request.max_body", "serve.request.timeout"}
    assert "1.5 MB" in losses["serve.request.max_body"].reason
    assert all("gcp.serve.endpoint: dedicated" in loss.instead for loss in losses.values())


def test_images_for_language_models_fetch_their_model() -> None:
    vllm = box(image="us-docker.pkg.dev/vertex-ai/vertex-vision-model-garden-dockers/pytorch-vllm-serve:"
               "20251211_0916_RC01_stable", machine=G2)  # fmt: skip
    assert found(w=want(vllm, model=Artifact("hf:org/name", "sha256:2"), serving=Serving(framework="vllm"))) == {}
    assert found(w=want(vllm))["serve.handler"].fatal


def test_what_is_not_known_yet_is_no_loss() -> None:
    assert found(run(checkpoint="pending:/c"), want(model=Artifact("", "sha256:2"))) == {}


def test_a_named_machine_is_not_measured_by_the_need() -> None:
    named = box(hardware=Hardware(cpus=9000), options=GcpTrain(machine_type="n1-standard-4"))
    assert found(run(named)) == {}
    assert "train.hardware.cpus" in found(run(box(hardware=Hardware(cpus=9000))))


def test_no_value_of_the_environment_is_told() -> None:
    (loss,) = lost.losses(run(box(env={"AIP_TOKEN": "hush"})), None, None)
    assert "hush" not in repr(loss)
