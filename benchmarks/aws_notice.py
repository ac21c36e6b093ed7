"""How long after an endpoint is in service `up` notices it, with the default polling, and what an hour of waiting costs in calls.

The emulator is slowed down until coming into service takes a good minute, so that the pauses have grown to their longest. The
moment is seen by asking the emulator itself, past the proxy, every 20 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections import Counter

from benchmarks.aws_ground import Ground, ground
from tests.faults.calls import Call

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SLOW, FAST = 0.5, 600  # speeds of the emulator


def figures() -> list[tuple[str, str, str]]:
    with ground(speed=FAST) as here:
        here.deploy("train", "run", "--yes")
        rounds = [_round(here) for _ in range(ROUNDS)]
    late = [one[0] for one in rounds]
    calls = [one[1] for one in rounds]
    an_hour = statistics.median(sum(one.values()) for one in calls)
    most = ", ".join(f"{name} {count:.0f}" for name, count in calls[-1].most_common(4))
    return [
        (
            "from InService to noticed, after a minute of waiting",
            f"{statistics.median(late):.1f} s, at most {max(late):.1f} s in {ROUNDS}",
            "goal 5 s",
        ),
        ("an hour of such waiting", f"{an_hour:,.0f} calls ({most})", "-"),
    ]


def _round(here: Ground) -> tuple[float, Counter[str]]:
    """Seconds until it was noticed, and the calls of an hour by name."""
    sagemaker = here.emulator.client("sagemaker")
    here.emulator.control("speed", speed=SLOW)
    since = len(here.proxy.calls)
    waits = subprocess.Popen(
        ["deploy", "up", "--yes"],
        cwd=here.folder,
        env=here.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    ready = _in_service(sagemaker)
    here.emulator.control("speed", speed=FAST)
    _, said = waits.communicate(timeout=120)
    if waits.returncode:
        raise RuntimeError(said)
    calls = here.proxy.calls[since:]
    noticed = next(call.at for call in calls if call.operation == "DescribeEndpoint" and call.at > ready)
    here.deploy("down", "--yes")
    return noticed - ready, _an_hour(calls, ready)


def _in_service(sagemaker: object) -> float:
    while True:
        try:
            if sagemaker.describe_endpoint(EndpointName="tiny")["EndpointStatus"] == "InService":  # type: ignore[attr-defined]
                return time.monotonic()
        except Exception as error:
            if "Could not find" not in str(error):
                raise
        time.sleep(0.02)


def _an_hour(calls: list[Call], ready: float) -> Counter[str]:
    """From the last 40 seconds of waiting, when the pauses are at their longest."""
    span = 40.0
    seen = Counter(call.operation for call in calls if ready - span < call.at < ready)
    return Counter({name: round(count * 3600 / span) for name, count in seen.items()})


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
