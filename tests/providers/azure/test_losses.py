"""What Azure ML cannot honour is said before anything is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tradewind.providers.azure import losses as lost
from tradewind.spec.clouds.azure import AzureServe, AzureTrain
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Policy, Run, Serving, Version, Wanted

F4 = Machine("Standard_F4s_v2", 4, 8)  # with a temporary disk of 32 GiB
D4 = Machine("Standard_D4s_v5", 4, 16)  # without one, and not among the sizes that serve
T4 = Machine("Standard_NC4as_T4_v3", 4, 28, "T4", 1)
AMD = Machine("Standard_ND96isr_MI300X_v5", 96, 1850, "MI300X", 8)
OWN = "acme.azurecr.io/app:1"
CURATED = "azureml://registries/azureml/environments/{}/labels/latest"
SKLEARN = CURATED.format("sklearn-1.5")
BOX = Container(SKLEARN, F4, Hardware(cpus=2))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HANDLED = Serving(handler="serve.py")
VAULT = "https://v.vault.azure.net/secrets/token"


def run(box: Container = BOX, **more: object) -> Run:
    plain = Run("j", "sha256:1", box, ("python", "t.py"), {}, {}, "az://c/out", None, HOUR)
    return replace(plain, **more)  # type: ignore[arg-type]  # the test's own words


def want(box: Container = BOX, mirror: dict[str, int] | None = None, **more: object) -> Wanted:
    version = Version("a", "sha256:1", box, Artifact("az://c/m", "sha256:2"), HANDLED)
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
        policy("canary", 10, probe="probe.json"),
    ],
)
def test_every_rollout_runs_by_shares_and_a_version_without_any_can_be_asked(asked: Policy) -> None:
    assert found(p=asked) == {}


@pytest.mark.parametrize(
    "asked",
    [
        run(nodes=8, launcher="torchrun", max_runtime=21 * DAY),
        run(launcher="mpi", nodes=100),
        run(spot=True, checkpoint="az://c/k", max_runtime=7 * DAY),
        run(inputs={"x": Artifact("az://c/x", "sha256:3")}, streams=frozenset({"x"})),
        run(inputs={f"x{n}": Artifact("az://c@account/x", "sha256:3") for n in range(198)}),
        run(parameters={f"p{n}": "a" * 5000 for n in range(200)}),
        run(box(secrets={"TOKEN": VAULT, "OTHER": "token", "HERE": "env:HERE"})),
        run(box(hardware=Hardware(disk_gib=32))),
        run(box(image="pytorch/pytorch:2.6.0")),
        run(box(image="ghcr.io/me/app:1")),
        run(box(machine=T4, hardware=Hardware(gpus=(("T4", 1),)), options=AzureTrain(priority="high"))),
        run(box(options=AzureTrain(compute="mine", vm_size="Standard_D4s_v5"))),
        run(box(env={"MLFLOW_TRACKING_URI": "http://mine", "AZUREML_COMPUTE_USE_COMMON_RUNTIME": "true"})),
        run(box(python="3.12", options=AzureTrain(environment="mine:3"))),
        run(tags={f"t{n}": "x" * 256 for n in range(46)}),
    ],
)
def test_jobs_that_run_as_they_are(asked: Run) -> None:
    assert found(asked) == {}


@pytest.mark.parametrize(
    ("asked", "path", "fatal", "told"),
    [
        (run(spot=True), "train.spot", False, "begins anew"),
        (run(box(options=AzureTrain(compute="c", vm_size="Standard_F4s_v2")), spot=True, checkpoint="az://c/k"),
         "train.spot", False, "at their price"),
        (run(box(options=AzureTrain(compute="c"))), "train.hardware", False, "azure.train.vm_size"),
        (run(spot=True, checkpoint="az://c/k", max_runtime=8 * DAY), "train.max_runtime", False, "7d"),
        (run(max_runtime=22 * DAY), "train.max_runtime", False, "21d"),
        (run(spot=True, checkpoint="az://c/k", max_runtime=22 * DAY), "train.max_runtime", False, "7d"),
        (run(nodes=101, launcher="mpi"), "train.nodes", True, "100 nodes"),
        (run(inputs={f"x{n}": Artifact("az://c/x", "sha256:3") for n in range(199)}), "train.inputs", True, "198"),
        (run(inputs={"x": Artifact("s3://b/x", "sha256:3")}), "train.inputs.x", True, "not s3://"),
        (run(checkpoint="gs://b/k"), "train.checkpoint.uri", True, "not gs://"),
        (run(box(env={"MASTER_ADDR": "x"})), "train.env.MASTER_ADDR", True, "sets this variable itself"),
        (run(box(secrets={"AZUREML_RUN_TOKEN": VAULT})), "secrets", True, "sets this variable itself"),
        (run(box(secrets={"T": "ssm:/token"})), "secrets", True, "not to AWS"),
        (run(box(secrets={"T": "arn:aws:secretsmanager:eu-west-1:1:secret:x"})), "secrets", True, "not to AWS"),
        (run(box(secrets={"T": "projects/p/secrets/token"})), "secrets", True, "not to Google Cloud"),
        (run(box(hardware=Hardware(disk_gib=33))), "train.hardware.disk", True, "own disk of 32 GiB"),
        (run(box(machine=D4, hardware=Hardware(disk_gib=33))), "train.hardware.disk", False, "operating system"),
        (run(box(hardware=Hardware(gpus=(("TPU-V5E", 1),)))), "train.hardware.gpu", True, "no Azure ML machine"),
        (run(box(machine=AMD, options=AzureTrain(vm_size=AMD.id))), "azure.train.vm_size", False, "not portable"),
        (run(box(image="123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1")), "train.image", True, "Amazon's is never"),
        (run(box(image="europe-docker.pkg.dev/p/r/x:1")), "train.image", False, "or not at all"),
        (run(box(image=OWN, options=AzureTrain(environment="mine:3"))), "train.image", False, "registered"),
        (run(box(python="3.12")), "runtime.python", False, "Python 3.10 runs it"),
        (run(tags={f"t{n}": "" for n in range(47)}), "tags", True, "50 tags"),
        (run(tags={"t" * 101: ""}), "tags", True, "at most 100"),
        (run(tags={"t/" * 30: ""}), "tags", True, "at most 100"),
        (run(tags={"t": "x" * 257}), "tags", True, "at most 256"),
        (run(tags={"Team": "x", "team": "y"}), "tags", True, "Team, team"),
    ],
)  # fmt: skip
def test_what_a_job_loses(asked: Run, path: str, fatal: bool, told: str) -> None:
    losses = found(asked)
    assert set(losses) == {path}
    assert losses[path].fatal == fatal
    assert told in f"{losses[path].reason} {losses[path].instead}"
    assert losses[path].instead or fatal


@pytest.mark.parametrize(
    ("asked", "path", "fatal", "told"),
    [
        (want(min=0), "serve.replicas.min", False, "one replica stays"),
        (want(max=51), "serve.replicas.max", False, "50 instances"),
        (want(max=4, target=8), "serve.replicas.target.concurrency", False, "the use of CPUs, 70 %"),
        (want(max=4, target=8, scale_on={"cpu": 0.5, "requests": 60}), "serve.replicas.target.concurrency", False,
         "they follow `cpu` and `requests`"),
        (want(max=4, scale_on={"gpu": 0.5}), "serve.replicas.target.gpu", True, "has no GPU"),
        (want(max=4, cooldown=timedelta(seconds=59)), "serve.replicas.target.cooldown", False, "1m"),
        (want(max=4, cooldown=8 * DAY), "serve.replicas.target.cooldown", False, "7d"),
        (want(serving=replace(HANDLED, timeout=timedelta(seconds=181))), "serve.request.timeout", False, "3m"),
        (want(box(options=AzureServe(max_queue_wait=MINUTE))), "azure.serve.max_queue_wait", False, "deprecated"),
        (want(mirror={"b": 51}), "serve.rollout.mirror", False, "50 %"),
        (want(mirror={"a": 10}), "serve.rollout.mirror", True, "without traffic"),
        (want(mirror={"b": 10, "c": 10}), "serve.rollout.mirror", True, "one version"),
        (want(box(env={"AZUREML_MODEL_DIR": "/x"})), "serve.env.AZUREML_MODEL_DIR", True, ""),
        (want(box(machine=D4, options=AzureServe(vm_size=D4.id))), "azure.serve.vm_size", False, "may refuse"),
        (want(box(machine=AMD, options=AzureServe(vm_size=AMD.id))), "azure.serve.vm_size", False, ""),
        (want(model=Artifact("s3://b/m", "sha256:2")), "serve.model", True, "not s3://"),
        (want(model=Artifact("hf:org/name", "sha256:2")), "serve.model", True, "Hugging Face Hub"),
        (want(box(image=OWN)), "serve.image", False, "azureml-inference-server-http"),
        (want(box(image=CURATED.format("tensorflow-2.16-cuda12")), serving=Serving(framework="tensorflow")),
         "serve.framework", True, "a model of tensorflow"),
        (want(serving=Serving()), "serve.framework", True, "by itself"),
        (want(box(image=OWN, requirements="r.txt"), serving=Serving()), "runtime.requirements", False, "what it has"),
        (want(box(image=OWN, secrets={"A": VAULT}), serving=Serving()), "secrets", False, "runs without"),
        (want(box(python="3.12")), "runtime.python", False, "Python 3.10 runs it"),
    ],
)  # fmt: skip
def test_what_an_endpoint_loses(asked: Wanted, path: str, fatal: bool, told: str) -> None:
    losses = found(w=asked)
    assert set(losses) == {path}
    assert losses[path].fatal == fatal
    assert told in f"{losses[path].reason} {losses[path].instead}"
    assert losses[path].instead or fatal


@pytest.mark.parametrize(
    "asked",
    [
        want(min=1, max=50, scale_on={"requests": 600}),
        want(max=4, scale_on={"cpu": 0.8}, cooldown=MINUTE),
        want(box(machine=T4, image=CURATED.format("acpt-pytorch-2.8-cuda12.6")), max=4, scale_on={"gpu": 0.5}),
        want(serving=Serving(framework="sklearn")),
        want(box(requirements="r.txt", secrets={"A": VAULT})),
        want(serving=replace(HANDLED, timeout=timedelta(seconds=180), max_body=10**9, startup_timeout=3 * HOUR)),
        want(box(image=OWN), serving=Serving()),
        want(box(image=OWN, options=AzureServe(app_insights=True)), serving=Serving()),
        want(mirror={"b": 50}),
        want(mirror={"a": 0}),
        want(box(image="")),  # none was found, which the plan says by itself
        want(box(hardware=Hardware(disk_gib=20))),
    ],
)
def test_endpoints_that_answer_as_they_are(asked: Wanted) -> None:
    assert found(w=asked) == {}


def test_a_registered_environment_is_what_runs() -> None:
    named = AzureServe(environment="mine:3")
    assert found(w=want(box(python="3.12", options=named))) == {}
    assert set(found(w=want(box(image=OWN, options=named)))) == {"serve.image"}


def test_what_is_not_known_yet_is_no_loss() -> None:
    assert found(run(checkpoint="pending:/c"), want(model=Artifact("", "sha256:2"))) == {}


def test_a_named_size_is_not_measured_by_the_need() -> None:
    named = box(hardware=Hardware(cpus=9000), options=AzureTrain(vm_size="Standard_F4s_v2"))
    assert found(run(named)) == {}
    assert "train.hardware.cpus" in found(run(box(hardware=Hardware(cpus=9000))))


def test_no_value_of_the_environment_is_told() -> None:
    (loss,) = lost.losses(run(box(env={"MASTER_ADDR": "hush"})), None, None)
    assert "hush" not in repr(loss)
