"""The status of a project with 1,000 training jobs, at 60 ms a call, against a boto3 program that lists the same jobs.

The jobs really were jobs of the emulated account; their claims, ends and ledger entries are written by the engine's own modules.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.aws_ground import LATENCY, ROLE, Ground, ground
from tradewind import spec
from tradewind.engine import claims, ledger, packs
from tradewind.engine.claims import Attempt
from tradewind.engine.open import Work, open_session
from tradewind.engine.session import Session

JOBS = 1000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PEER = """\
import boto3
pages = boto3.client("sagemaker").get_paginator("list_training_jobs").paginate(PaginationConfig={"PageSize": 100})
print(sum(len(page["TrainingJobSummaries"]) for page in pages))
"""


def figures() -> list[tuple[str, str, str]]:
    with ground(speed=6000) as here:
        os.environ["AWS_ENDPOINT_URL"] = here.emulator.url
        session = _session(here)
        names = [attempt.name for attempt in _filled(here, session)]
        here.proxy.latency = LATENCY
        os.environ["AWS_ENDPOINT_URL"] = here.proxy.url
        rows = [_provider(here, _session(here), names)]
        for words in (("train", "status"), ("status",)):
            rows.append(_command(here, *words))
        theirs = [here.timed([sys.executable, "-c", PEER]) for _ in range(ROUNDS)]
    rows.append(
        ("  listing them by boto3", f"{statistics.median(t[0] for t in theirs):.2f} s, {len(theirs[0][1])} calls", "-")
    )
    return rows


def _provider(here: Ground, session: Session, names: list[str]) -> tuple[str, str, str]:
    """The one call of the provider, without process and store."""
    taken = []
    for _ in range(ROUNDS + 1):
        since, began = len(here.proxy.calls), time.perf_counter()
        found = session.provider.trainer().status(names)
        taken.append(time.perf_counter() - began)
        assert len(found) == JOBS
    calls = len(here.proxy.calls) - since
    said = f"{statistics.median(taken[1:]):.2f} s, {calls} calls"
    return f"state of {JOBS:,} jobs, asked of the provider, 60 ms a call", said, "goal 1 s"


def _command(here: Ground, *words: str) -> tuple[str, str, str]:
    runs = [here.deploy(*words, "--output", "json") for _ in range(ROUNDS + 1)][1:]
    seconds = statistics.median(took for took, _, _ in runs)
    return f"deploy {' '.join(words)}, {JOBS:,} jobs", f"{seconds:.2f} s, {len(runs[0][1])} calls", "goal 1 s"


def _session(here: Ground) -> Session:
    file = here.folder / "deploy.yaml"
    return open_session(Work(spec.load(file, environ=os.environ), file))


def _filled(here: Ground, session: Session) -> list[Attempt]:
    digests = [f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}" for number in range(JOBS)]
    client = here.emulator.client("sagemaker")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda digest: claims.claim(session, digest), digests))
        list(pool.map(lambda attempt: client.create_training_job(**_job(attempt)), made))
    while client.list_training_jobs(StatusEquals="InProgress", MaxResults=1)["TrainingJobSummaries"]:
        time.sleep(0.2)
    seen = session.provider.trainer().status([attempt.name for attempt in made])
    book = ledger.of(session)
    for number, attempt in enumerate(made, 1):
        book.append(ledger.Entry("trained", attempt.name, digest=attempt.digest))
        model = f"{session.store.uri}/outputs/{attempt.name}"
        claims.finish(session, attempt, "succeeded", model=model, how=seen[attempt.name])
        if number % packs.ENOUGH == 0:  # as `engine.runs` does
            claims.pack(session)
    return made


def _job(attempt: Attempt) -> dict[str, object]:
    return {
        "TrainingJobName": attempt.name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/true"],
        },
        "Environment": {"TW_RUN_DIGEST": attempt.digest},
        "OutputDataConfig": {"S3OutputPath": "s3://work/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
