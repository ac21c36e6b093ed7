"""A strict HTTP/1.1 request parser in plain Python, for images without httptools. Same calls, same callbacks, same strictness.

What could be read in two ways is refused, since a proxy may read it the other way: bare line feeds, folded headers, spaces
before a colon, two lengths, a length beside chunks, transfer codings other than chunked.
"""

from __future__ import annotations

import os
import re
from typing import Any, Callable

_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}) ([!-~]+) HTTP/1\.([01])")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_HEAD_LIMIT = 65536
_LINE_LIMIT = 4096


class NoUpgrade(Exception):
    """Never raised: what httptools raises for an Upgrade header, which this parser reads like any other."""


class ParseError(Exception):
    """The bytes are not an HTTP/1.1 request."""


class RequestParser:
    """`listener` has on_url, on_header, on_headers_complete, on_body and on_message_complete, as httptools calls them."""

    def __init__(self, listener: Any) -> None:
        self._listener = listener
        self._buffer = b""
        self._at = 0  # how far the buffer is read: cutting it after each small chunk would copy all the rest each time
        self._state = self._head
        self._left = 0
        self._method = b""
        self._minor = 1
        self._keep_alive = True
        self._trailers = 0

    def get_method(self) -> bytes:
        return self._method

    def get_http_version(self) -> str:
        return "1.1" if self._minor else "1.0"

    def should_keep_alive(self) -> bool:
        return self._keep_alive

    def feed_data(self, data: bytes) -> None:
        """Raises ParseError; then the parser is of no further use."""
        self._buffer = self._buffer + data if self._buffer else bytes(data)
        self._at = 0
        while self._at < len(self._buffer) and self._state():
            pass
        self._buffer = self._buffer[self._at :]

    def _head(self) -> bool:
        buffer, at = self._buffer, self._at
        if buffer.startswith(b"\r\n", at):  # RFC 9112, 2.2: an empty line before a request is let through
            self._at += 2
            return True
        end = buffer.find(b"\r\n\r\n", at)
        if end < 0:
            head = buffer[at:]
            if len(head) > _HEAD_LIMIT:
                raise ParseError("the headers are too long")
            if b"\n" in head.replace(b"\r\n", b""):
                raise ParseError("a line ends without a carriage return")
            return False
        self._at = end + 4
        self._request(buffer[at:end].split(b"\r\n"))
        return True

    def _request(self, lines: Any) -> None:
        first = _REQUEST_LINE.fullmatch(lines[0])
        if not first:
            raise ParseError("the request line is malformed")
        self._method, url, minor = first.groups()
        self._minor = int(minor)
        listener = self._listener
        listener.on_url(url)
        length = coding = None
        connection = b""
        for line in lines[1:]:
            header = _HEADER.fullmatch(line)
            if not header:
                raise ParseError("a header is malformed")
            name, value = header.groups()
            value = value.rstrip(b" \t")
            lower = name.lower()
            if lower == b"content-length":
                if length is not None or not value.isdigit() or len(value) > 18:
                    raise ParseError("Content-Length is malformed or given twice")
                length = int(value)
            elif lower == b"transfer-encoding":
                if coding is not None or value.lower() != b"chunked" or not self._minor:
                    raise ParseError("Transfer-Encoding is not exactly chunked")
                coding = value
            elif lower == b"connection":
                connection += b"," + value.lower()
            listener.on_header(name, value)
        if length is not None and coding is not None:
            raise ParseError("Content-Length and Transfer-Encoding exclude each other")
        words = {word.strip() for word in connection.split(b",")}
        self._keep_alive = b"close" not in words if self._minor else b"keep-alive" in words
        listener.on_headers_complete()
        if coding is not None:
            self._state = self._size
        elif length:
            self._left, self._state = length, self._body
        else:
            listener.on_message_complete()

    def _body(self) -> bool:
        self._take()
        if not self._left:
            self._state = self._head
            self._listener.on_message_complete()
        return True

    def _take(self) -> None:
        """What is here of the body, or of the chunk."""
        part = self._buffer[self._at : self._at + self._left]
        self._at += len(part)
        self._left -= len(part)
        self._listener.on_body(part)

    def _line(self) -> Any:
        at = self._at
        end = self._buffer.find(b"\r\n", at, at + _LINE_LIMIT + 2)
        if end < 0:
            if len(self._buffer) - at > _LINE_LIMIT:
                raise ParseError("a line within the chunks is too long")
            return None
        self._at = end + 2
        return self._buffer[at:end]

    def _size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = _CHUNK.fullmatch(line)
        if not size:
            raise ParseError("a chunk's size is malformed")
        self._left = int(size.group(1), 16)
        self._trailers = 0
        self._state = self._chunk if self._left else self._trailer
        return True

    def _chunk(self) -> bool:
        if self._left:
            self._take()
            return True
        if len(self._buffer) - self._at < 2:
            return False
        if not self._buffer.startswith(b"\r\n", self._at):
            raise ParseError("a chunk is longer than its size says")
        self._at += 2
        self._state = self._size
        return True

    def _trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if line:
            self._trailers += len(line)
            if not _HEADER.fullmatch(line) or self._trailers > _LINE_LIMIT:
                raise ParseError("a trailer is malformed or too long")
            return True
        self._state = self._head
        self._listener.on_message_complete()
        return True


# The parser of the whole program: httptools where it is installed, as its C code is quicker and known to more people.
new_parser: Callable[[Any], Any] = RequestParser
MALFORMED: type[Exception] = ParseError
UPGRADE: type[Exception] = NoUpgrade
if not os.environ.get("TW_PURE_PYTHON"):
    try:
        import httptools
    except ImportError:
        pass
    else:
        new_parser = httptools.HttpRequestParser
        MALFORMED, UPGRADE = httptools.HttpParserError, httptools.HttpParserUpgrade
