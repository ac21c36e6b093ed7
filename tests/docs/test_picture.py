"""The picture in README: what a terminal shows in the end, and a file that asks nobody for anything."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from docs.picture import TARGET, draw, screen


def test_a_live_view_leaves_its_last_lines() -> None:
    begun = "$ up [y/N] y\r\n\x1b[?25l| job running\r\n  10 %"
    drawn_anew = "\r\x1b[2K\x1b[1A\x1b[2K\x1b[32m✓\x1b[0m job done\r\n\x1b[?25h\r\nURL\r\n\r\n"
    assert screen(begun + drawn_anew) == ["$ up [y/N] y", "\x1b[32m✓\x1b[0m job done", "", "URL"]


def test_a_carriage_return_starts_a_line_anew() -> None:
    assert screen("first\rsecond\r\n") == ["second"]


def test_the_picture_needs_nothing_from_outside(tmp_path: Path) -> None:
    drawn = tmp_path / "it.svg"
    draw(["\x1b[1mbold\x1b[0m"], drawn)
    for path in (TARGET, drawn):
        text = path.read_text(encoding="utf-8")
        ElementTree.fromstring(text)
        assert not re.search(r"@font-face|@import|url\((?!#)|href=", text)
        shown = re.sub(r"127\.0\.0\.1:\d+", "", text)
        assert set(re.findall(r"https?://[^\"<\s/]*", shown)) <= {"http://www.w3.org", "http://"}
