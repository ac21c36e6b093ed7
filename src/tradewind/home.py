"""Where state lives that is in no cloud."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import platformdirs


def home() -> Path:
    """`TRADEWIND_HOME`, else the platform's state folder. Not created here."""
    said = os.environ.get("TRADEWIND_HOME")
    return Path(said).expanduser().absolute() if said else platformdirs.user_state_path("tradewind")


def published(stack: str) -> Path:
    """foundation.json of a Pulumi stack that was applied on this machine; a slash of its name is escaped."""
    return home() / "infra" / "published" / f"{quote(stack, safe='')}.json"
