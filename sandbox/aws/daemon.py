"""The emulated account between commands: `python -m tradewind.sandbox.aws.daemon FOLDER`, started by `sandbox.running`."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tradewind.host import daemon, ports
from tradewind.host.files import write_json
from tradewind.host.identity import me
from tradewind.sandbox.running import ADDRESS, DATA, last_address

WAKING = 20.0  # seconds that endpoints get to serve again before whoever started us goes on
LOOK = 2.0  # seconds
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ImportError, EOFError, pickle.PickleError)
EXTRA = "pip install 'tradewind[sandbox]'"


def main() -> int:
    asked = daemon.payload()
    folder = Path(sys.argv[1])
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        apart(os.environ)
        from tradewind.sandbox.aws.account import Account
        from tradewind.sandbox.aws.furnish import furnish
        from tradewind.sandbox.aws.inventory import until_served
        from tradewind.sandbox.aws.knobs import Pace
        from tradewind.sandbox.aws.server import Server, Timeout
    except ModuleNotFoundError as error:
        daemon.greet(_refused("missing", f"{error.name} is not installed", "TW009", EXTRA))
        return 1
    try:
        server = Server(_port(last_address(folder)), folder / DATA, Pace(float(asked["speed"])))
    except Timeout:
        daemon.greet(_refused("conflict", f"another emulator has {folder / DATA}", "TW606", "end that one first"))
        return 1
    except UNREADABLE as error:
        logging.exception("the account cannot be read")
        said = (
            f"the account in {folder / DATA} cannot be read, as one of another version: {type(error).__name__}: {error}"
        )
        daemon.greet(_refused("failed", said, "TW606", "`deploy sandbox reset` empties it"))
        return 1
    server.start()
    furnish(server.url)
    until_served(Account(server.url), WAKING)
    record: dict[str, Any] = {"url": server.url, "since": time.time(), "version": asked["version"], **me().record()}
    write_json(folder / ADDRESS, record, private=True)
    daemon.greet(server.url)
    while not over.wait(LOOK) and (folder / ADDRESS).exists():
        continue  # one whose folder was deleted is found by nobody any more, and ends
    server.stop()
    return 0


def apart(environ: MutableMapping[str, str]) -> None:
    """Nothing of the user's own AWS settings is read, and no proxy stands between us and ourselves."""
    from tradewind.sandbox.aws.variables import APART, past_proxies

    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update({**APART, **past_proxies(environ)})


def _port(last: str) -> int:
    """The one that it had before, where nobody took it meanwhile."""
    kept = urlsplit(last).port if last else None
    if kept is not None:
        with contextlib.suppress(OSError):
            ports.listen(kept).close()
            return kept
    return ports.free()


def _refused(kind: str, said: str, code: str, hint: str) -> str:
    return daemon.REFUSED + json.dumps({"kind": kind, "said": said, "code": code, "hint": hint})


if __name__ == "__main__":
    sys.exit(main())
