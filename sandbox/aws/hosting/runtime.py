"""SageMaker's runtime: requests to endpoints, passed on to containers; answers and errors in the service's shapes."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.front import LostAnswer, scope
from tradewind.sandbox.aws.hosting import eventstream
from tradewind.sandbox.aws.hosting.instance import Instance
from tradewind.sandbox.aws.hosting.lines import GROUP
from tradewind.sandbox.aws.hosting.route import Lane
from tradewind.sandbox.aws.hosting.stage import Stage
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.monitoring.monitor import Invocation, Monitor

PATH = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream|async-invocations)")
OPERATIONS = {"invocations": "InvokeEndpoint", "invocations-response-stream": "InvokeEndpointWithResponseStream"}
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
LARGEST = 6_291_456  # bytes of a request and of an answer, by the service's model
PATIENCE = 60.0  # seconds that a container has
CONNECT = 2.0  # seconds
PASSED = ("X-Amzn-SageMaker-Custom-Attributes", "X-Amzn-SageMaker-Inference-Id", "X-Amzn-SageMaker-Session-Id")
VARIANT, ATTRIBUTES = "x-Amzn-Invoked-Production-Variant", "X-Amzn-SageMaker-Custom-Attributes"
ABSENT = {
    "X-Amzn-SageMaker-Target-Model": "multi-model endpoints (TargetModel)",
    "X-Amzn-SageMaker-Target-Container-Hostname": "multi-container endpoints (TargetContainerHostname)",
    "X-Amzn-SageMaker-Inference-Component": "inference components",
}
LATE = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each "
    "container in Amazon CloudWatch, resolve the issue, and try again."
)
BROKEN = "The container primary closed the connection before it had answered."


@dataclass(frozen=True)
class Call:
    region: str
    endpoint: str
    streamed: bool
    body: bytes
    headers: Mapping[str, str]
    began: float


class ModelError(Exception):
    """`status` is the container's, 0 where it gave none."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Runtime:
    """Asked for every request to the emulator; None: not mine. On the loop."""

    def __init__(
        self,
        stage: Callable[[str, str], Stage | None],
        client: Callable[[], aiohttp.ClientSession],
        knobs: Knobs,
        monitor: Monitor,
    ) -> None:
        self._stage = stage
        self._client = client
        self._knobs = knobs
        self._monitor = monitor

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse | None:
        found = PATH.fullmatch(request.path) if request.method == "POST" else None
        if found is None:
            return None
        region, _ = scope(request.headers.get("Authorization", ""))
        try:
            operation = OPERATIONS.get(found[2])
            if operation is None:
                raise ServiceError("UnknownOperationException", "InvokeEndpointAsync is not emulated by this sandbox")
            if self._knobs.hits("throttle", operation):
                raise ServiceError("ThrottlingException", "Rate exceeded", status=429)
            answer = await self._invoked(request, await _heard(request, region, found[1], found[2]))
            if self._knobs.hits("lose", operation):
                raise LostAnswer(operation)
            return answer
        except ServiceError as error:
            return _refused(error.status, error.code, {"Message": error.message})

    async def _invoked(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        lane = self._lane(call)
        self._monitor.entered(call.region, call.endpoint, lane.variant)
        try:
            return await self._tried(request, call, lane)
        except ModelError as error:
            return _model_error(call, error)
        finally:
            self._monitor.left(call.region, call.endpoint, lane.variant)

    def _lane(self, call: Call) -> Lane:
        stage = self._stage(call.region, call.endpoint)
        if stage is None or not stage.route.lanes:
            raise _invalid(f"Endpoint {call.endpoint} of account {ACCOUNT} not found.")
        variant = call.headers.get("X-Amzn-SageMaker-Target-Variant")
        if variant and not stage.route.has(variant):
            raise _invalid(f"Variant {variant} of endpoint {call.endpoint} of account {ACCOUNT} not found.")
        lane = stage.route.pick(variant or None)
        if lane is None:
            raise ServiceError("ServiceUnavailable", "No instance of the endpoint is in service.", status=503)
        return lane

    async def _tried(self, request: web.BaseRequest, call: Call, lane: Lane) -> web.StreamResponse:
        refused: Instance | None = None
        for _ in range(2):
            one = lane.fleet.pick(spare=refused)
            if one is None:
                break
            one.in_flight += 1
            try:
                return await self._passed(request, call, lane, one)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):  # not a byte was sent
                one.suspect()
                refused = one
            finally:
                one.in_flight -= 1
        raise ServiceError("ServiceUnavailable", "No instance of the endpoint accepts connections.", status=503)

    async def _passed(self, request: web.BaseRequest, call: Call, lane: Lane, one: Instance) -> web.StreamResponse:
        asked = time.monotonic()
        status = 0
        try:
            async with self._client().post(
                f"{one.address}/invocations",
                data=call.body,
                headers=_onward(call.headers),
                timeout=aiohttp.ClientTimeout(
                    total=None if call.streamed else PATIENCE, sock_connect=CONNECT, sock_read=PATIENCE
                ),
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
            ) as answer:
                status = answer.status
                if call.streamed and 200 <= status < 300:
                    return await _streamed(request, answer, lane.variant)
                return await _whole(answer, lane.variant)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            status = -1  # another instance is asked: this was no invocation yet
            raise
        except TimeoutError as error:
            status = 0
            raise ModelError(0, LATE) from error
        except aiohttp.ClientError as error:
            status = 0
            raise ModelError(0, BROKEN) from error
        finally:
            if status >= 0:
                self._record(call, lane, one, status, time.monotonic() - asked)

    def _record(self, call: Call, lane: Lane, one: Instance, status: int, model: float) -> None:
        overhead = max(0.0, time.monotonic() - call.began - model)
        self._monitor.record(
            Invocation(
                call.region,
                call.endpoint,
                lane.variant,
                lane.fleet.config,
                one.name,
                status,
                model,
                overhead,
                time.time(),
            )
        )


