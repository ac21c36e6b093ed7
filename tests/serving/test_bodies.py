"""Types in and out, and that no body whatever gets a traceback or a server error."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
from typing import Any

import numpy as np
import pytest
from fakes.serving import Start
from hypothesis import given
from hypothesis import strategies as st

from tradewind.serving import answers
from tradewind.serving.bodies import decode
from tradewind.serving.errors import HttpError, from_handler, without_paths

TELL = """
def predict(model, inputs):
    kind = type(inputs).__name__
    return [kind, inputs.tolist() if kind == "ndarray" else inputs if kind != "bytes" else inputs.hex()]
"""


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def test_types_in(start: Start) -> None:
    server = start(TELL)
    cases: list[tuple[str | None, bytes, Any]] = [
        ("application/json", b'{"a": [1, 2.5, null]}', ["dict", {"a": [1, 2.5, None]}]),
        ("application/json; charset=latin-1", '"é"'.encode("latin-1"), ["str", "é"]),
        ("application/vnd.acme+json", b"[1]", ["list", [1]]),
        (None, b"[1]", ["list", [1]]),
        ("application/x-ndjson", b'{"a": 1}\n\n[2]\r\n', ["list", [{"a": 1}, [2]]]),
        ("application/jsonlines", b"1\n2", ["list", [1, 2]]),
        ("text/csv", b'1,2.5,"x, y",\n3,4,z,5\n', ["list", [[1, 2.5, "x, y", None], [3, 4, "z", 5]]]),
        ("text/csv; header=present", b"a,b\n1,2\n", ["list", [{"a": 1, "b": 2}]]),
        ("application/x-npy", npy(np.array([[1, 2]])), ["ndarray", [[1, 2]]]),
        ("text/plain", "\ufeffhéllo".encode(), ["str", "héllo"]),
        ("application/octet-stream", b"\x00\xff", ["bytes", "00ff"]),
        ("image/png", b"\x89", ["bytes", "89"]),
    ]
    for kind, body, wanted in cases:
        answer = server.post(body, kind=kind)
        assert (answer.status, answer.json()) == (200, wanted), kind


@pytest.mark.parametrize(
    ("kind", "body", "status", "said"),
    [
        ("application/json", b"{", 400, "line 1, column 2"),
        ("application/json", b"", 400, "empty"),
        ("application/json", b"[NaN]", 400, "NaN is not JSON"),
        ("application/json", b"[" * 100_000, 400, "nested too deeply"),
        ("application/json", b"1" * 5000, 400, "not usable JSON"),
        ("application/json", b"\xff", 400, "not utf-8"),
        ("application/json; charset=klingon", b"1", 415, "klingon"),
        ("application/json; charset=rot13", b"1", 415, "rot13"),
        ("application/json", b'{"instances": 1}', 400, '"instances" must be a list'),
        ("application/json", b'{"instances": [], "parameters": []}', 400, '"parameters" must be an object'),
        ("application/x-ndjson", b"1\n{", 400, "line 2"),
        ("text/csv", b"1,2\n3\n", 400, "row 2 has 1 cells"),
        ("text/csv", b'"open', 400, "not CSV"),
        ("application/x-npy", b"\x93NUMPY\x01\x00", 400, "npy"),
        ("application/x-npy", npy(np.array([{}], dtype=object)), 400, "npy"),
        ("application/x-npy", npy(np.zeros(4))[:-1], 400, "does not fit its length"),
        ("application/x-www-form-urlencoded", b"a=1", 415, "Content-Type: application/json"),
        ("multipart/form-data; boundary=x", b"--x--", 415, "multipart"),
    ],
)
def test_what_is_refused(kind: str, body: bytes, status: int, said: str) -> None:
    with pytest.raises(HttpError) as caught:
        decode(kind, body)
    assert caught.value.status == status
    assert said in caught.value.message


def test_only_the_exact_form_is_unwrapped() -> None:
    assert decode("", b'{"instances": [1], "parameters": {"a": 1}}') == ([1], {"a": 1}, True)
    more = b'{"instances": [1], "other": 2}'
    assert decode("", more) == (json.loads(more), {}, False)


def encoded(value: Any, accept: str = "", wrapped: bool = False) -> tuple[bytes, str]:
    return tuple(answers.encode(value, accept, wrapped))


def test_types_out() -> None:
    table = [[1, 2.5], [3, None]]
    assert encoded(table) == (b"[[1,2.5],[3,null]]", "application/json")
    assert encoded(table, "application/jsonl") == (b"[1,2.5]\n[3,null]\n", "application/x-ndjson")
    assert encoded(table, "text/csv") == (b"1,2.5\n3,\n", "text/csv; charset=utf-8")
    assert encoded([{"a": 1, "b": "x,y"}], "text/csv")[0] == b'a,b\n1,"x,y"\n'
    assert encoded(np.array([1, 2]), "text/csv")[0] == b"1\n2\n"
    assert encoded([None, {}], "text/csv")[0] == b'""\n{}\n'  # found by the property below
    body, kind = encoded(np.array([[1.5]]), "application/x-npy")
    assert (np.load(io.BytesIO(body)).tolist(), kind) == ([[1.5]], "application/x-npy")
    assert encoded("hé", "text/plain") == ("hé".encode(), "text/plain; charset=utf-8")
    assert encoded("hé") == (b'"h\\u00e9"', "application/json")
    assert encoded(b"\x00") == (b"\x00", "application/octet-stream")
    assert encoded([1], wrapped=True)[0] == b'{"predictions":[1]}'
    assert encoded({"predictions": [1], "more": 2}, wrapped=True)[0] == b'{"predictions":[1],"more":2}'


def test_numbers_of_libraries_and_what_is_not_finite() -> None:
    assert (
        encoded({"a": np.float32(1.5), "b": np.array([1.0, math.nan, math.inf])})[0] == b'{"a":1.5,"b":[1.0,null,null]}'
    )
    assert encoded(math.nan)[0] == b"null"
    with pytest.raises(TypeError, match="returned a object, which is not JSON"):
        encoded([object()])


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/json;q=0.1, text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0, */*;q=0.1", "application/json"),
        ("image/png, application/x-ndjson;q=0.5", "application/x-ndjson"),
    ],
)
def test_negotiation(accept: str, kind: str) -> None:
    assert encoded([1], accept)[1] == kind


def test_not_acceptable(start: Start) -> None:
    with pytest.raises(HttpError) as caught:
        encoded([1], "image/png")
    assert caught.value.status == 406
    server = start("def predict(model, inputs, context):\n    context.media_type = 'image/gif'\n    return b'GIF'")
    image = server.post(1)
    assert (image.body, image.headers["content-type"]) == (b"GIF", "image/gif")
    assert server.post(1, accept="image/png").status == 406
    assert server.post(1, accept="image/*").status == 200


def test_handlers_errors(start: Start) -> None:
    server = start(
        """
        class BadInput(ValueError):
            status = 422
        class Strange(Exception):
            status = "often"
        def predict(model, inputs):
            if inputs == "bad":
                raise BadInput("age must not be negative")
            if inputs == "path":
                open("/opt/secret/place/weights.bin")
            if inputs == "exit":
                raise SystemExit(3)
            if inputs == "type":
                return object()
            raise Strange()
        """
    )
    bad = server.post("bad")
    assert (bad.status, bad.json()["error"]) == (422, {"type": "BadInput", "message": "age must not be negative"})
    path = server.post("path")
    assert path.status == 500
    assert "weights.bin" in path.message
    assert "secret" not in path.body.decode()
    assert server.post("exit").status == 500
    assert "not JSON" in server.post("type").message
    assert server.post("else").json()["error"] == {"type": "Strange", "message": "the handler gave no message"}
    assert server.post("bad", accept="application/json").status == 422  # still alive
    failures = [line for line in server.log() if line["message"] == "predict failed"]
    assert "/opt/secret/place" in failures[0]["error"]
    assert "Traceback" in failures[0]["traceback"]


def test_paths_are_cut_and_addresses_are_not() -> None:
    assert without_paths("cannot read '/a/b/c.txt': no") == "cannot read 'c.txt': no"
    assert without_paths("see https://host/a/b and 1/2 or a/b/c") == "see https://host/a/b and 1/2 or a/b/c"
    assert without_paths(r"in C:\Users\me\x.pkl") == "in x.pkl"
    assert from_handler(KeyError("x"))[:2] == (500, "KeyError")


KINDS = """
application/json|application/json; charset=utf-16|application/json; charset=\x00|text/csv|text/csv; header=present
|application/x-ndjson|application/x-npy|application/octet-stream|text/plain|a/b|;;=|
"""
kinds = st.sampled_from([kind.strip() for kind in KINDS.split("|")])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(kinds, st.binary() | st.text().map(str.encode) | values.map(lambda v: json.dumps(v).encode()))
def test_any_body_is_understood_or_refused(kind: str, body: bytes) -> None:
    with contextlib.suppress(HttpError):  # anything else that is raised fails the test
        assert isinstance(decode(kind, body).parameters, dict)


@given(
    values, st.sampled_from(["", "text/csv", "application/x-ndjson", "text/plain", "text/event-stream", "*/*;q=0.5"])
)
def test_any_value_can_be_answered(value: Any, accept: str) -> None:
    body, kind = encoded(value, accept)
    if kind == "application/json":
        json.loads(body, parse_constant=pytest.fail)
    elif kind.startswith("text/csv") and "\x00" not in body.decode():
        list(csv.reader(io.StringIO(body.decode(), newline="")))


@given(st.text(), st.text())
def test_any_accept_header(accept: str, kind: str) -> None:
    assert 0 <= answers.weight(accept, kind) <= 1


def test_a_series_is_its_values() -> None:
    class Series:  # as pandas' one
        def to_dict(self) -> dict[int, float]:
            return {0: 1.5}

        def tolist(self) -> list[float]:
            return [1.5]

    assert encoded(Series())[0] == b"[1.5]"
    assert encoded([Series()], "text/csv")[0] == b"1.5\n"


def test_a_media_type_that_is_none(start: Start) -> None:
    """It would have been a line of its own in the answer's head, or have kept the answer from being made at all."""
    server = start(
        """
        def predict(model, inputs, context):
            context.media_type = inputs["type"]
            return iter([b"x"]) if inputs.get("stream") else b"x"
        """
    )
    for kind in ("text/plain\r\nset-cookie: a=b", "text/\u20ac", "a\x00b"):
        for stream in (False, True):
            answer = server.post({"type": kind, "stream": stream})
            assert (answer.status, "set-cookie" in answer.headers) == (500, False), kind
            assert "is no content type" in answer.message
    assert server.post({"type": "text/plain"}).body == b"x"
