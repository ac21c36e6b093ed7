"""What `make demo` plays: train, serve, invoke, a better version under load, back again, down. Ends by saying what is next."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from examples.load import Load, body_of

HERE = Path(__file__).parent / "tabular"
CHECKOUT = HERE.parents[1]


def say(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def deploy(*words: str, quiet: bool = False) -> str:
    """Run one command as a person would, showing it; returns its stdout."""
    print(f"$ deploy {shlex.join(words)}", flush=True)
    done = subprocess.run(["deploy", *words], stdout=subprocess.PIPE, text=True, check=False)
    if not quiet:
        print(done.stdout, end="", flush=True)
    if done.returncode:
        raise SystemExit(f"deploy {shlex.join(words)} exited {done.returncode}")
    return done.stdout


def play(spec: list[str]) -> None:
    better = ["--set", "train.parameters.trees=60", "--set", "train.parameters.depth=6"]

    say("1. What would happen? Nothing is called, nothing is written.")
    deploy("plan", *spec)
    say("2. Train the model and put it behind a URL.")
    deploy("up", "--yes", *spec)
    say("3. Ask it. The answer's body is all that is printed.")
    deploy("endpoint", "invoke", *spec, "--file", "request.json")
    print()

    url = json.loads(deploy("endpoint", "status", *spec, "--output", "json", quiet=True))["url"]
    say("4. A better model takes over, 10 % then 50 % then all, while four clients keep asking.")
    with Load(url, body_of("tabular")) as load:
        deploy("up", "--yes", *spec, *better)
    print(load.tally)
    if load.tally.failures:
        raise SystemExit(f"the rollout lost requests: {load.tally.failures[:3]}")
    say("5. Second thoughts: one change of traffic, the old version had stayed warm.")
    deploy("endpoint", "rollback", "--yes", *spec)
    say("6. What happened here?")
    deploy("history", *spec)
    say("7. Take it down. Models and history stay.")
    deploy("down", "--yes", *spec)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tradewind-demo-") as folder:
        os.environ.setdefault("TRADEWIND_HOME", f"{folder}/home")
        project = Path(folder, "project")  # deploy.lock is written beside deploy.yaml, and not into this checkout
        shutil.copytree(HERE, project)
        os.chdir(project)
        spec = ["--env", "demo"]
        try:
            play(spec)
        except BaseException:
            subprocess.run(["deploy", "down", "--yes", *spec], check=False)  # leave nothing running behind a failure
            raise
    say("Next:")
    if Path(sys.prefix) == CHECKOUT / ".venv":
        print("  . .venv/bin/activate                         puts `deploy` on your PATH")
    print("  deploy init --template tabular my-project    a project of your own (also: onnx, handler, llm)")
    print("  deploy plan --all                            the same spec on every cloud")
    print("  docs/tutorial.md                             the same walk, explained")


if __name__ == "__main__":
    main()
