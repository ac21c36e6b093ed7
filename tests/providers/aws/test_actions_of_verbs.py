"""Every command in its turn, on an emulated account: each calls what the table allows to its verbs, and no row is idle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fakes.shell import deploy

from tests.providers.aws.recording import recorded
from tests.sandbox.emulator import Emulator
from tradewind.providers.aws import actions
from tradewind.providers.aws.actions import ROWS, Verb
from tradewind.providers.aws.preflight import checking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

TRAIN = "import os; print('training'); open(os.path.join(os.environ['TW_MODEL_DIR'], 'weights.txt'), 'w').write('{answer}')\n"
SERVE = """
def load(folder):
    answer = "{answer}"
    if answer == "broken":
        raise ValueError("this is no model")
    return answer

def predict(model, inputs):
    return [model for _ in inputs]
"""
SPEC = """
name: churn
provider: aws
foundation: {{root: s3://work/ml, identities: {{runtime: "arn:aws:iam::123456789012:role/trainer"}}}}
train:
  source: training/
  command: python train.py
  inputs: {{data: data}}
  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1
serve:
  model: train
  handler: serve.py
  framework: sklearn
  replicas: {{min: 1, max: 2, target: {{concurrency: 4}}}}
  rollout: {{strategy: canary, steps: [20], bake: 1m, min_requests: 0, keep: 0s, probe: ask.json, abort_if: {{error_rate: 5%}}}}
accept: {{aws: [serve.rollout.probe]}}
aws:
  region: us-east-1
  endpoint_url: {url}
  train: {{instance_type: ml.m5.large}}
  serve: {{instance_type: ml.m5.xlarge}}
"""

# What each command is, in the table's verbs.
VERBS: Mapping[str, tuple[Verb, ...]] = {
    "doctor": ("plan", "preflight"),
    "plan": ("plan", "preflight"),
    "train run": ("plan", "train", "logs"),
    "train status": ("status",),
    "train list": ("status",),
    "train logs": ("logs",),
    "train stop": ("train", "status"),
    "train download": ("status",),
    "up": ("plan", "preflight", "train", "serve", "logs"),
    "status": ("status",),
    "history": ("status",),
    "endpoint list": ("status",),
    "endpoint status": ("status",),
    "endpoint connect": ("status",),
    "endpoint invoke": ("invoke",),
    "endpoint logs": ("logs",),
    "endpoint rollback": ("plan", "serve"),
    "endpoint guard": ("plan", "serve"),
    "down": ("down",),
}
INSIDE = frozenset(actions.IDENTITIES["runtime"])  # called in containers, not by commands
SWEEPS: tuple[Verb, ...] = ("status", "down")
# What this life has no occasion for.
IDLE: Mapping[tuple[str, Verb], str] = {
    ("s3:AbortMultipartUpload", "train"): "an upload breaks off",
    ("s3:GetBucketLocation", "preflight"): "HeadBucket leaves the region out",
    ("servicequotas:ListAWSDefaultServiceQuotas", "preflight"): "a quota is not in the account's own list",
    ("sagemaker:UpdateTrainingJob", "down"): "a warm pool, which the emulated account does not have",
    ("cloudwatch:SetAlarmState", "serve"): "a deployment is given up while it is under way",
    ("cloudwatch:SetAlarmState", "down"): "likewise",
    **{
        (f"sagemaker:List{kind}", verb): "Search may not be asked"
        for kind in ("Endpoints", "TrainingJobs")
        for verb in SWEEPS
    },
    ("cloudwatch:GetMetricData", "serve"): "the engine, and not SageMaker, judges a rollout",
    ("cloudwatch:GetMetricData", "preflight"): "a quota names the metric of its use; emulated ones do not",
    ("logs:DeleteLogGroup", "serve"): "a first version is interrupted; one that failed keeps its log",
}


@dataclass
class Life:
    """A project in an account of its own; which calls each command made."""

    folder: Path
    calls: dict[str, set[str]] = field(default_factory=dict)

    def deploy(self, *words: str, code: int = 0) -> str:
        command = " ".join(words[:2]) if " ".join(words[:2]) in VERBS else words[0]
        with recorded() as record:
            said = deploy(*words)
        assert said.code == code, f"deploy {' '.join(words)}\n{said.out}\n{said.err}"
        self.calls.setdefault(command, set()).update(record.calls)
        return said.out

    def write(self, answer: str) -> None:
        (self.folder / "training").mkdir(exist_ok=True)
        (self.folder / "training" / "train.py").write_text(TRAIN.format(answer=answer))
        (self.folder / "serve.py").write_text(SERVE.format(answer=answer))


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("project")
    emulator = Emulator(tmp_path_factory.mktemp("aws") / "account")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        for name, value in {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"}.items():
            patch.setenv(name, value)
        patch.setenv("TRADEWIND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(checking, "PATIENCE", 120.0)  # however busy this machine is
        patch.chdir(folder)
        emulator.start("--speed", "600", "--grace", "5")
        emulator.furnish()
        emulator.client("ecr").create_repository(repositoryName="own")
        (folder / "deploy.yaml").write_text(SPEC.format(url=emulator.url))
        one = Life(folder)
        _live(one)
        yield one
        emulator.end()
    shutil.rmtree(folder, ignore_errors=True)


def _live(it: Life) -> None:
    ask = json.dumps({"instances": [1]})
    (it.folder / "ask.json").write_text(ask)
    (it.folder / "data").mkdir()
    (it.folder / "data" / "large.bin").write_bytes(bytes(9 * 1024**2))  # more than one request takes
    it.write("broken")
    it.deploy("doctor", code=1)  # the image is not there: a finding, and no reason for the emulator not to train
    it.deploy("plan", "--yes")
    it.deploy("train", "run", "--yes")
    it.deploy("train", "list")
    it.deploy("train", "status")
    it.deploy("train", "logs")
    it.deploy("train", "download", "--to", "there")
    it.deploy("up", "--yes", code=1)  # and is taken away again
    it.write("first")
    it.deploy("up", "--yes")
    it.deploy("plan")
    it.deploy("status")
    for look in ("status", "list", "connect", "logs"):
        it.deploy("endpoint", look)
    assert "first" in it.deploy("endpoint", "invoke", "--data", ask)
    it.deploy("endpoint", "invoke", "--stream", "--data", ask)
    it.write("second")
    it.deploy("up", "--yes")
    assert "second" in it.deploy("endpoint", "invoke", "--data", ask)
    it.deploy("endpoint", "rollback", "--yes")
    one_size = ("--set", "serve.replicas.min=2", "--set", "serve.replicas.target=null")
    it.deploy("up", "--yes", "--release-hold", *one_size)
    by_cpu = ("--set", "serve.replicas.target.concurrency=null", "--set", "serve.replicas.target.cpu=60%")
    it.deploy("up", "--yes")
    it.deploy("up", "--yes", *by_cpu)
    it.deploy("endpoint", "guard")
    it.deploy("history")
    it.deploy("train", "run", "--yes", "--detach", "--set", "train.command=sleep 600")
    it.deploy("train", "stop", "--yes")
    it.deploy("train", "run", "--yes", "--detach", "--set", "train.command=sleep 601")  # still at it when all goes down
    it.deploy("down", "--yes")


@pytest.mark.parametrize("command", sorted(VERBS))
def test_a_command_calls_what_its_verbs_are_allowed(life: Life, command: str) -> None:
    allowed = {call for row in actions.rows(VERBS[command], {"", "autoscaling"}) for call in row.calls}
    assert life.calls[command] <= allowed, f"{command}: no row allows {sorted(life.calls[command] - allowed)}"


def test_no_row_is_idle(life: Life) -> None:
    """What a verb is allowed, some command of that verb calls: nobody is given more than is used."""
    idle = {(row.action, verb) for row in ROWS if row.calls for verb in row.verbs if verb not in INSIDE}
    for row in ROWS:
        for command, verbs in VERBS.items():
            if life.calls[command] & set(row.calls):
                idle -= {(row.action, verb) for verb in verbs}
    assert idle == set(IDLE), f"idle: {sorted(idle - set(IDLE))}; not idle: {sorted(set(IDLE) - idle)}"


def test_every_verb_is_some_command_s(life: Life) -> None:
    assert {verb for verbs in VERBS.values() for verb in verbs} == {verb for row in ROWS for verb in row.verbs} - INSIDE
