"""A door to operations of one AWS service, in each protocol of its clients: JSON, query with XML, RPC v2 with CBOR."""

from __future__ import annotations

import gzip
import io
import json
import logging
import uuid
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.parsers import RpcV2CBORParser
from botocore.serialize import CBORSerializer
from botocore.utils import parse_timestamp
from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from tradewind.sandbox.aws import validation
from tradewind.sandbox.aws.doors import Answer
from tradewind.sandbox.aws.faults import ServiceError

log = logging.getLogger("tradewind.sandbox.aws")

Said = Mapping[str, Any]
Work = Callable[[Said, str], "Said | None"]  # request, region -> answer; None: moto shall answer; raises ServiceError
LARGEST = 8 * 1024 * 1024  # bytes of a request
FORM, CBOR = "application/x-www-form-urlencoded", "application/cbor"


class Wire:
    """Requests are held against the service's model before the work. Times come and go in epoch seconds.

    `invalid` is the code that the service gives to a request which its model does not allow.
    """

    def __init__(self, service: str, operations: Mapping[str, Work], *, invalid: str = "ValidationException") -> None:
        self._service = service
        self._model = validation.model(service)
        self._operations = operations
        self._invalid = invalid

    def __call__(self, environ: dict[str, Any], region: str, service: str) -> Answer | None:
        if service != self._model.signing_name or environ.get("REQUEST_METHOD") != "POST":
            return None
        raw = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST + 1))
        environ["wsgi.input"] = io.BytesIO(raw)  # for whoever is asked next
        kind = str(environ.get("CONTENT_TYPE", "")).partition(";")[0]
        try:
            body = _unpacked(raw, environ.get("HTTP_CONTENT_ENCODING", ""))
            operation = self._named(environ, kind, body)
            if (work := self._operations.get(operation)) is None:
                return None
        except ServiceError as error:
            return self._refused(kind, error)
        try:
            said = self._asked(operation, kind, body)
            found = work(said, region)
            return None if found is None else self._answered(operation, kind, found)
        except ServiceError as error:
            return self._refused(kind, error)
        except Exception:
            log.exception("%s failed", operation)
            return self._refused(kind, ServiceError("InternalFailure", "The emulator failed.", status=500))

    def _named(self, environ: dict[str, Any], kind: str, body: bytes) -> str:
        """The operation that is asked for; "" where that cannot be told."""
        if target := environ.get("HTTP_X_AMZ_TARGET", ""):
            return str(target).rpartition(".")[2]
        if kind == FORM:
            return dict(parse_qsl(body.decode())).get("Action", "")
        path = str(environ.get("PATH_INFO", ""))
        return path.rpartition("/operation/")[2] if "/operation/" in path else ""

    def _asked(self, operation: str, kind: str, body: bytes) -> Said:
        shape = self._model.operation_model(operation).input_shape
        try:
            if kind == FORM:
                parser = QueryParser(_moto(self._service).operation_model(operation), timestamp_parser=str)
                said = parser.parse({"values": MultiDict(parse_qsl(body.decode(), keep_blank_values=True))})  # type: ignore[typeddict-item]
            elif kind == CBOR:
                said = RpcV2CBORParser().parse_data_item(_Peeked(body)) if body else {}
            else:
                said = json.loads(body or b"{}")
        except (ValueError, TypeError) as error:
            raise ServiceError("SerializationException", f"The request cannot be read: {error}") from error
        try:
            validation.check(operation, said, self._service)
        except ServiceError as error:
            if error.code == validation.INVALID:
                raise ServiceError(self._invalid, error.message) from error
            raise
        return dict(_plain(shape, said))

    def _answered(self, operation: str, kind: str, found: Said) -> Answer:
        if kind == FORM:
            context = SerializationContext(str(uuid.uuid4()))
            said = QuerySerializer(_moto(self._service).operation_model(operation), context).serialize(found)
            return _xml(200, str(said["body"]))
        if kind == CBOR:
            shape, packed = self._model.operation_model(operation).output_shape, bytearray()
            if shape is not None:
                CBORSerializer()._serialize_data_item(packed, found, shape)
            return self._packed(200, bytes(packed))
        return self._json(200, found)

    def _refused(self, kind: str, error: ServiceError) -> Answer:
        modelled = next((shape for shape in self._model.error_shapes if _code(shape) == error.code), None)
        name = error.code if modelled is None else modelled.name
        status = (
            error.status if modelled is None else modelled.metadata.get("error", {}).get("httpStatusCode", error.status)
        )
        fault = "Sender" if status < 500 else "Receiver"
        if kind == FORM:
            told = f"<Type>{fault}</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
            return _xml(
                status, f"<ErrorResponse><Error>{told}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
            )
        headers = [("x-amzn-RequestId", str(uuid.uuid4())), ("x-amzn-ErrorType", name)]
        if "awsQueryCompatible" in self._model.metadata:
            headers.append(("x-amzn-query-error", f"{error.code};{fault}"))
        if kind == CBOR:
            packed = bytearray([0xA2])  # a map of two
            for text in ("__type", name, "message", error.message):
                CBORSerializer()._serialize_type_string(packed, text, None, None)
            return self._packed(status, bytes(packed), *headers)
        return self._json(status, {"__type": name, "message": error.message, "Message": error.message}, *headers)

    def _json(self, status: int, body: Said, *headers: tuple[str, str]) -> Answer:
        data = json.dumps(body).encode()
        version = self._model.metadata.get("jsonVersion", "1.1")
        kind = ("Content-Type", f"application/x-amz-json-{version}")
        return Answer(status, [data], (kind, ("Content-Length", str(len(data))), *headers))

    def _packed(self, status: int, data: bytes, *headers: tuple[str, str]) -> Answer:
        kind = (("Content-Type", CBOR), ("smithy-protocol", "rpc-v2-cbor"), ("Content-Length", str(len(data))))
        return Answer(status, [data], (*kind, *headers))


class _Peeked(io.BufferedReader):
    """What botocore's parser reads from: it looks ahead."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


def _xml(status: int, text: str) -> Answer:
    data = text.encode()
    return Answer(status, [data], (("Content-Type", "text/xml"), ("Content-Length", str(len(data)))))


@cache
def _moto(service: str) -> Any:
    return get_service_model(service)


def _unpacked(raw: bytes, encoding: str) -> bytes:
    """botocore packs large PutMetricData requests."""
    if len(raw) > LARGEST:
        raise ServiceError("RequestEntityTooLarge", f"The request is larger than {LARGEST} bytes.", status=413)
    try:
        return gzip.decompress(raw) if encoding == "gzip" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise ServiceError("SerializationException", "The request is not what its Content-Encoding says.") from error


def _code(shape: Any) -> str:
    return str(shape.metadata.get("error", {}).get("code", shape.name))


def _plain(shape: Any, value: Any) -> Any:
    """With every time in epoch seconds."""
    if value is None or shape is None:
        return value
    if shape.type_name == "structure":
        return {key: _plain(shape.members[key], item) for key, item in value.items() if key in shape.members}
    if shape.type_name == "list":
        return [_plain(shape.member, item) for item in value]
    if shape.type_name == "timestamp":
        try:
            return (value if isinstance(value, datetime) else parse_timestamp(value)).timestamp()
        except (ValueError, TypeError, OverflowError) as error:
            raise ServiceError("SerializationException", f"{value} is not a timestamp") from error
    return value
