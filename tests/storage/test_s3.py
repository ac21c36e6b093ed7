"""S3 against moto's server, in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError, ReadTimeoutError
from moto.server import ThreadedMotoServer
from pydantic import BaseModel
from storage.store_suite import StoreSuite

from tests.faults.plans import Fault, Only
from tests.faults.proxy import Proxy
from tradewind.errors import StorageError
from tradewind.storage import Store, open_store, s3_errors
from tradewind.storage import s3 as adapter


class Settings(BaseModel):
    region: str = "us-east-1"
    endpoint_url: str


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(address: str) -> str:
    name = f"bucket-{uuid4().hex}"
    boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(Bucket=name)
    return name


@pytest.fixture
def opened(address: str, bucket: str) -> Store:
    return open_store(f"s3://{bucket}/some/prefix", Settings(endpoint_url=address))


class TestS3(StoreSuite):
    many = 1_200  # moto takes a millisecond for each; more than one page of 1,000 is what counts

    @pytest.fixture
    def store(self, opened: Store) -> Store:
        return opened


def test_a_bucket_that_is_not_there(address: str) -> None:
    store = open_store("s3://no-such-bucket-anywhere", Settings(endpoint_url=address))
    for act in (lambda: store.get("x"), lambda: store.put("x", b""), lambda: list(store.list()), store.now):
        with pytest.raises(StorageError) as caught:
            act()
        assert caught.value.kind == "missing"
        assert "no-such-bucket-anywhere" in str(caught.value)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store("s3://bucket", Settings(endpoint_url="http://127.0.0.1:1"))
    monkeypatch.setattr(adapter, "_CONFIG", adapter.Config(retries={"total_max_attempts": 1}))
    with pytest.raises(StorageError) as caught:
        store.get("x")
    assert (caught.value.kind, caught.value.code) == ("transient", "TW337")


def test_a_lost_answer_is_read_back(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    client = opened._client.get()
    real = client.put_object

    def losing(**words: Any) -> Any:
        real(**words)
        raise ConnectionClosedError(endpoint_url="http://lost")

    monkeypatch.setattr(client, "put_object", losing)
    made = opened.put_if_absent("claim", b"token 1")
    assert made is not None
    assert made.size == 7
    assert opened.put_if_absent("claim", b"token 2") is None

    def lost_before(**_: Any) -> Any:
        raise ConnectionClosedError(endpoint_url="http://lost")

    monkeypatch.setattr(client, "put_object", lost_before)
    with pytest.raises(StorageError) as caught:
        opened.put_if_absent("other", b"token 3")
    assert caught.value.kind == "transient"
    assert opened.stat("other") is None


def test_a_retried_write_that_meets_itself_is_ours(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    client = opened._client.get()
    real = client.put_object

    def twice(**words: Any) -> Any:
        real(**words)
        return real(**words)

    monkeypatch.setattr(client, "put_object", twice)
    assert opened.put_if_absent("claim", b"token 1") is not None
    assert opened.put_if_absent("claim", b"token 2") is None


def test_a_cut_listing_is_not_an_empty_one(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.put("x", b"")
    client = opened._client.get()
    monkeypatch.setattr(client, "list_objects_v2", lambda **_: {"ResponseMetadata": {}})
    with pytest.raises(StorageError) as caught:
        list(opened.list())
    assert caught.value.kind == "transient"


def test_a_damaged_download_is_thrown_away(opened: Store, tmp_path: Path, address: str, bucket: str) -> None:
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
    client.put_object(Bucket=bucket, Key="some/prefix/bad", Body=b"damaged", Metadata={adapter._METADATA: "0" * 64})
    with pytest.raises(StorageError) as caught:
        opened.get_file("bad", tmp_path / "file")
    assert caught.value.code == "TW338"
    assert list(tmp_path.iterdir()) == []


def test_an_object_that_was_cut_on_its_way_is_not_taken_for_whole(opened: Store, address: str, tmp_path: Path) -> None:
    opened.put("small", b'{"whole": true}')
    assert opened.put_if_absent("other", b'{"whole": true}') is not None
    with Proxy(address, Only(Fault.CUT, lambda call: call.operation == "GetObject")) as proxy:
        behind = open_store(opened.uri, Settings(endpoint_url=proxy.url))
        for key in ("small", "other"):
            with pytest.raises(StorageError) as caught:
                behind.get(key)
            assert caught.value.kind == "transient"
        with pytest.raises(StorageError):
            behind.get_file("small", tmp_path / "small")
        assert proxy.fired[Fault.CUT.value] >= 3


def test_keys_that_would_leave_the_folder(opened: Store, tmp_path: Path, address: str, bucket: str) -> None:
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
    for key in ("a/../../../evil", "a//evil", "a/./evil"):
        client.put_object(Bucket=bucket, Key=f"some/prefix/{key}", Body=b"x")
        with pytest.raises(StorageError) as caught:
            opened.download("a", tmp_path / "in" / "target")
        assert caught.value.code == "TW335"
        client.delete_object(Bucket=bucket, Key=f"some/prefix/{key}")
    assert list(tmp_path.iterdir()) == []


def test_folder_markers_are_no_files(opened: Store, tmp_path: Path, address: str, bucket: str) -> None:
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
    client.put_object(Bucket=bucket, Key="some/prefix/data/", Body=b"")
    client.put_object(Bucket=bucket, Key="some/prefix/data/sub/", Body=b"")
    opened.put("data/x", b"1")
    assert opened.download("data", tmp_path / "t") == 1


def test_opening_needs_no_credentials_and_many_threads_make_one_client(address: str, bucket: str) -> None:
    store = open_store(f"s3://{bucket}", Settings(endpoint_url=address))
    start = threading.Barrier(8)

    def first(_: int) -> int:
        start.wait()
        return id(store._client.get())

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(first, range(8)))) == 1


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "X"), "permission", "TW332"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "old"}}, "X"), "credentials", "TW333"),
        (ClientError({"Error": {"Code": "SlowDown", "Message": "busy"}}, "X"), "transient", "TW337"),
        (
            ClientError({"Error": {"Code": "New"}, "ResponseMetadata": {"HTTPStatusCode": 502}}, "X"),
            "transient",
            "TW337",
        ),
        (ClientError({"Error": {"Code": "Odd", "Message": "?"}}, "X"), "failed", "TW330"),
        (NoCredentialsError(), "credentials", "TW333"),
        (ReadTimeoutError(endpoint_url="x"), "transient", "TW337"),
    ],
)
def test_errors(error: Exception, kind: str, code: str) -> None:
    with pytest.raises(StorageError) as caught, s3_errors.classified("doing it"):
        raise error
    assert (caught.value.kind, caught.value.code) == (kind, code)
    assert str(caught.value).startswith("doing it: ")


class Guarded(Settings):
    account: str = "123456789012"  # moto's own


EVERY_CALL = {
    "HeadBucket", "HeadObject", "GetObject", "PutObject", "ListObjectsV2", "DeleteObject",
    "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload",
}  # fmt: skip


def _all_that_a_store_does(store: Store, folder: Path) -> None:
    small, large = folder / "small", folder / "large"
    small.write_bytes(b"1")
    large.write_bytes(b"1" * (adapter._ONE_REQUEST + 1))
    store.now()
    store.put("one", b"1")
    store.put_if_absent("two", b"2")
    store.put_file("small", small)
    store.put_file("large", large)
    store.get("one")
    store.stat("one")
    store.get_file("large", folder / "back")
    assert {entry.key for entry in store.list()} == {"one", "two", "small", "large"}
    store.child("below").put("three", b"3")
    store.delete("one")


def _owners_asked_for(store: Store) -> dict[str, set[str | None]]:
    """By operation, as it goes out."""
    seen: dict[str, set[str | None]] = {}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        seen.setdefault(model.name, set()).add(params["headers"].get("x-amz-expected-bucket-owner"))

    store._client.get().meta.events.register("before-call.s3", note)  # type: ignore[attr-defined]
    return seen


def test_with_an_account_every_call_names_it(address: str, bucket: str, tmp_path: Path) -> None:
    store = open_store(f"s3://{bucket}/p", Guarded(endpoint_url=address))
    seen = _owners_asked_for(store)
    _all_that_a_store_does(store, tmp_path)
    assert seen == {call: {"123456789012"} for call in EVERY_CALL}


@pytest.mark.parametrize("anybodys", [False, True])
def test_without_an_account_or_elsewhere_no_owner_is_named(
    address: str, bucket: str, tmp_path: Path, anybodys: bool
) -> None:
    """Inputs may lie in an account for data alone."""
    settings = Guarded(endpoint_url=address) if anybodys else Settings(endpoint_url=address)
    store = open_store(f"s3://{bucket}/p", settings, anybodys=anybodys)
    seen = _owners_asked_for(store)
    _all_that_a_store_does(store, tmp_path)
    assert seen == {call: {None} for call in EVERY_CALL}


def test_a_bucket_of_another_account_is_said_to_be_one(
    address: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3's own answer to a wrong ExpectedBucketOwner is 403, without a word of whose the bucket is."""
    store = open_store(f"s3://{bucket}", Guarded(endpoint_url=address))

    def denied(**_: Any) -> Any:
        about = {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}
        raise ClientError(about, "PutObject")

    monkeypatch.setattr(store._client.get(), "put_object", denied)  # type: ignore[attr-defined]
    with pytest.raises(StorageError) as caught:
        store.put("x", b"")
    assert (caught.value.kind, caught.value.code) == ("permission", "TW332")
    assert "account 123456789012's (`aws.account`)" in (caught.value.hint or "")
