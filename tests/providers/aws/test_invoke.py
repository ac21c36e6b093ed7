"""Asking an endpoint, through botocore's own parsing: whole answers, the container's errors, streams, and nothing sent twice."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import EventStreamError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tradewind.errors import ProviderError
from tradewind.providers.aws import losses
from tradewind.providers.aws.invoke import Invoking
from tradewind.providers.aws.session import Session
from tradewind.spec.clouds.aws import Aws

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


class OneClient:
    """A session with one client, that was asked for as it must be."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def client(self, service: str, *, attempts: int | None = None) -> Any:
        assert (service, attempts) == ("sagemaker-runtime", 1)
        return self._client


@pytest.fixture
def stubbed() -> Iterator[tuple[Invoking, Stubber]]:
    client = boto3.client("sagemaker-runtime", region_name="eu-west-1", **KEYS)
    with Stubber(client) as stub:
        yield Invoking(OneClient(client)), stub  # type: ignore[arg-type]  # a session's face
        stub.assert_no_pending_responses()


def body(text: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(text), len(text))


def test_an_answer(stubbed: tuple[Invoking, Stubber]) -> None:
    asking, stub = stubbed
    said = {"Body": body(b"[1.0]"), "ContentType": "application/json", "InvokedProductionVariant": "a"}
    sent = {
        "EndpointName": "e",
        "Body": b"{}",
        "ContentType": "text/plain",
        "Accept": "application/json",
        "TargetVariant": "b",
    }
    stub.add_response("invoke_endpoint", said, sent)
    reply = asking.invoke("e", b"{}", "text/plain", "b", "application/json")
    assert (reply.status, reply.body, reply.content_type, reply.slot) == (200, b"[1.0]", "application/json", "a")


def test_only_what_was_said_is_sent(stubbed: tuple[Invoking, Stubber]) -> None:
    asking, stub = stubbed
    stub.add_response("invoke_endpoint", {"Body": body(b"")}, {"EndpointName": "e", "Body": b"", "ContentType": "a/b"})
    assert asking.invoke("e", b"", "a/b", None, None).content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("said", "content_type"), [('{"error": "no"}', "application/json"), ("no", "text/plain; charset=utf-8")]
)
def test_the_containers_own_error_is_an_answer(stubbed: tuple[Invoking, Stubber], said: str, content_type: str) -> None:
    asking, stub = stubbed
    stub.add_client_error(
        "invoke_endpoint", "ModelError", f'Received client error (413) from primary with message "{said}"', 424,
        modeled_fields={"OriginalStatusCode": 413, "OriginalMessage": said, "LogStreamArn": "arn"},
    )  # fmt: skip
    reply = asking.invoke("e", b"{}", "application/json", "a", None)
    assert (reply.status, reply.body, reply.content_type, reply.slot) == (413, said.encode(), content_type, "a")


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        ("ValidationError", "Endpoint e of account 123456789012 not found.", 400, "missing"),
        ("ValidationError", "Variant z of endpoint e not found.", 400, "missing"),
        ("ModelNotReadyException", "the model is not ready", 429, "transient"),
        ("ServiceUnavailable", "try later", 503, "transient"),
        ("InternalFailure", "oh", 500, "transient"),
        ("InternalDependencyException", "oh", 530, "transient"),
        ("ThrottlingException", "Rate exceeded", 400, "throttled"),
        ("AccessDeniedException", "User: x is not authorized to perform: sagemaker:InvokeEndpoint", 403, "permission"),
        ("ModelError", "without what the container said", 424, "failed"),
    ],
)
def test_where_nobody_answered(
    stubbed: tuple[Invoking, Stubber], code: str, message: str, status: int, kind: str
) -> None:
    asking, stub = stubbed
    stub.add_client_error("invoke_endpoint", code, message, status)
    with pytest.raises(ProviderError) as caught:
        asking.invoke("e", b"{}", "application/json", None, None)
    assert (caught.value.kind, caught.value.during) == (kind, "ask endpoint e")


def test_too_large_is_said_before_it_is_sent(stubbed: tuple[Invoking, Stubber]) -> None:
    asking, _ = stubbed
    for call in (
        lambda: asking.invoke("e", bytes(losses.BODY + 1), "a/b", None, None),
        lambda: list(asking.stream("e", bytes(losses.BODY + 1), "a/b", None)),
    ):
        with pytest.raises(ProviderError, match="6,291,457 bytes") as caught:
            call()
        assert caught.value.kind == "invalid"


class Events:
    """What botocore hands out for an event stream."""

    def __init__(self, events: list[Mapping[str, Any] | Exception]) -> None:
        self.events = events
        self.closed = False

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event

    def close(self) -> None:
        self.closed = True


class Streaming:
    def __init__(self, events: Events) -> None:
        self._events = events

    def invoke_endpoint_with_response_stream(self, **request: Any) -> dict[str, Any]:
        assert request == {"EndpointName": "e", "Body": b"{}", "ContentType": "a/b"}
        return {"Body": self._events}


def stream(events: Events) -> Iterator[bytes]:
    return Invoking(OneClient(Streaming(events))).stream("e", b"{}", "a/b", None)  # type: ignore[arg-type]  # likewise


def piece(text: bytes) -> dict[str, Any]:
    return {"PayloadPart": {"Bytes": text}}


def test_pieces_as_they_come() -> None:
    events = Events([piece(b"a"), piece(b""), piece(b"b")])
    assert list(stream(events)) == [b"a", b"b"]
    assert events.closed


@pytest.mark.parametrize(("code", "kind"), [("ModelStreamError", "failed"), ("InternalStreamFailure", "transient")])
def test_a_stream_that_breaks_says_why(code: str, kind: str) -> None:
    broken = EventStreamError({"Error": {"Code": code, "Message": "it broke"}}, "InvokeEndpointWithResponseStream")
    events, found = Events([piece(b"a"), broken]), []
    with pytest.raises(ProviderError, match="it broke") as caught:
        found += stream(events)
    assert caught.value.kind == kind
    assert events.closed


def test_whoever_stops_listening_hangs_up() -> None:
    events = Events([piece(b"a"), piece(b"b")])
    pieces = stream(events)
    assert next(pieces) == b"a"
    pieces.close()  # type: ignore[attr-defined]  # a generator
    assert events.closed


@contextmanager
def deaf() -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes requests and hangs up: botocore would send again, if it were let."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(65536))

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_lost_answer_is_never_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_MAX_ATTEMPTS", "5"),
    ):
        monkeypatch.setenv(name, value)
    with deaf() as (url, heard):
        asking = Invoking(Session(Aws(region="eu-west-1", endpoint_url=url)))
        assert asking.url("e") == f"{url}/endpoints/e/invocations"
        for call in (
            lambda: asking.invoke("e", b"{}", "application/json", None, None),
            lambda: list(asking.stream("e", b"{}", "application/json", None)),
        ):
            with pytest.raises(ProviderError) as caught:
                call()
            assert caught.value.kind == "transient"
    assert len(heard) == 2
