"""Which `pulumi` is used, and that it is asked once for its version."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tradewind.errors import ProviderError
from tradewind.infra.adapter import command

SAYS = """#!/bin/sh
echo asked >> "$0.asked"
echo {}
"""


def pulumi(folder: Path, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "pulumi"
    made.write_text(SAYS.format(says))
    made.chmod(0o700)
    return made


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/bin:/usr/bin")


def test_it_is_asked_again_only_when_it_changed(tmp_path: Path) -> None:
    made = pulumi(tmp_path / "path", "v3.250.1")
    for _ in range(3):
        assert str(command.command().version) == "3.250.1"
    assert Path(f"{made}.asked").read_text() == "asked\n"
    pulumi(tmp_path / "path", "v3.251.0-alpha.1")
    os.utime(made, ns=(1, 1))
    assert str(command.command().version) == "3.251.0-alpha.1"


def test_what_was_fetched_is_used_where_none_is_on_path() -> None:
    """The SDK itself would look on PATH for its version, and find none."""
    made = pulumi(command.root() / "bin", "v3.250.1")
    assert command.command().command == str(made)


def test_what_a_script_around_it_says_first_is_no_version(tmp_path: Path) -> None:
    pulumi(tmp_path / "path", "warning: this folder is not trusted; echo v3.250.1")
    for _ in range(2):
        assert str(command.command().version) == "3.250.1"


@pytest.mark.parametrize(
    ("says", "words"), [("v3.9.1", "version 3.9.1; 3.206.0 or newer"), ("hello", "'hello'"), ("; exit 3", "status 3")]
)
def test_one_that_cannot_be_used_is_told(tmp_path: Path, says: str, words: str) -> None:
    made = pulumi(tmp_path / "path", says)
    for _ in range(2):
        with pytest.raises(ProviderError) as caught:
            command.command()
        assert (caught.value.code, words in caught.value.message) == ("TW814", True)
    assert Path(f"{made}.asked").read_text() == "asked\nasked\n"
