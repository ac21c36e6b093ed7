from __future__ import annotations

import subprocess
import sys

import pytest

from tradewind.errors import StorageError
from tradewind.storage import open_store


@pytest.mark.parametrize(
    "uri", ["", "/a/path", "ftp://x", "s3:/x", "S3", "file", "://x", "gs://", "s3:///key", "s3://b/../x"]
)
def test_what_is_no_address(uri: str) -> None:
    with pytest.raises(StorageError) as caught:
        open_store(uri)
    assert (caught.value.kind, caught.value.code) == ("invalid", "TW335")
    assert caught.value.hint


def test_no_sdk_is_imported_before_it_is_needed() -> None:
    script = (
        "import sys, tempfile\n"
        "from tradewind.storage import open_store\n"
        "open_store('file://' + tempfile.mkdtemp()).put('a', b'')\n"
        "print([m for m in ('boto3', 'botocore', 'google.cloud.storage', 'azure.storage.blob') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_sdk_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "tradewind.storage.s3", raising=False)
    with pytest.raises(StorageError) as caught:
        open_store("s3://bucket")
    assert caught.value.code == "TW339"
    assert caught.value.hint == "pip install 'tradewind[aws]'"


@pytest.mark.parametrize(
    "uri", ["s3://bucket/a/b", "gs://bucket/a/b", "az://container/a/b", "az://container@account/a/b"]
)
def test_opening_calls_nobody(uri: str) -> None:
    store = open_store(uri + "/")
    assert store.uri == uri
    assert store.child("c").uri == uri + "/c"
