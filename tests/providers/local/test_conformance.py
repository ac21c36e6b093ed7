"""Provider local is the reference: it passes the whole suite, with real processes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tradewind.host.files import make_folder, write_json
from tradewind.providers.base import Provider
from tradewind.providers.conformance import Harness, ProviderConformance
from tradewind.providers.conformance.harness import Quality, Work
from tradewind.providers.local.info import LocalInfo
from tradewind.providers.local.paths import here
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Run, Serving, Version

HANDLER = """
import os, time

def load(model_dir):
    if os.environ.get("QUALITY") == "broken":
        raise ValueError("not a model")
    return model_dir

def predict(model, inputs):
    time.sleep(float(os.environ.get("SLOW", "0")))
    return [1.0 for _ in inputs]
"""


class LocalHarness(Harness):
    info = LocalInfo()
    foundation = Foundation("file:///nowhere")
    lines = ("line one", "line two", "naïve line three")
    mirrors = True

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.code = folder / "code"
        self.code.mkdir()
        (self.code / "serve.py").write_text(HANDLER)
        self.model = folder / "model"
        self.model.mkdir()

    def connect(self) -> Provider:
        return self.info.connect(None, self.foundation)

    def container(self, **env: str) -> Container:
        code = Artifact(self.code.as_uri(), "sha256:code")
        return Container("", Machine("local", 1, 1), Hardware(), env=env, code=code)

    def run(self, name: str, digest: str, work: Work = "quick") -> Run:
        script = {
            "quick": "".join(f"echo '{line}'; " for line in self.lines),
            "long": "exec sleep 600",
            "fails": "echo oh no >&2; exit 3",
        }[work]
        output = (self._folder / "out" / name).as_uri()
        hour = timedelta(hours=1)
        return Run(name, digest, self.container(), ("sh", "-c", script), {}, {}, output, None, max_runtime=hour)

    def version(self, slot: str, digest: str, quality: Quality = "good") -> Version:
        serving = Serving(handler="serve.py", startup_timeout=timedelta(seconds=50))
        model = Artifact(self.model.as_uri(), "sha256:model")
        container = self.container(QUALITY=quality, SLOW="0")
        return Version(slot, digest, container, model, serving, 1, 4, target=1, cooldown=timedelta(hours=1))

    def scale_out(self, endpoint: str, slot: str, replicas: int) -> None:
        """By load, as in life: that many requests at once, for as long as it takes."""
        observed = self.connect().server().observe(endpoint)
        assert observed is not None
        done = threading.Event()
        threads = [threading.Thread(target=_press, args=(str(observed.url), done)) for _ in range(replicas)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + self.patience.total_seconds()
        try:
            while self._now(endpoint, slot) != replicas:
                assert time.monotonic() < deadline, self.connect().server().observe(endpoint)
                self.pause()
        finally:
            done.set()
            for thread in threads:
                thread.join()

    def _now(self, endpoint: str, slot: str) -> int:
        observed = self.connect().server().observe(endpoint)
        assert observed is not None
        return next(seen.now for seen in observed.versions if seen.slot == slot)

    def crowd(self, count: int, tags: Mapping[str, str]) -> Sequence[str]:
        """Records of finished jobs, without the jobs."""
        names = [f"crowd-{number}" for number in range(count)]
        here().jobs.mkdir(parents=True, exist_ok=True)
        end = {"state": "succeeded", "word": "Succeeded", "reason": "", "failure": "", "started": 1.0, "ended": 2.0}
        for name in names:
            record = {"name": name, "digest": f"sha256:{name}", "tags": dict(tags), "note": "file:///out"}
            assert make_folder(here().jobs / name, {"job.json": json.dumps(record)})
            write_json(here().jobs / name / "exit.json", end)
        return names


def _press(url: str, done: threading.Event) -> None:
    """One connection that is always busy; a slow body keeps the request in flight."""
    import socket
    from urllib.parse import urlsplit

    port = urlsplit(url).port
    while not done.is_set():
        with socket.create_connection(("127.0.0.1", port or 0), timeout=10) as held:
            held.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
            done.wait(20)


class TestLocal(ProviderConformance):
    @pytest.fixture
    def harness(self, tmp_path: Path, guarded_environment: Path) -> Harness:
        return LocalHarness(tmp_path)
