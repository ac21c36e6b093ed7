"""`python -m tradewind.serving.check`: exit code 0 when the server on this machine is ready, for an image's health check."""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

from tradewind.serving.errors import StartError
from tradewind.serving.settings import from_environ


def main() -> int:
    try:
        connection = HTTPConnection("127.0.0.1", from_environ(os.environ).port, timeout=2)
        connection.request("GET", "/readyz")
        return 0 if connection.getresponse().status == 200 else 1
    except (StartError, OSError, HTTPException) as error:
        print(f"not ready: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
