"""`deploy train run --detach` as a whole process, against the same job through AWS's own high-level SDK (ModelTrainer).

Both submit the same script to the same emulated account, in turns; with no latency, and with 60 ms a call. The SDK is told not
to check the role (SAGEMAKER_VALIDATE_ROLE), to send no telemetry, and which bucket is the default one: so it does less.
"""

from __future__ import annotations

import os
import statistics
import sys

from benchmarks.aws_ground import BUCKET, LATENCY, ROLE, Ground, ground
from benchmarks.serving import python_of, say
from benchmarks.serving_peers import Peer

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PEER = Peer("sagemaker 3.27", (), "", "", ("sagemaker==3.27.0",))
QUIET = "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"
PROGRAM = f"""\
import sys
from sagemaker.core.helper.session_helper import Session
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, SourceCode, StoppingCondition
number = sys.argv[1]
trainer = ModelTrainer(
    training_image="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2",
    role="{ROLE}",
    sagemaker_session=Session(default_bucket="{BUCKET}"),
    base_job_name="peer",
    source_code=SourceCode(source_dir="training", command="python train.py --factor " + number),
    compute=Compute(instance_type="ml.c7i.large", instance_count=1, volume_size_in_gb=30),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
)
trainer.train(wait=False, logs=False)
"""


def figures() -> list[tuple[str, str, str]]:
    python = python_of(PEER)
    if python is None:
        return [("train run --detach", "its peer cannot be installed here", "")]
    rows = []
    with ground() as here:
        (here.folder / "quiet.yaml").write_text(QUIET)
        for latency in (0.0, LATENCY):
            here.proxy.latency = latency
            rows += _compared(here, str(python), latency)
    return rows


def _compared(here: Ground, python: str, latency: float) -> list[tuple[str, str, str]]:
    ours, theirs, calls = [], [], {}
    settings = {
        "SAGEMAKER_VALIDATE_ROLE": "false",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(here.folder / "quiet.yaml"),
    }
    for turn in range(ROUNDS + 1):
        number = str(1000 + turn + (100 if latency else 0))
        took, mine, _ = here.deploy("train", "run", "--detach", "--yes", "--set", f"train.parameters.factor={number}")
        peers, other, _ = here.timed(["env", *(f"{k}={v}" for k, v in settings.items()), python, "-c", PROGRAM, number])
        if turn:  # the first is the warm-up
            ours.append(took)
            theirs.append(peers)
        calls = {"ours": len(mine), "theirs": len(other)}
        for name, made in (("ours", mine), ("theirs", other)):
            assert any(call.operation == "CreateTrainingJob" for call in made), name
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    what = f"train run --detach, {latency * 1000:.0f} ms a call"
    return [
        (what, f"{statistics.median(ours):.2f} s, {calls['ours']} calls, {ratio:.2f} x", "goal 0.5 x ModelTrainer"),
        ("  the same by ModelTrainer", f"{statistics.median(theirs):.2f} s, {calls['theirs']} calls", "-"),
    ]


if __name__ == "__main__":
    say(f"Python {sys.version.split()[0]}")
    for row in figures():
        print(*row, sep="  |  ")
