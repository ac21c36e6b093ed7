from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tradewind.host.log_reader import last_lines, read_page
from tradewind.host.log_writer import LONGEST, LogWriter, segment_path, segments


def whole(folder: Path, cursor: str | None = None) -> list[str]:
    lines, read = [], False
    while not read:
        page, cursor, read = read_page(folder, cursor)
        lines += [line.text for line in page]
    return lines


def test_lines_have_time_and_source(tmp_path: Path) -> None:
    log = LogWriter(tmp_path / "l", keep=3)
    log.feed("stdout", b"one\r\ntw")
    log.feed("stderr", b"oops\tx\n")
    log.feed("stdout", b"o\nthree")
    log.end("stdout")
    lines, _, read = read_page(tmp_path / "l", None)
    assert [(line.source, line.text) for line in lines] == [
        ("stdout", "one"),
        ("stderr", "oops\tx"),
        ("stdout", "two"),
        ("stdout", "three"),
    ]
    assert read
    assert all(line.time and abs((datetime.now(UTC) - line.time).total_seconds()) < 60 for line in lines)


def test_the_cursor_survives_rotation(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, keep=100, segment=500)
    seen: list[str] = []
    cursor: str | None = None
    for number in range(100):
        log.feed("stdout", f"line {number}\n".encode())
        if number % 7 == 0:
            page, cursor, _ = read_page(tmp_path, cursor)
            seen += [line.text for line in page]
    seen += whole(tmp_path, cursor)
    assert len(segments(tmp_path)) > 5
    assert seen == [f"line {number}" for number in range(100)]


def test_old_segments_are_dropped_and_an_old_cursor_goes_on(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, keep=2, segment=200)
    log.feed("stdout", b"first\n")
    _, cursor, _ = read_page(tmp_path, None)
    for number in range(50):
        log.feed("stdout", f"line {number}\n".encode())
    assert len(segments(tmp_path)) <= 2
    rest = whole(tmp_path, cursor)
    assert rest[-1] == "line 49"
    assert rest == whole(tmp_path)


def test_secrets_are_masked_even_when_cut_in_two_writes(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, keep=2, secrets=("hunter2!", "abc"))
    log.feed("stdout", b"the password is hun")
    log.feed("stdout", b"ter2! abc\n")
    assert whole(tmp_path) == ["the password is *** abc"], "too short a value would mask half of the log"


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, keep=2)
    log.feed("stdout", b"x" * (2 * LONGEST + 1))
    log.end("stdout")
    assert [len(text) for text in whole(tmp_path)] == [LONGEST, LONGEST, 1]


def test_a_writer_killed_within_a_line_loses_only_that(tmp_path: Path) -> None:
    first = LogWriter(tmp_path, keep=9)
    first.feed("stdout", b"one\n")
    with segment_path(tmp_path, 1).open("ab") as torn:
        torn.write(b"2026-01-01T00:00:00+00:00\tstdout\thalf a li")
    LogWriter(tmp_path, keep=9).feed("stdout", b"two\n")
    assert whole(tmp_path) == ["one", "half a li", "two"]


def test_a_full_disk_costs_lines_and_no_more(tmp_path: Path) -> None:
    log = LogWriter(tmp_path / "l", keep=2)
    (tmp_path / "l").rmdir()
    (tmp_path / "l").write_text("not a folder any more")
    log.feed("stdout", b"one\ntwo\n")
    assert log.lost == 2


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, keep=2)
    log.feed("stdout", b"\xff\xfe ok\n")
    assert whole(tmp_path) == ["\ufffd\ufffd ok"]
    assert last_lines(tmp_path, 1) == ("\ufffd\ufffd ok",)
    assert last_lines(tmp_path / "absent") == ()
