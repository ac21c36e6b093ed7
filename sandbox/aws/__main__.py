"""`python -m tradewind.sandbox.aws --port 0 --data DIR`: runs until SIGTERM. Its first line is JSON with the address."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from tradewind.sandbox.aws.knobs import Pace
from tradewind.sandbox.aws.server import Server, Timeout


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tradewind.sandbox.aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0: any")
    parser.add_argument("--data", type=Path, required=True, help="folder in which the account lives between starts")
    parser.add_argument("--speed", type=float, default=Pace().speed, help="divides the durations of states")
    parser.add_argument(
        "--grace", type=float, help="seconds from SIGTERM to SIGKILL; default: 120 by the speed, 10 or more"
    )
    said = parser.parse_args()
    if said.speed <= 0 or (said.grace is not None and said.grace <= 0):
        parser.error("--speed and --grace must be greater than 0")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        server = Server(said.port, said.data.absolute(), Pace(said.speed, said.grace))
    except Timeout:
        sys.stderr.write(f"another emulator has {said.data}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"port {said.port}: {error}\n")
        return 1
    server.start()
    sys.stdout.write(json.dumps({"url": server.url, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    over.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
