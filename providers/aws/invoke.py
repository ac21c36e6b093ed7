"""Asking an endpoint: one request, sent once. A request that is sent again may be worked on twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.losses import BODY
from tradewind.providers.aws.session import Session
from tradewind.values import Reply

RUNTIME = "sagemaker-runtime"
BYTES = "application/octet-stream"


class Invoking:
    def __init__(self, session: Session) -> None:
        self._session = session

    def url(self, name: str) -> str:
        """Where the endpoint answers, for whoever signs requests."""
        return f"{self._client().meta.endpoint_url.rstrip('/')}/endpoints/{name}/invocations"

    def invoke(self, name: str, body: bytes, content_type: str, slot: str | None, accept: str | None) -> Reply:
        """What the container answered, its errors included. Raises ProviderError where it was not asked, or did not answer."""
        from botocore.exceptions import ClientError

        during, client = f"ask endpoint {name}", self._client()
        request = _request(name, body, content_type, accept, during)
        if slot is not None:
            request["TargetVariant"] = slot
        with classified(during):
            try:
                answer = client.invoke_endpoint(**request)
                said = answer["Body"].read()
            except ClientError as error:
                if (reply := _original(error.response, slot)) is not None:
                    return reply
                raise
        return Reply(200, said, answer.get("ContentType") or BYTES, answer.get("InvokedProductionVariant") or slot)

    def stream(self, name: str, body: bytes, content_type: str, accept: str | None) -> Iterator[bytes]:
        """Pieces as they come. An error on the way, by the model or by SageMaker, is a ProviderError."""
        during, client = f"ask endpoint {name}", self._client()
        request = _request(name, body, content_type, accept, during)
        with classified(during):
            events = client.invoke_endpoint_with_response_stream(**request)["Body"]
            try:
                for event in events:  # an event that is an error is raised by botocore
                    if piece := event.get("PayloadPart", {}).get("Bytes"):
                        yield piece
            finally:
                events.close()

    def _client(self) -> Any:
        return self._session.client(RUNTIME, attempts=1)


def _request(name: str, body: bytes, content_type: str, accept: str | None, during: str) -> dict[str, Any]:
    if len(body) > BODY:
        said = f"the request has {len(body):,} bytes, and SageMaker takes {BODY:,}"
        raise ProviderError("invalid", said, during=during, code=GENERAL["invalid"], hint="send less at once")
    made: dict[str, Any] = {"EndpointName": name, "Body": body, "ContentType": content_type}
    return {**made, "Accept": accept} if accept else made


def _original(response: dict[str, Any], slot: str | None) -> Reply | None:
    """ModelError (424): the container did answer, with an error of its own."""
    status = response.get("OriginalStatusCode")
    if response.get("Error", {}).get("Code") != "ModelError" or not isinstance(status, int):
        return None
    text = response.get("OriginalMessage") or ""
    return Reply(status, text.encode(), "application/json" if _is_json(text) else "text/plain; charset=utf-8", slot)


def _is_json(text: str) -> bool:
    """SageMaker passes the body on, and not its type."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
