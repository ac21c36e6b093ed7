"""Why the server did not start, in a file for the process that started it (TW_FAILURE_FILE); our log has it in any case."""

from __future__ import annotations

import os
import sys
from typing import Mapping

from tradewind.serving.secretive import hide


def tell(reason: str, environ: Mapping[str, str] = os.environ) -> None:
    path = environ.get("TW_FAILURE_FILE", "")
    if not path:
        return
    try:
        with open(path + ".part", "w", encoding="utf-8", errors="replace") as file:
            file.write(hide(reason, environ))
        os.replace(path + ".part", path)
    except OSError as error:
        print(f"tradewind: the reason could not be written: {error}", file=sys.stderr, flush=True)
