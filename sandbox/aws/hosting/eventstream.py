"""AWS's event stream encoding: what InvokeEndpointWithResponseStream answers in. Format: smithy's `vnd.amazon.event-stream`."""

from __future__ import annotations

import binascii
import json
import struct

KIND = "application/vnd.amazon.eventstream"
TEXT = 7  # a header whose value is a text


def part(data: bytes) -> bytes:
    """A PayloadPart."""
    headers = {":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream"}
    return _frame(headers, data)


def model_error(code: str, message: str) -> bytes:
    """A ModelStreamError: the stream is over."""
    headers = {
        ":message-type": "exception",
        ":exception-type": "ModelStreamError",
        ":content-type": "application/json",
    }
    return _frame(headers, json.dumps({"Message": message, "ErrorCode": code}).encode())


def _frame(headers: dict[str, str], payload: bytes) -> bytes:
    head = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    prelude = struct.pack("!II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack("!I", binascii.crc32(prelude)) + head + payload
    return message + struct.pack("!I", binascii.crc32(message))


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack("!B", len(name)) + name + struct.pack("!BH", TEXT, len(value)) + value
