"""A no-op preview of sixty resources: `deploy infra preview` against plain `pulumi preview`, in turn, in one run.

Needs `pulumi` on PATH; the plug-in is the sandbox's attached provider, so that only what is around the engine differs.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROUNDS = 9
RESOURCES = 60
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


def _medians(commands: Mapping[str, list[str]], env: Mapping[str, str], cwd: Path) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            seconds = _seconds(command, env, cwd)
            if turn:  # the first is the warm-up
                taken[name].append(seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def figures() -> list[tuple[str, str, str]]:
    if shutil.which("pulumi") is None:
        return [("infra preview", "not measured: no `pulumi` on PATH", GOAL)]
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
        commands = {
            "pulumi preview": ["pulumi", "preview", "--stack", "dev", "--non-interactive"],
            "deploy infra preview": [deploy, "infra", "preview", "--stack", "dev"],
        }
        took = _medians(commands, env, folder)
    peer = took["pulumi preview"]
    return [
        (f"{name}, {RESOURCES} resources", f"{seconds:.2f} s, {seconds / peer:.2f} x", "" if seconds is peer else GOAL)
        for name, seconds in took.items()
    ]
