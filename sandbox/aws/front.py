"""The emulator's one entrance: SageMaker answered by its parts, controls under /_sandbox, other doors, and moto for the rest."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tradewind.sandbox.aws import controls, validation
from tradewind.sandbox.aws.doors import Answer, Door
from tradewind.sandbox.aws.faults import ServiceError, invalid, unknown
from tradewind.sandbox.aws.kept import KEPT, Memory
from tradewind.sandbox.aws.knobs import Knobs

log = logging.getLogger("tradewind.sandbox.aws")
Environ = dict[str, Any]
Answering = Callable[..., Any]
Operation = Callable[[Mapping[str, Any], str], Mapping[str, Any]]  # request, region -> answer; raises ServiceError
Control = Callable[[Mapping[str, Any]], None]  # what a tester said; raises ServiceError

TARGET = "SageMaker."
CONTROL = "/_sandbox/"
SCOPE = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
LARGEST = 8 * 1024 * 1024  # bytes of a SageMaker request
LIVE_REGION = "us-east-1"
READING = ("GET", "HEAD", "OPTIONS")


class LostAnswer(ConnectionError):
    """The server drops the connection: the call was done, and nobody hears of it."""


class Front:
    """A WSGI application. `operations` are SageMaker's, by name; `runtime` names those of its runtime, for controls.

    `doors` are asked in their order before moto.
    """

    def __init__(
        self,
        operations: Mapping[str, Operation],
        runtime: Sequence[str],
        doors: Sequence[Door],
        turns: Mapping[str, Control],
        knobs: Knobs,
        memory: Memory,
        moto: Callable[..., Iterable[bytes]],
    ) -> None:
        self._operations = operations
        self._doors = doors
        self._runtime = tuple(runtime)
        self._turns = turns
        self._knobs = knobs
        self._memory = memory
        self._moto = moto

    def __call__(self, environ: Environ, answer: Answering) -> Iterable[bytes]:
        region, service = scope(environ.get("HTTP_AUTHORIZATION", ""))
        path, target = environ.get("PATH_INFO", ""), environ.get("HTTP_X_AMZ_TARGET", "")
        if path.startswith(CONTROL):
            return _answered(answer, *self._control(path.removeprefix(CONTROL), environ))
        if target.startswith(TARGET):
            return _answered(answer, *self._called(target.removeprefix(TARGET), region, environ))
        for door in self._doors:
            if (said := door(environ, region, service)) is not None:
                return _through(answer, said)
        if service == "sagemaker":
            return _answered(answer, *_refused(unknown(f"{environ['REQUEST_METHOD']} {path}")))
        try:
            return self._moto(environ, answer)
        finally:
            if environ.get("REQUEST_METHOD") not in READING:
                self._memory.touched(service)

    def _called(self, operation: str, region: str, environ: Environ) -> tuple[int, Mapping[str, Any]]:
        """One SageMaker call: status and body."""
        try:
            if self._knobs.hits("throttle", operation):
                raise ServiceError("ThrottlingException", "Rate exceeded")
            work = self._operations.get(operation)
            if work is None or not validation.known(operation):
                raise unknown(operation)
            said = _body(environ)
            validation.check(operation, said)
            result: tuple[int, Mapping[str, Any]] = (200, work(said, region))
        except ServiceError as error:
            result = _refused(error)
        except Exception:  # whatever else is wrong in here, the service's shape of it is this
            log.exception("%s failed", operation)
            result = _refused(ServiceError("InternalFailure", "The emulator failed; see its log.", status=500))
        if self._knobs.hits("lose", operation):
            raise LostAnswer(operation)
        return result

    def _control(self, name: str, environ: Environ) -> tuple[int, Mapping[str, Any]]:
        try:
            if name == "health":
                return 200, {"ready": True, "operations": sorted(self._operations), "kept": list(KEPT)}
            if environ["REQUEST_METHOD"] == "GET":
                return 200, self._knobs.shown()
            said = _body(environ)
            controls.check(name, said, (*self._operations, *self._runtime))
            if (turn := self._turns.get(name)) is not None:
                turn(said)
                return 200, self._knobs.shown()
            return 200, self._knobs.turn(name, said)
        except ServiceError as error:
            return _refused(error)


def scope(authorization: str) -> tuple[str, str]:
    """Region and service that a call was signed for, by its header."""
    found = SCOPE.search(authorization)
    return (found[1], found[2]) if found else (LIVE_REGION, "")


def _body(environ: Environ) -> dict[str, Any]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > LARGEST:
        raise ServiceError("RequestEntityTooLarge", f"The request is larger than {LARGEST} bytes.", status=413)
    try:
        said = json.loads(environ["wsgi.input"].read(length) or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", "The request is no JSON.") from error
    if not isinstance(said, dict):
        raise invalid("The request is no JSON object.")
    return said


def _refused(error: ServiceError) -> tuple[int, Mapping[str, Any]]:
    return error.status, {"__type": error.code, "message": error.message}


def _through(answer: Answering, said: Answer) -> Iterable[bytes]:
    answer(f"{said.status} {'OK' if said.status < 400 else 'Error'}", list(said.headers))
    return said.body


def _answered(answer: Answering, status: int, body: Mapping[str, Any]) -> Iterable[bytes]:
    data = json.dumps(body).encode()
    kind = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(data)))]
    if "__type" in body:
        kind.append(("x-amzn-ErrorType", str(body["__type"])))
    answer(f"{status} {'OK' if status < 400 else 'Error'}", kind)
    return [data]
