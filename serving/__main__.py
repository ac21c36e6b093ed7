"""`python -m tradewind.serving`."""

from __future__ import annotations

import os
import sys

from tradewind.serving import failure
from tradewind.serving.errors import StartError
from tradewind.serving.logs import Log
from tradewind.serving.server import end, run
from tradewind.serving.settings import from_command_line, from_environ


def main() -> None:
    log = Log()
    if hasattr(sys.stdout, "reconfigure"):  # what a handler prints is seen when it is printed, also through a pipe
        sys.stdout.reconfigure(line_buffering=True)
    try:
        settings = from_environ(os.environ, from_command_line(sys.argv[1:]))
    except StartError as error:
        log.event("error", f"cannot start: {error}")
        failure.tell(str(error))
        sys.exit(2)
    end(run(settings, log), log)


if __name__ == "__main__":
    main()
