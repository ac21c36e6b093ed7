"""Inputs and models by content: what they are called, where they go, and that each goes there once and whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.engine import content
from tradewind.errors import SpecError, TradewindError
from tradewind.storage.opening import open_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "a.csv").write_text("1")
    (tmp_path / "data" / "deep" / "b.csv").write_text("2")
    return tmp_path


def taken(data: Path, said: str) -> content.Content:
    return content.local("train.inputs.train", said, data, (data / "store").as_uri(), "inputs")


def test_content_counts_and_dates_do_not(data: Path) -> None:
    import os

    before = taken(data, "data").artifact
    os.utime(data / "data" / "a.csv", (1, 1))
    assert taken(data, "data").artifact == before
    (data / "data" / "a.csv").write_text("3")
    assert taken(data, "data").artifact.digest != before.digest


def test_a_file_alone_is_known_by_its_name_too(data: Path) -> None:
    first = taken(data, "data/a.csv").artifact.digest
    (data / "data" / "a.csv").rename(data / "data" / "c.csv")
    assert taken(data, "data/c.csv").artifact.digest != first


@pytest.mark.parametrize("said", ["data", "data/a.csv"])
def test_it_is_sent_once_and_whole(data: Path, said: str) -> None:
    store, item = open_store((data / "store").as_uri()), taken(data, said)
    assert content.upload(store, item) > 0
    names = [entry.key for entry in store.list(item.key + "/")]
    assert names[0] == f"{item.key}/a.csv"
    assert content.upload(store, item) == 0


def test_an_empty_folder_is_no_input(data: Path) -> None:
    (data / "none").mkdir()
    with pytest.raises(SpecError, match="empty folder"):
        taken(data, "none")


def test_links_inside_count_as_what_they_lead_to_and_others_are_refused(data: Path) -> None:
    (data / "data" / "link.csv").symlink_to("a.csv")
    store, item = open_store((data / "store").as_uri()), taken(data, "data")
    content.upload(store, item)
    assert store.get(f"{item.key}/link.csv") == b"1"
    (data / "data" / "out.csv").symlink_to("/etc/hostname")
    with pytest.raises(TradewindError, match="leads out of"):
        taken(data, "data")


def test_one_that_was_cut_off_is_sent_again(data: Path) -> None:
    store, item = open_store((data / "store").as_uri()), taken(data, "data")
    store.put(f"{item.key}/a.csv", b"half")
    content.upload(store, item)
    assert store.get(f"{item.key}/a.csv") == b"1"
    assert store.get(f"{item.key}/deep/b.csv") == b"2"


def test_remote_data_is_known_by_its_listing(data: Path) -> None:
    uri = (data / "data").as_uri()
    found = content.remote("p", uri, look=True)
    assert found.artifact.uri == uri
    (data / "data" / "more.csv").write_text("x")
    assert content.remote("p", uri, look=True).artifact.digest != found.artifact.digest
    assert content.remote("p", uri, look=False).artifact.digest == content.remote("p", uri, look=False).artifact.digest
    with pytest.raises(SpecError):
        content.remote("p", (data / "nothing").as_uri(), look=True)


@pytest.mark.parametrize(
    ("uri", "base", "foreign"),
    [
        ("s3://b/k", "gs://b", True),
        ("gs://b/k", "gs://b", False),
        ("data/x", "gs://b", False),
        ("s3://b/k", "", False),
        ("C:/data", "file:///x", False),
    ],
)
def test_data_on_another_cloud(uri: str, base: str, foreign: bool) -> None:
    assert content.foreign(uri, base) == foreign
