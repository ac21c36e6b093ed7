"""Chromium without a screen: what a page is after its script, and its picture. Nobody is called: the page is a file."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
_SCHEME = {"dark": 0, "light": 1}  # of blink's preferredColorScheme


@dataclass(frozen=True)
class Picture:
    path: Path
    width: int
    height: int
    corner: tuple[int, int, int]  # the first pixel


def dom(page: Path, profile: Path) -> str:
    """The page as it stands once its script has run."""
    return _run(profile, "--dump-dom", page.as_uri()).decode()


def picture(page: Path, to: Path, profile: Path, scheme: Literal["light", "dark"], width: int, height: int) -> Picture:
    _run(
        profile,
        f"--blink-settings=preferredColorScheme={_SCHEME[scheme]}",
        f"--window-size={width},{height}",
        f"--screenshot={to}",
        page.as_uri(),
    )
    return _read(to)


def printed(page: Path, to: Path, profile: Path) -> bytes:
    """As a PDF."""
    _run(profile, f"--print-to-pdf={to}", page.as_uri())
    return to.read_bytes()


def _run(profile: Path, *words: str) -> bytes:
    assert CHROMIUM is not None  # whoever asks has looked
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync")
    command = [CHROMIUM, *quiet, f"--user-data-dir={profile}", *words]
    return subprocess.run(command, capture_output=True, timeout=90, check=True).stdout


def _read(path: Path) -> Picture:
    """Of a PNG with eight bits a channel: whatever the filter, the first pixel has nothing before it to differ from."""
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    body, at = b"", 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            body += data[at + 8 : at + 8 + size]
        at += size + 12
    red, green, blue = zlib.decompress(body)[1:4]
    return Picture(path, width, height, (red, green, blue))
