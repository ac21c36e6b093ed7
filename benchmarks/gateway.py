"""What the local gateway costs: the same server and the same client, straight to the replica and through the gateway."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from benchmarks.serving_load import drive
from tradewind.host.endpoints import Endpoints
from tradewind.host.gateway.replica import REPLICA_MARK
from tradewind.host.wish import Fleet, Wish

HANDLER = "def load(model_dir):\n    return 1.0\n\ndef predict(model, inputs):\n    return [model for _ in inputs]\n"
BODY = b'{"instances": [[1.0, 2.0]]}'
REQUEST = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
SECONDS = 3.0
CONNECTIONS = (1, 8)


def _wish(folder: Path) -> Wish:
    (folder / "serve.py").write_text(HANDLER)
    env = {"TW_CODE_DIR": str(folder), "TW_HANDLER": "serve.py", "TW_MODEL_DIR": str(folder), "TW_ACCESS_LOG": "0"}
    fleet = Fleet("a", "sha256:1", (sys.executable, "-m", "tradewind.serving"), env, {"TW_PORT": "{port}"})
    return Wish("bench", (fleet,), {"a": 100}, cache=str(folder))


def _replica_port(folder: Path) -> int:
    for process in psutil.process_iter():
        try:
            if not process.environ().get(REPLICA_MARK, "").startswith(str(folder)):
                continue
            held = [c.laddr.port for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        except psutil.Error:
            continue
        if held:
            return int(held[0])
    raise RuntimeError("the replica listens nowhere")


def figures() -> list[tuple[str, str, str]]:
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        endpoints = Endpoints(folder / "endpoints")
        wish = _wish(folder)
        try:
            while (sight := endpoints.advance(wish, {})).phase != "settled":
                time.sleep(0.05)
            ports = {"direct": _replica_port(folder), "gateway": urlsplit(sight.url or "").port or 0}
            for count in CONNECTIONS:
                seen = {way: drive(port, count, SECONDS, REQUEST) for way, port in ports.items()}
                rows.append(_row(count, seen))
        finally:
            while endpoints.advance(Wish("bench", (), {}, cache=str(folder)), {}).phase != "settled":
                time.sleep(0.05)
    return rows


def _row(connections: int, seen: dict[str, dict[str, float]]) -> tuple[str, str, str]:
    direct, through = seen["direct"], seen["gateway"]
    added = through["p50"] - direct["p50"]
    said = f"{through['rate']:.0f} of {direct['rate']:.0f} requests/s, p50 {added:+.2f} ms"
    return (f"gateway, {connections} connections", said, f"{os.cpu_count()} CPUs shared by all three processes")


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
