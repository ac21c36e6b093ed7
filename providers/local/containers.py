"""A container's description as what a process of this machine needs."""

from __future__ import annotations

import re

from tradewind.host.limits import GIB, Limits
from tradewind.host.prepare import Preparation
from tradewind.values import Container


def preparation(container: Container) -> Preparation:
    code, runtime = container.code, container.runtime
    return Preparation(
        code=code.uri if code else None,
        code_digest=code.digest if code else "",
        runtime=runtime.uri if runtime else None,
        runtime_digest=runtime.digest if runtime else "",
        python=container.python,
        requirements=container.requirements,
        index=container.index,
    )


def limits(container: Container) -> Limits:
    need = container.hardware
    memory = None if need.memory_gib is None else int(need.memory_gib * GIB)
    return Limits(cpus=need.cpus, memory=memory)


def variable(prefix: str, name: str) -> str:
    """`TW_INPUT_` and "train-set" -> TW_INPUT_TRAIN_SET."""
    return prefix + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
