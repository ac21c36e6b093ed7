"""Faults in the words of each service: code, status and envelope as botocore's models have them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.faults.calls import Call
from tests.faults.plans import Fault

# The code by which a service says "too fast"; where none is named, the services of the JSON protocol say this one.
THROTTLING = {
    "s3": ("SlowDown", 503),
    "monitoring": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "iam": ("Throttling", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "servicequotas": ("TooManyRequestsException", 400),
}
PAGE = b"<html><body><b>Http/1.1 Service Unavailable</b></body> </html>"  # a front end's, in nobody's protocol


@dataclass(frozen=True)
class Spoken:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def refusal(call: Call, fault: Fault) -> Spoken:
    if fault is Fault.UNAVAILABLE:
        return Spoken(503, PAGE, {"Content-Type": "text/html"})
    if fault is Fault.INTERNAL:
        return _in_protocol(call, "InternalError" if call.protocol == "s3" else "InternalFailure", "we are sorry", 500)
    code, status = THROTTLING.get(call.service, ("ThrottlingException", 400))
    return _in_protocol(call, code, "Rate exceeded", status)


def _in_protocol(call: Call, code: str, said: str, status: int) -> Spoken:
    match call.protocol:
        case "json" | "runtime":
            body = json.dumps({"__type": code, "message": said}).encode()
            return Spoken(status, body, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code})
        case "cbor":
            headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
            return Spoken(status, _map({"__type": code, "message": said}), headers)
        case "s3":
            xml = f"<Error><Code>{code}</Code><Message>{said}</Message><RequestId>r</RequestId></Error>"
        case "query":
            xml = f"<Response><Errors><Error><Code>{code}</Code><Message>{said}</Message></Error></Errors></Response>"
            if call.service != "ec2":
                inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{said}</Message></Error>"
                xml = f"<ErrorResponse>{inner}<RequestId>r</RequestId></ErrorResponse>"
    return Spoken(status, xml.encode(), {"Content-Type": "text/xml"})


def _map(said: dict[str, str]) -> bytes:
    """A CBOR map of short texts (RFC 8949 §3)."""
    return bytes([0xA0 + len(said)]) + b"".join(_text(name) + _text(value) for name, value in said.items())


def _text(said: str) -> bytes:
    data = said.encode()
    head = bytes([0x60 + len(data)]) if len(data) < 24 else bytes([0x78, len(data)])
    return head + data
