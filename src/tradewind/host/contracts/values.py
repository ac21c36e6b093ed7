"""What is checked, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Cloud = Literal["aws", "gcp", "azure", "all"]
Verdict = Literal["ok", "broken", "cannot_tell"]

ANY_BODY = b'{"instances": [[0.0]]}'  # a guess: a server that refuses it as nonsense may be right


@dataclass(frozen=True)
class Subject:
    """A server to be put under the contracts. "{port}" in `argv` is the port it is told; `env` is added to each cloud's.

    `body` is a request that it answers with 200; `model` the folder that each cloud hands over in its own way;
    `startup` the seconds it may take until it is healthy.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    model: Path | None = None
    body: bytes = ANY_BODY
    content_type: str = "application/json"
    startup: float = 60.0


@dataclass(frozen=True)
class Finding:
    """`rule` in a few words; `seen` what happened here; `fix` what mends it; `source` whose rule it is."""

    cloud: Cloud
    rule: str
    verdict: Verdict
    seen: str
    fix: str = ""
    source: str = ""
