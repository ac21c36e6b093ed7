"""Real processes; whatever a test leaves behind is ended, and named, when it is over."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from fakes import replica

from tradewind.host.endpoints import Endpoints
from tradewind.host.jobs import Job, Jobs
from tradewind.host.prepare import Preparation
from tradewind.host.processes import MARK
from tradewind.host.wish import Fleet, Sight, Wish

T = TypeVar("T")
SCRIPT = str(Path(replica.__file__))


def until(look: Callable[[], T], what: str = "", patience: float = 30.0) -> T:
    """The first true answer of `look`."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"did not come about: {what}, last {found!r}"
        time.sleep(0.02)
    return found


def family(root: Path) -> list[psutil.Process]:
    """Every process that was started for something below `root`."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            said = process.environ().get(MARK, "") + " ".join(process.cmdline())
            if str(root) in said:
                found.append(process)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    folder.mkdir()
    yield folder
    for process in family(folder):
        with contextlib.suppress(psutil.Error):
            process.kill()


class JobMaker:
    """Jobs of a shell script, without bootstrap."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobs = Jobs(root / "jobs")
        self.out = root / "out"

    def __call__(self, name: str, script: str, **more: object) -> Job:
        said: dict[str, object] = {
            "name": name,
            "digest": f"sha256:{name}",
            "argv": ("sh", "-c", script),
            "env": {},
            "places": {"TW_MODEL_DIR": "{job}/work/model"},
            "folders": ("work/model",),
            "preparation": Preparation(),
            "cache": str(self.root),
            "results": {"work/model": f"{self.out.as_uri()}/{name}/model"},
            "max_runtime": 60.0,
            "grace": 0.5,
        }
        return Job(**{**said, **more})  # type: ignore[arg-type]  # the test's own words

    def finish(self, name: str) -> object:
        return until(
            lambda: (s := self.jobs.look(name)) and s.state in ("succeeded", "failed", "stopped") and s,
            f"end of {name}",
        )


@pytest.fixture
def make_job(root: Path) -> JobMaker:
    return JobMaker(root)


class EndpointMaker:
    """Endpoints whose replicas are tests/fakes/replica.py."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.endpoints = Endpoints(root / "endpoints")
        self.secrets: dict[str, dict[str, str]] = {}

    def fleet(self, slot: str = "a", digest: str = "", behaviour: str = "", **more: object) -> Fleet:
        said: dict[str, object] = {
            "slot": slot,
            "digest": digest or f"sha256:{slot}",
            "argv": (sys.executable, "-S", "-E", SCRIPT, "{port}"),
            "env": {"BEHAVIOUR": behaviour, "WHO": digest or slot},
            "grace": 1.0,
            "timeout": 10.0,
            "startup_timeout": 30.0,
        }
        return Fleet(**{**said, **more})  # type: ignore[arg-type]  # the test's own words

    def wish(self, *fleets: Fleet, name: str = "churn", port: int | None = None, **traffic: int) -> Wish:
        return Wish(name, fleets, traffic, cache=str(self.root), port=port)

    def advance(self, wish: Wish) -> Sight:
        return self.endpoints.advance(wish, self.secrets)

    def settle(self, wish: Wish, phase: str = "settled") -> Sight:
        return until(lambda: (s := self.advance(wish)).phase == phase and s, f"{phase} of {wish.name}")

    def down(self, name: str = "churn") -> None:
        self.settle(self.wish(name=name))


@pytest.fixture
def make_endpoint(root: Path) -> EndpointMaker:
    return EndpointMaker(root)
