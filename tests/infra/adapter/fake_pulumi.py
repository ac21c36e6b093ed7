"""A `pulumi` that replays what the real one said: a program of its own, which tests/infra/adapter/fake.py puts on PATH.

Beside it lie `recording.jsonl` (one command a line, see Answer), `calls.jsonl` (what it was given) and `version`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

GROUPS = ("stack", "config")
TELLING = ("--show-secrets", "--preview-only")
_FOREVER = 60.0  # seconds; a test that lets it stand so long has failed


def key(args: Sequence[str]) -> str:
    """Which command it is: `stack output --show-secrets`."""
    words = [it for it in args if it != "--non-interactive"]
    first = words[:2] if words[0] in GROUPS and not words[1].startswith("-") else words[:1]
    return " ".join([*first, *(it for it in words if it in TELLING)])


def main(folder: Path, args: list[str]) -> int:
    if args == ["version"]:
        print((folder / "version").read_text())
        return 0
    with (folder / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"args": args, "environ": dict(os.environ)}) + "\n")
    answer = _answer(folder, key(args))
    if answer.get("held"):  # tells that it began, and waits for a stop
        return _held(folder, answer)
    if "--event-log" in args:
        _stream(args[args.index("--event-log") + 1], answer.get("events", []))
    if answer.get("signal"):
        os.kill(os.getpid(), int(answer["signal"]))
    _stack_file(args)
    sys.stdout.write(answer["stdout"])
    sys.stderr.write(answer["stderr"])
    return int(answer["code"])


def _answer(folder: Path, asked: str) -> dict[str, Any]:
    """The next one of that command; the last one stays."""
    rows = [json.loads(line) for line in (folder / "recording.jsonl").read_text().splitlines()]
    known = [row for row in rows if row["key"] == asked]
    if not known:
        return {"code": 0, "stdout": "", "stderr": ""} if asked.startswith("config") else _unknown(asked)
    counted = folder / f"{asked.replace(' ', '_')}.count"
    at = int(counted.read_text()) if counted.exists() else 0
    counted.write_text(str(at + 1))
    return dict(known[min(at, len(known) - 1)])


def _stack_file(args: list[str]) -> None:
    """A stack's file comes and goes with it, in the folder of the project."""
    words = [it for it in args if not it.startswith("-")]
    if words[:2] == ["stack", "init"]:
        Path(f"Pulumi.{words[2]}.yaml").touch()
    if words[:2] == ["stack", "rm"] and "--preserve-config" not in args:
        Path(f"Pulumi.{words[2]}.yaml").unlink()


def _unknown(asked: str) -> dict[str, Any]:
    return {"code": 99, "stdout": "", "stderr": f"error: nothing was recorded for `{asked}`"}


def _held(folder: Path, answer: dict[str, Any]) -> int:
    """`deaf`: so many stops are not heard."""
    heard: list[int] = []

    def hear(number: int, _frame: object) -> None:
        heard.append(number)
        (folder / "heard").write_text(str(len(heard)))

    signal.signal(signal.SIGINT, hear)
    (folder / "began").write_text(str(os.getpid()))
    until = time.monotonic() + _FOREVER
    while len(heard) <= answer.get("deaf", 0) and not (folder / "go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    sys.stderr.write(answer["stderr"] if heard else "")
    return int(answer["code"]) if heard else 0


def _stream(where: str, events: list[str]) -> None:
    import grpc
    from pulumi.runtime.proto import events_pb2, events_pb2_grpc

    def rows() -> Iterator[Any]:
        for event in events:
            yield events_pb2.EventRequest(event=event)

    with grpc.insecure_channel(where.removeprefix("tcp://")) as channel:
        events_pb2_grpc.EventsStub(channel).StreamEvents(rows())


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parent, sys.argv[1:]))
