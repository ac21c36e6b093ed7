"""Our server before SageMaker's own: multi-model-server and TorchServe call themselves healthy while a model is loading, and
also where it cannot be loaded. SageMaker would send traffic there, and a rollout would take a version that never answers."""

from __future__ import annotations

import os
import sys
from typing import Mapping

from tradewind.serving.shims.beside import Beside, StartFailed


def before_the_front(environ: Mapping[str, str] = os.environ, command: str = "/proc/self/cmdline") -> None:
    """In the process that SageMaker runs, which then starts its own server: wait for ours, or end as it does."""
    if not _is_first(environ, command):
        return
    try:
        Beside(environ).ready()
    except StartFailed as error:
        print(f"tradewind: {error}", file=sys.stderr, flush=True)
        os._exit(1)  # an exception here would be printed, and the start go on


def _is_first(environ: Mapping[str, str], command: str) -> bool:
    """SageMaker runs `IMAGE serve`, whatever the entrypoint makes of it; nothing below it carries that word."""
    if "TW_LEASH" in environ:
        return False  # our own server, or what a handler starts
    try:
        with open(command, "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    return any(os.path.basename(word) == b"serve" for word in words)
