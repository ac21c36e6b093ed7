"""`kill -9` of the real command at its calls to AWS, before or after the service got them: the same command then converges.

The points are the calls that change something, counted by the proxy, not guessed. CI kills at a few of them, spread over the
whole way; TRADEWIND_EVERY_KILL=1 at every one from the first on, before and after.
"""

from __future__ import annotations

import os
import signal
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
from fakes.project import Project

from tests.faults import aws_project
from tests.faults.account import Account
from tests.faults.plans import KillAt
from tests.faults.proxy import Proxy

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]
When = Literal["before", "after"]
EVERY = int(os.environ.get("TRADEWIND_EVERY_KILL", "0"))  # from which point on
PATIENCE = 600.0  # seconds for one command, on a machine that has much else to do
SAMPLED: dict[str, tuple[tuple[int, When], ...]] = {  # of about 19, 21 and 12 calls that change something
    "up": ((7, "after"), (14, "before")),  # the run is told; the endpoint is about to be made
    "rollout": ((14, "before"), (18, "after")),  # the update is about to begin; what is left over is being swept
    "down": ((5, "after"),),
}


class Walk:
    """One project after the other, each killed once on its way and then brought to its end."""

    def __init__(self, proxy: Proxy, account: Account, folder: Path, verb: str) -> None:
        self.proxy = proxy
        self.account = account
        self.folder = folder
        self.verb = verb
        self.name = ""
        self._names = (f"{verb}-{number}-x" for number in count(1))

    def killed(self, point: int, when: When) -> bool:
        """False where the way was shorter this time: how often a state is seen on it differs."""
        project, words = self._begin()
        kill = KillAt(point, when)
        self.proxy.plan = kill
        process = project.start(*words)
        kill.victim = process.pid
        out, err = process.communicate(timeout=PATIENCE)
        self.proxy.plan = None
        at = f"{self.verb} killed {when} {kill.struck} (write {point})"
        print(at)
        assert process.returncode == (-signal.SIGKILL if kill.struck else 0), (at, out, err)
        again = project.deploy(*words, timeout=PATIENCE)
        assert again.code == 0, (at, again)
        self._check(project, at)
        self._end(project)
        return kill.struck is not None

    def _begin(self) -> tuple[Project, tuple[str, ...]]:
        self.name = name = next(self._names)
        project = aws_project.tiny(self.folder / name, self.proxy.url, name)
        if self.verb == "up":
            return project, ("up", "--yes")
        assert project.deploy("up", "--yes", timeout=PATIENCE).code == 0
        return project, ("down", "--yes") if self.verb == "down" else (
            "up", "--yes", "--set", "train.parameters.factor=3",
        )  # fmt: skip

    def _check(self, project: Project, at: str) -> None:
        if self.verb == "down":
            assert self.account.left(self.name) == {}, at
            return
        runs = 1 if self.verb == "up" else 2
        assert list(self.account.jobs(self.name).values()) == ["Completed"] * runs, at
        assert self.account.endpoints(self.name) == {self.name: "InService"}, at
        assert (len(self.account.configs(self.name)), len(self.account.models(self.name))) == (1, 1), at
        assert project.ask([1.0]) == [float(runs + 1)], at
        told = project.deploy("history", "--output", "json").json["entries"]
        done = [one["what"] for one in told if one["outcome"] == "done"]
        assert sorted(done) == sorted(["rolled_out", "trained"] * runs), (at, told)

    def _end(self, project: Project) -> None:
        done = project.deploy("down", "--yes", timeout=PATIENCE)
        assert done.code == 0, done
        assert self.account.left(self.name) == {}


@pytest.fixture(params=list(SAMPLED))
def walk(request: pytest.FixtureRequest, proxy: Proxy, account: Account, tmp_path: Path) -> Walk:
    return Walk(proxy, account, tmp_path, request.param)


@pytest.mark.skipif(EVERY, reason="every point is gone through")
def test_killed_at_some_of_its_calls(walk: Walk) -> None:
    for point, when in SAMPLED[walk.verb]:
        assert walk.killed(point, when)


@pytest.mark.skipif(not EVERY, reason="takes long: TRADEWIND_EVERY_KILL=1")
def test_killed_at_each_of_its_calls(walk: Walk) -> None:
    for point in count(EVERY):
        struck = [walk.killed(point, when) for when in ("before", "after")]
        if not any(struck):
            break
    print(f"{walk.verb}: killed at {point - 1} calls, before and after each")
    assert point > 10
