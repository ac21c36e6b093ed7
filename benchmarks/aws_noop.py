"""`deploy up` where nothing is to be done, at 60 ms a call, against a boto3 program that makes the very same calls."""

from __future__ import annotations

import os
import statistics
import sys

from benchmarks.aws_ground import BUCKET, LATENCY, ground

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
PEER = f"""\
import boto3
sagemaker, s3, scaling = boto3.client("sagemaker"), boto3.client("s3"), boto3.client("application-autoscaling")
endpoint = sagemaker.describe_endpoint(EndpointName="tiny")
sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])
scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=["endpoint/tiny/variant/a"])
config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
for prefix in ("ledger/", "runs/"):
    found = s3.list_objects_v2(Bucket="{BUCKET}", Prefix="root/tiny/default/" + prefix)["Contents"]
    s3.get_object(Bucket="{BUCKET}", Key=found[-1]["Key"])["Body"].read()
"""


def figures() -> list[tuple[str, str, str]]:
    with ground() as here:
        here.deploy("up", "--yes")
        here.proxy.latency = LATENCY
        ours, theirs = [], []
        for turn in range(ROUNDS + 1):
            took, calls, _ = here.deploy("up", "--yes")
            peer, others, _ = here.timed([sys.executable, "-c", PEER])
            if turn:  # the first is the warm-up
                ours.append(took)
                theirs.append(peer)
    assert not any(call.writes for call in calls)
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    said = ", ".join(f"{call.service}.{call.operation}" for call in calls)
    return [
        (
            "up with nothing to do, 60 ms a call",
            f"{statistics.median(ours):.2f} s, {len(calls)} calls, {ratio:.2f} x",
            f"goal 1 s and 8 calls ({said})",
        ),
        ("  the same calls by boto3", f"{statistics.median(theirs):.2f} s, {len(others)} calls", "-"),
    ]


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
