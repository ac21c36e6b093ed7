"""A no-op preview of sixty resources: ours against plain `pulumi preview`, in turn, in one run.

Needs `pulumi` on PATH. The plug-in is the sandbox's attached provider, which costs nothing to start and to ask, so that what is
around the engine weighs more than it does on a cloud: as a whole process, and as a call in a process that runs already.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROUNDS = 9
RESOURCES = 60
PLAIN = ("--stack", "dev", "--non-interactive")
GOAL = "goal: at most 1.1 x plain pulumi"
PROJECT = """\
name: sixty
runtime:
  name: python
  options: {{toolchain: uv, virtualenv: '{prefix}'}}
"""
PROGRAM = f"""\
import pulumi_gcp as gcp

for number in range({RESOURCES}):
    gcp.storage.Bucket(f"bucket-{{number}}", name=f"sixty-{{number}}", location="EU", project="acme-ml-1")
"""


def _seconds(command: list[str], env: Mapping[str, str], cwd: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=dict(env), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return time.perf_counter() - began


def _called(preview: Callable[[], object]) -> float:
    began = time.perf_counter()
    preview()
    return time.perf_counter() - began


def _medians(ways: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, way in ways.items():
            seconds = way()
            if turn:  # the first is the warm-up
                taken[name].append(seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def figures() -> list[tuple[str, str, str]]:
    if shutil.which("pulumi") is None:
        return [("infra preview", "not measured: no `pulumi` on PATH", GOAL)]
    from tradewind.infra.adapter.stack import Ground
    from tradewind.infra.adapter.workspace import Place
    from tradewind.sandbox.pulumi import serve

    with tempfile.TemporaryDirectory() as made, serve(gcp=True, azure=False, folder=Path(made, "kept")) as attached:
        folder = Path(made, "sixty")
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(PROJECT.format(prefix=sys.prefix))
        (folder / "__main__.py").write_text(PROGRAM)
        (folder / "uv.lock").write_text("version = 1\n")
        state = Path(made, "state")
        state.mkdir()
        env = {
            **os.environ,
            **attached.environ,
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "of-a-benchmark",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_HOME": str(Path(made, "home")),
            "TRADEWIND_HOME": str(Path(made, "tradewind")),
            "UV_OFFLINE": "1",
        }
        for words in (["stack", "init", "dev"], ["up", "--yes", "--stack", "dev"]):
            _seconds(["pulumi", *words, "--non-interactive"], env, folder)
        deploy = str(Path(sys.executable).with_name("deploy"))
        os.environ["TRADEWIND_HOME"] = env["TRADEWIND_HOME"]
        ground = Ground.open(Place("dev", folder, environ=env))
        took = _medians(
            {
                "pulumi preview": lambda: _seconds(["pulumi", "preview", *PLAIN], env, folder),
                "deploy infra preview": lambda: _seconds([deploy, "infra", "preview", "--stack", "dev"], env, folder),
                "Ground.preview()": lambda: _called(ground.preview),
            }
        )
    peer = took["pulumi preview"]
    return [
        (f"{name}, {RESOURCES} resources", f"{seconds:.2f} s, {seconds / peer:.2f} x", "" if seconds is peer else GOAL)
        for name, seconds in took.items()
    ]
