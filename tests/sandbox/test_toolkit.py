"""The stand-ins for the toolkits in SageMaker's framework images, with inference scripts as strangers write them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tradewind.sandbox.aws.toolkit import place
from tradewind.sandbox.aws.toolkit.answers import Answer, Request, Toolkit
from tradewind.sandbox.aws.toolkit.gunicorn import Gunicorn
from tradewind.sandbox.aws.toolkit.model_server import ModelServer

JSON, CSV = "application/json", "text/csv"
DEFAULTS = "class M:\n    def predict(self, x):\n        return x.sum(axis=1)\n\ndef model_fn(d):\n    return M()\n"
Made = Callable[..., Toolkit]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A container's toolkit for a script, which is a module of a name of its own."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = f"inference_{tmp_path.name}"

    def make(framework: str, script: str, **environ: str) -> Toolkit:
        code = tmp_path / "ml" / "model" / "code"
        code.mkdir(parents=True)
        (code / f"{name}.py").write_text(script)
        said = {"SAGEMAKER_BASE_DIR": str(tmp_path / "ml"), "SAGEMAKER_PROGRAM": f"{name}.py", **environ}
        gunicorn = framework in ("scikit-learn", "xgboost")
        if gunicorn:
            said["SAGEMAKER_SUBMIT_DIRECTORY"] = str(code)
        kind = Gunicorn if gunicorn else ModelServer
        toolkit: Toolkit = kind(place.of(said), framework)
        toolkit.prepare()
        return toolkit

    yield make
    sys.modules.pop(name, None)


def ask(toolkit: Toolkit, body: bytes, kind: str | None = JSON, accept: str | None = JSON) -> Answer:
    return toolkit.invoke(Request(body, kind, accept))


def ready(toolkit: Toolkit, status: int = 200) -> Toolkit:
    deadline = time.monotonic() + 20
    while toolkit.ping().status != status:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return toolkit


def test_scikit_learn_defaults_read_and_write_json_and_csv(made: Made) -> None:
    toolkit = made("scikit-learn", DEFAULTS)
    assert toolkit.ping().status == 200
    answer = ask(toolkit, b"[[1, 2], [3, 4]]")
    assert (answer.status, answer.content_type) == (200, JSON)
    assert json.loads(answer.body) == [3.0, 7.0]  # type: ignore[arg-type]
    answer = ask(toolkit, b"1,2\n3,4", CSV, CSV)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert np.array_equal([float(line) for line in bytes(answer.body).decode().split()], [3.0, 7.0])  # type: ignore[arg-type]


def test_what_the_default_functions_cannot_read_or_write(made: Made) -> None:
    toolkit = made("scikit-learn", DEFAULTS)
    unread, unwritten = ask(toolkit, b"x", "image/png"), ask(toolkit, b"[[1]]", JSON, "image/png")
    assert (unread.status, unwritten.status) == (415, 406)
    assert json.loads(unread.body)["error"] == "UnsupportedFormatError"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "kind", "body"),
    [
        ('("x", "text/plain")', "text/plain; charset=utf-8", b"x"),
        ('"x"', "text/html; charset=utf-8", b"x"),  # Flask's own default for a bare text
        ('{"a": 1}', JSON, b'{"a": 1}'),
    ],
)
def test_what_flask_makes_of_a_result(made: Made, result: str, kind: str, body: bytes) -> None:
    script = f"def model_fn(d): pass\ndef transform_fn(model, body, content_type, accept):\n    return {result}\n"
    answer = ask(made("scikit-learn", script), b"{}")
    assert (answer.status, answer.content_type, answer.body) == (200, kind, body)


def test_a_text_is_str_and_everything_else_bytes(made: Made) -> None:
    script = "def model_fn(d): pass\ndef transform_fn(m, body, kind, accept):\n    return type(body).__name__, 'text/plain'\n"
    toolkit = made("scikit-learn", script)
    assert [ask(toolkit, b"1", kind).body for kind in (JSON, CSV, "application/x-npy")] == [b"str", b"str", b"bytes"]


def test_errors_of_the_users_code_are_a_page_and_no_end(made: Made) -> None:
    script = "def model_fn(d): pass\ndef input_fn(b, c): raise KeyError('column')\ndef predict_fn(d, m): return d\n"
    toolkit = made("xgboost", script)
    answer = ask(toolkit, b"{}")
    assert (answer.status, answer.content_type) == (500, "text/html; charset=utf-8")
    assert b"Internal Server Error" in answer.body  # type: ignore[operator]
    assert toolkit.ping().status == 200


BOTH = "def transform_fn(m, b, c, a): pass\ndef input_fn(b, c): pass\ndef model_fn(d): pass"


@pytest.mark.parametrize(
    "script", ["def model_fn(d): raise RuntimeError('torn')", "import nonsense_that_is_not_there", BOTH]
)
def test_a_worker_that_cannot_load_fails_its_pings(made: Made, script: str) -> None:
    assert made("scikit-learn", script).ping().status == 500


def test_the_built_in_algorithm_is_refused_in_words(tmp_path: Path) -> None:
    toolkit = Gunicorn(place.of({"SAGEMAKER_BASE_DIR": str(tmp_path)}), "xgboost")
    with pytest.raises(SystemExit, match="no built-in algorithm"):
        toolkit.prepare()


def test_pytorch_functions_may_take_a_context(made: Made) -> None:
    script = (
        "import json\n"
        "def model_fn(model_dir, context): return context.system_properties['model_dir']\n"
        "def input_fn(body, content_type): return json.loads(body)\n"
        "def predict_fn(data, model, context): return [model, data]\n"
        "def output_fn(prediction, accept): return json.dumps(prediction)\n"
    )
    toolkit = ready(made("pytorch", script))
    answer = ask(toolkit, b'"hi"')
    assert (answer.status, answer.content_type) == (200, JSON)  # a bare text is of the kind that was asked for
    assert json.loads(answer.body)[1] == "hi"  # type: ignore[arg-type]


@pytest.mark.parametrize("framework", ["pytorch", "huggingface"])
def test_a_context_knows_the_request_and_says_what_the_answer_is(made: Made, framework: str) -> None:
    script = (
        "def model_fn(model_dir): return 1\n"
        "def transform_fn(model, body, content_type, accept, context):\n"
        "    if body == '1': context.set_response_status(code=503, phrase='Service Unavailable', idx=0)\n"
        "    return context.request_processor[0].get_request_properties().get('X-Me', 'nobody')\n"
    )
    toolkit = ready(made(framework, script))
    assert ask(toolkit, b"1").status == 503
    answer = toolkit.invoke(Request(b"2", JSON, JSON, {"X-Me": "me"}))
    assert (answer.status, answer.content_type, answer.body) == (200, JSON, b"me")


def test_scikit_learns_functions_see_flasks_request(made: Made) -> None:
    script = (
        "import flask\ndef model_fn(d): pass\n"
        "def transform_fn(m, b, c, a): return flask.request.headers['X-Me'] + b[:1], 'text/plain'\n"
    )
    answer = made("scikit-learn", script).invoke(Request(b"\xff", JSON, JSON, {"X-Me": "me"}))
    assert (answer.status, answer.body) == (200, "me\ufffd".encode())


def test_pytorch_errors_are_told_with_their_traceback(made: Made) -> None:
    script = (
        "class Custom(Exception):\n    status_code, message = 422, 'rows have 3 columns'\n"
        "def model_fn(d): return 1\ndef transform_fn(m, b, c, a):\n    raise Custom() if b == '1' else ValueError('odd')\n"
    )
    toolkit = ready(made("pytorch", script))
    first, second = ask(toolkit, b"1"), ask(toolkit, b"2")
    assert (first.status, second.status) == (422, 500)
    assert bytes(first.body).startswith(b"rows have 3 columns\nTraceback")  # type: ignore[arg-type]


def test_hugging_face_errors_are_the_clients(made: Made) -> None:
    script = "def model_fn(d): return 1\ndef predict_fn(data, model): raise ValueError('too long')\n"
    answer = ask(ready(made("huggingface", script)), b'{"inputs": "x"}')
    assert answer.status == 400
    assert json.loads(answer.body) == {  # type: ignore[arg-type]
        "code": 400,
        "type": "InternalServerException",
        "message": "too long",
    }


def test_a_model_server_is_loading_then_failed_and_tries_again(made: Made, tmp_path: Path) -> None:
    script = (
        "import os, time\ntime.sleep(0.2)\n"
        "def model_fn(d):\n    if not os.path.exists(d + '/weights'): raise RuntimeError('torn')\n"
    )
    toolkit = made("pytorch", script)
    assert toolkit.ping().status == 503
    ready(toolkit, 500)
    (tmp_path / "ml" / "model" / "weights").touch()
    ready(toolkit)


def test_a_streamed_result_comes_piece_by_piece(made: Made) -> None:
    script = (
        "def model_fn(d): pass\ndef transform_fn(m, b, c, a):\n    return (str(n) for n in range(3)), 'text/plain'\n"
    )
    answer = ask(made("scikit-learn", script), b"{}")
    assert not isinstance(answer.body, bytes)
    assert list(answer.body) == [b"0", b"1", b"2"]


def test_flask_responses_pass_through(made: Made) -> None:
    script = (
        "from types import SimpleNamespace\ndef model_fn(d): pass\n"
        "def transform_fn(m, b, c, a):\n"
        "    return SimpleNamespace(get_data=lambda: b'no', status_code=418, content_type='text/x')\n"
    )
    answer = ask(made("scikit-learn", script), b"{}")
    assert SimpleNamespace(**vars(answer)) == SimpleNamespace(status=418, body=b"no", content_type="text/x")
