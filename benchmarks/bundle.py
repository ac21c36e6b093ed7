"""A bundle of 1,000 files of 10 KB each, built and uploaded, against `tar` and a copy of the same folder."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tradewind.engine import bundle
from tradewind.storage import open_store

FILES, SIZE, ROUNDS = 1000, 10_000, 5


def figures() -> list[tuple[str, str, str]]:
    """(name, figure, goal or peer); both ways turn by turn in one run, so that the machine's mood hits both."""
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        top = Path(folder)
        source = _source(top / "source")
        ours, peers = [], []
        for turn in range(ROUNDS):
            peers.append(_seconds(partial(_tar, source, top / f"peer{turn}")))
            ours.append(_seconds(partial(_bundle, source, top / f"ours{turn}")))
        again = _seconds(partial(_bundle, source, top / "ours0"))
    ratio = statistics.median(a / b for a, b in zip(ours, peers, strict=True))
    name = f"bundle of {FILES:,} files of {SIZE // 1000} KB: build and upload"
    return [
        (name, f"{statistics.median(ours):.3f} s, {ratio:.2f} x", f"tar -czf and cp: {statistics.median(peers):.3f} s"),
        ("the same bundle again (nothing is sent)", f"{again:.3f} s", "-"),
    ]


def _source(folder: Path) -> Path:
    """Text that compresses about as source code does."""
    words = [f"name_{n} = value({n})\n" for n in range(997)]
    for number in range(FILES):
        path = folder / f"pkg{number % 20:02}" / f"module{number:04}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(words[(number * 7 + n * n) % len(words)] for n in range(SIZE // 15))
        path.write_text(text[:SIZE])
    return folder


def _tar(source: Path, to: Path) -> None:
    to.mkdir()
    subprocess.run(["tar", "-czf", str(to / "part.tar.gz"), "-C", str(source), "."], check=True)
    with (to / "part.tar.gz").open("rb") as part, (to / "bundle.tar.gz").open("wb") as target:
        shutil.copyfileobj(part, target)
        target.flush()
        os.fsync(target.fileno())  # the store does so, too: what was sent survives a power cut


def _bundle(source: Path, to: Path) -> None:
    bundle.upload(open_store(f"file://{to}"), bundle.build(source, source))


def _seconds(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    for name, figure, goal in figures():
        print(f"{name}: {figure} ({goal})")
