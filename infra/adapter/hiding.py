"""Secrets out of texts. Pulumi hides those of the stack by itself; these are of the environment and of our passphrase."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_NAMES = re.compile(r"SECRET|TOKEN|PASSW|PASSPHRASE|PRIVATE|_KEY$|_SAS$", re.IGNORECASE)
_ROOM = re.compile(r"_FILE$|_PATH$|_ID$", re.IGNORECASE)  # they say where a secret is, or whose
_LEAST = 6  # characters; shorter ones would hide ordinary words


class Hiding:
    def __init__(self, environ: Mapping[str, str] = {}, also: Iterable[str] = ()) -> None:
        found = {value for name, value in environ.items() if _NAMES.search(name) and not _ROOM.search(name)}
        self._values = sorted((it for it in {*found, *also} if len(it) >= _LEAST), key=len, reverse=True)

    def hide(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, "[secret]")
        return text