async def _heard(request: web.BaseRequest, region: str, endpoint: str, path: str) -> Call:
    began = time.monotonic()
    if not NAME.fullmatch(endpoint) or len(endpoint) > 63:
        raise _invalid(
            f"1 validation error detected: Value '{endpoint}' at 'endpointName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
        )
    for name, what in ABSENT.items():
        if name in request.headers:
            raise _invalid(f"This sandbox does not emulate {what}.")
    if (request.content_length or 0) > LARGEST:
        raise _too_long()
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise _too_long()
    return Call(region, endpoint, path == "invocations-response-stream", bytes(body), request.headers, began)


async def _whole(answer: aiohttp.ClientResponse, variant: str) -> web.Response:
    body = await answer.read()
    if not 200 <= answer.status < 300:
        raise ModelError(answer.status, body.decode("utf-8", "replace"))
    if len(body) > LARGEST:
        raise ModelError(0, f"The response is larger than {LARGEST} bytes.")
    headers = {**_back(answer, variant), "Content-Type": answer.headers.get("Content-Type", "application/octet-stream")}
    return web.Response(body=body, headers=headers)


async def _streamed(request: web.BaseRequest, answer: aiohttp.ClientResponse, variant: str) -> web.StreamResponse:
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


def _onward(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name: headers[name] for name in PASSED if name in headers}
    if "Content-Type" in headers:
        found["Content-Type"] = headers["Content-Type"]
    # the streamed operation names what it accepts in a header of its own
    accept = headers.get("X-Amzn-SageMaker-Accept") or headers.get("Accept")
    return {**found, "Accept": accept} if accept else found


def _back(answer: aiohttp.ClientResponse, variant: str) -> dict[str, str]:
    said = {VARIANT: variant, "x-amzn-RequestId": str(uuid.uuid4())}
    if ATTRIBUTES in answer.headers:
        said[ATTRIBUTES] = answer.headers[ATTRIBUTES]
    return said


def _model_error(call: Call, error: ModelError) -> web.Response:
    who = "client" if 400 <= error.status < 500 else "server"
    group = f"{GROUP}/{call.endpoint}"
    told = (
        f'Received {who} error ({error.status}) from primary with message "{error.message}". See '
        f"https://{call.region}.console.aws.amazon.com/cloudwatch/home?region={call.region}#logEventViewer:group={group} "
        f"in account {ACCOUNT} for more information."
    )
    more = {
        "Message": told,
        "OriginalStatusCode": error.status,
        "OriginalMessage": error.message,
        "LogStreamArn": f"arn:aws:logs:{call.region}:{ACCOUNT}:log-group:{group}",
    }
    return _refused(424, "ModelError", more)


def _refused(status: int, code: str, body: Mapping[str, object]) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    if code:
        headers["x-amzn-ErrorType"] = code
    return web.json_response(body, status=status, headers=headers)


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)


def _too_long() -> ServiceError:
    """Refused before the service proper, so it has no code but its status."""
    return ServiceError("", f"HTTP content length exceeded {LARGEST} bytes.", status=413)
