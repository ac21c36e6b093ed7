"""SageMaker through us, on the emulated account: submitting, a no-op, a thousand jobs, noticing, a rollout under load.

BENCH_ROUNDS and BENCH_REQUESTS make it short, to see that it runs.
"""

from __future__ import annotations

from benchmarks import aws_noop, aws_notice, aws_rollout, aws_status, aws_submit


def figures() -> list[tuple[str, str, str]]:
    parts = (aws_submit, aws_noop, aws_status, aws_notice, aws_rollout)
    return [row for part in parts for row in part.figures()]


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
