"""What the runtime answers with: a container's own answer, whole or as a stream, and errors in the service's shapes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from aiohttp import web

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.hosting import eventstream
from tradewind.sandbox.aws.hosting.lines import GROUP

LARGEST = 6_291_456  # bytes of a request and of an answer, by the service's model
VARIANT, ATTRIBUTES = "x-Amzn-Invoked-Production-Variant", "X-Amzn-SageMaker-Custom-Attributes"
LATE = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each "
    "container in Amazon CloudWatch, resolve the issue, and try again."
)
BROKEN = "The container primary closed the connection before it had answered."


class ModelError(Exception):
    """`status` is the container's, 0 where it gave none."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def whole(answer: aiohttp.ClientResponse, variant: str) -> web.Response:
    body = await answer.read()
    if not 200 <= answer.status < 300:
        raise ModelError(answer.status, body.decode("utf-8", "replace"))
    if len(body) > LARGEST:
        raise ModelError(0, f"The response is larger than {LARGEST} bytes.")
    headers = {**_back(answer, variant), "Content-Type": answer.headers.get("Content-Type", "application/octet-stream")}
    return web.Response(body=body, headers=headers)


async def streamed(request: web.BaseRequest, answer: aiohttp.ClientResponse, variant: str) -> web.StreamResponse:
    headers = {
        **_back(answer, variant),
        "Content-Type": eventstream.KIND,
        "X-Amzn-SageMaker-Content-Type": answer.headers.get("Content-Type", "application/octet-stream"),
    }
    out = web.StreamResponse(headers=headers)
    await out.prepare(request)
    with suppress(ConnectionResetError):  # the client left
        try:
            async for chunk in answer.content.iter_any():
                await out.write(eventstream.part(chunk))
        except TimeoutError:
            await out.write(eventstream.model_error("ModelInvocationTimeExceeded", LATE))
        except aiohttp.ClientError:
            await out.write(eventstream.model_error("StreamBroken", BROKEN))
        await out.write_eof()
    return out


def _back(answer: aiohttp.ClientResponse, variant: str) -> dict[str, str]:
    said = {VARIANT: variant, "x-amzn-RequestId": str(uuid.uuid4())}
    if ATTRIBUTES in answer.headers:
        said[ATTRIBUTES] = answer.headers[ATTRIBUTES]
    return said


def model_error(region: str, endpoint: str, error: ModelError) -> web.Response:
    who = "client" if 400 <= error.status < 500 else "server"
    group = f"{GROUP}/{endpoint}"
    told = (
        f'Received {who} error ({error.status}) from primary with message "{error.message}". See '
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group} "
        f"in account {ACCOUNT} for more information."
    )
    more = {
        "Message": told,
        "OriginalStatusCode": error.status,
        "OriginalMessage": error.message,
        "LogStreamArn": f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}",
    }
    return refused(424, "ModelError", more)


def refused(status: int, code: str, body: Mapping[str, object]) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    if code:
        headers["x-amzn-ErrorType"] = code
    return web.json_response(body, status=status, headers=headers)


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)


def too_long() -> ServiceError:
    """Refused before the service proper, so it has no code but its status."""
    return ServiceError("", f"HTTP content length exceeded {LARGEST} bytes.", status=413)
