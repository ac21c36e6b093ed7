"""Our server, one process, against MLServer, BentoML and Azure's own, and against a bare asyncio protocol as the floor.

The peers are installed into throw-away environments (kept between runs in the system's temporary folder); one that cannot be
installed is left out, and said so. All measure in turns within one run, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from benchmarks import serving_load
from benchmarks.serving_peers import FLOOR_PEER, MAKE_MODEL, OURS, PEERS, RIVALS, VARIANTS, Peer

CONNECTIONS = (1, 8, 64)
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
ENVIRONMENTS = Path(os.environ.get("BENCH_ENVIRONMENTS", str(Path(tempfile.gettempdir(), "tradewind-bench"))))

Numbers = Mapping[str, float]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def python_of(peer: Peer) -> Path | None:
    """The Python of the peer's own environment, made when needed; None when it cannot be had."""
    if not peer.packages:
        return Path(sys.executable)
    home = ENVIRONMENTS / peer.name.split()[-1].lower()
    python, done = home / "bin" / "python", home / "installed"
    if done.exists():
        return python
    uv = shutil.which("uv")
    make = [uv, "venv", "-q", "--clear", str(home)] if uv else [sys.executable, "-m", "venv", str(home)]
    pip = [uv, "pip", "install", "-q", "--python", str(python)] if uv else [str(python), "-m", "pip", "install", "-q"]
    try:
        for command in (make, [*pip, *peer.packages]):
            subprocess.run(command, check=True, timeout=600, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        say(f"{peer.name} is LEFT OUT: it cannot be installed here ({error})")
        return None
    done.touch()
    return python


def free_ports(count: int) -> list[int]:
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


@contextlib.contextmanager
def serving(peer: Peer, python: Path) -> Iterator[int]:
    """The peer's process, ready; its port."""
    port, spare, spare2 = free_ports(3)
    fill = {
        "port": str(port),
        "spare": str(spare),
        "spare2": str(spare2),
        "python": str(python),
        "bin": str(python.parent),
    }
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-c", MAKE_MODEL, f"{folder}/model.joblib"], check=True)
        for name, text in peer.files.items():
            Path(folder, name).write_text(text)
        env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        env.update({name: value.format(**fill) for name, value in peer.env.items()})
        with open(Path(folder, "log"), "wb") as log:
            command = [word.format(**fill) for word in peer.command]
            process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        try:
            wait_ready(process, f"http://127.0.0.1:{port}{peer.ready}", Path(folder, "log"))
            yield port
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"a server did not get ready: {log.read_text(errors='replace')[-2000:]}")


def request_of(peer: Peer) -> bytes:
    body = peer.body.encode()
    headers = f"host: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return f"POST {peer.path} HTTP/1.1\r\n{headers}\r\n\r\n".encode() + body


def measure(port: int, connections: int, seconds: float, request: bytes) -> Numbers:
    command = [sys.executable, "-m", serving_load.__name__, str(port), str(connections), str(seconds)]
    ran = subprocess.run(command, input=request, stdout=subprocess.PIPE, check=True, cwd=Path(__file__).parents[1])
    found: Numbers = json.loads(ran.stdout)
    if found["errors"]:
        raise RuntimeError(f"{found['errors']} answers were errors")
    return found


def run() -> dict[str, dict[int, Numbers]]:
    """By server and number of connections: the medians over all rounds."""
    seen: dict[str, dict[int, list[Numbers]]] = {}
    with contextlib.ExitStack() as stack:
        ports: dict[str, tuple[Peer, int]] = {}
        for peer in (FLOOR_PEER, OURS, *VARIANTS, *PEERS):
            python = python_of(peer)
            if python is None:
                continue
            try:
                port = stack.enter_context(serving(peer, python))
                measure(port, 8, 1.0, request_of(peer))  # warm
                ports[peer.name] = peer, port
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                say(f"{peer.name} is LEFT OUT: {error}")
        for _ in range(ROUNDS):
            for connections in CONNECTIONS:
                for peer, port in ports.values():
                    numbers = measure(port, connections, SECONDS, request_of(peer))
                    seen.setdefault(peer.name, {}).setdefault(connections, []).append(numbers)
    return {
        name: {
            connections: {key: median(numbers[key] for numbers in rounds) for key in ("rate", "p50", "p99")}
            for connections, rounds in by_connections.items()
        }
        for name, by_connections in seen.items()
    }


def figures() -> list[tuple[str, str, str]]:
    found = run()
    rows = []
    for name, by_connections in found.items():
        for connections, n in by_connections.items():
            text = f"{n['rate']:.0f} requests/s, p50 {n['p50']:.2f} ms, p99 {n['p99']:.2f} ms"
            rows.append((f"serving, {connections} connections: {name}", text, ""))
    for connections in CONNECTIONS:
        ours, floor = found[OURS.name][connections], found[FLOOR_PEER.name][connections]
        rows.append(
            (f"serving, {connections} connections: of the floor", f"{ours['rate'] / floor['rate']:.2f}", "goal 0.85")
        )
        rivals = {name: found[name][connections] for name in RIVALS if name in found}
        if rivals:
            best = max(rivals, key=lambda name: rivals[name]["rate"])
            calm = min(rivals, key=lambda name: rivals[name]["p99"])
            ratio, p99 = ours["rate"] / rivals[best]["rate"], ours["p99"] / rivals[calm]["p99"]
            rows.append((f"serving, {connections} connections: of the best ({best})", f"{ratio:.2f}", "goal 1.5"))
            rows.append(
                (f"serving, {connections} connections: p99 of the best ({calm})", f"{p99:.2f}", "goal 1 or less")
            )
    return rows


if __name__ == "__main__":
    for row in figures():
        print("  |  ".join(row))
