"""Where a stack is: whose program, which configuration, what backend keeps its state and who encrypts its secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = "tradewind"


@dataclass(frozen=True)
class Place:
    """`folder` has a Pulumi.yaml, whose program runs; None: `program` runs in this process (tradewind's own if None)."""

    stack: str
    folder: Path | None = None
    config: Mapping[str, str] = field(default_factory=dict)  # "region" or "aws:region" -> text
    backend: str = ""  # "": as Pulumi was told, else file:// in tradewind's home
    secrets_provider: str = ""  # passphrase, awskms://..., gcpkms://..., azurekeyvault://...
    environ: Mapping[str, str] = field(default_factory=dict)
    program: Callable[[], None] | None = None
