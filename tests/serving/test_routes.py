"""The three clouds' dialects: routes, variables, health before and after the model is there, and how starting can fail."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.serving import Start

from tradewind.serving.settings import from_environ

ECHO = """
def load(model_dir):
    return "model"
def predict(model, inputs, context):
    return inputs
"""


def test_every_dialect_gives_the_same_answer(start: Start) -> None:
    route = "/v1/endpoints/7/deployedModels/9:predict"
    server = start(ECHO, AIP_HEALTH_ROUTE="/v1/endpoints/7/deployedModels/9", AIP_PREDICT_ROUTE=route)
    for path in ("/ping", "/", "/readyz", "/healthz", "/v1/endpoints/7/deployedModels/9"):
        assert server.ask("GET", path).status == 200, path
        assert server.ask("HEAD", path).body == b""
    for path in ("/invocations", "/score", "/predict", route, route.replace(":", "%3A"), "/score?x=1"):
        assert server.ask("POST", path, [[1, 2]]).json() == [[1, 2]], path
        wrapped = server.ask("POST", path, {"instances": [[1, 2]], "parameters": {"a": 1}})
        assert wrapped.json() == {"predictions": [[1, 2]]}, path
        assert wrapped.headers["content-type"] == "application/json"


def test_strangers_routes_and_methods(start: Start) -> None:
    server = start(ECHO)
    assert server.ask("GET", "/nope").status == 404
    assert "/invocations" in server.ask("POST", "/nope", {}).message
    refused = server.ask("GET", "/invocations")
    assert (refused.status, refused.headers["allow"]) == (405, "POST")
    assert server.ask("DELETE", "/ping").headers["allow"] == "GET, HEAD"


def test_not_ready_until_loaded(start: Start, tmp_path: Path) -> None:
    gate = tmp_path / "go"
    server = start(
        f"""
        import os, time
        def load(model_dir):
            while not os.path.exists({str(gate)!r}):
                time.sleep(0.01)
        def predict(model, inputs):
            return 1
        """,
        wait=False,
    )
    server.until(lambda: "listening" in server.log_file.read_text())
    for path in ("/ping", "/", "/readyz"):
        assert server.ask("GET", path).status == 503
    assert server.ask("GET", "/healthz").status == 200
    early = server.post([])
    assert (early.status, early.headers["retry-after"]) == (503, "1")
    assert "tradewind_ready 0" in server.ask("GET", "/metrics").body.decode()
    gate.touch()
    server.until_ready()
    assert server.post([]).json() == 1


def test_stopped_while_loading(start: Start) -> None:
    server = start("import time\ndef load(d): time.sleep(60)\ndef predict(m, i): return i", wait=False)
    server.until(lambda: "listening" in server.log_file.read_text())
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        ("def load(d): raise RuntimeError('weights are missing')\ndef predict(m, i): return i", "weights are missing"),
        ("import not_there_at_all\ndef predict(m, i): return i", "not_there_at_all"),
        ("def load(d): return 1", "no function predict"),
        ("def predict(model): return 1", "must take (model, inputs)"),
        ("import sys\nsys.exit(0)", "SystemExit"),
        ("def load(d) return", "SyntaxError"),
    ],
)
def test_load_failure_ends_the_process_with_the_reason_last(start: Start, handler: str, said: str) -> None:
    server = start(handler, wait=False)
    assert server.process.wait(20) == 1
    last = json.loads(server.log_file.read_text().splitlines()[-1])
    assert last["level"] == "error"
    assert said in last["message"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TW_PORT": "http"}, "TW_PORT='http' is not a number"),
        ({"AIP_HTTP_PORT": "70000"}, "AIP_HTTP_PORT='70000' is not a port"),
        ({"TW_CONCURRENCY": "0"}, "at least 1"),
        ({"TW_REQUEST_TIMEOUT": "nan"}, "out of range"),
        ({"TW_MODEL_DIR": "nowhere"}, "TW_MODEL_DIR='nowhere' is not a folder"),
        ({"TW_HANDLER": "nowhere.py"}, "'nowhere.py' is not a file"),
        ({"TW_ACCESS_LOG": "maybe"}, "neither 1 nor 0"),
        ({"AIP_PREDICT_ROUTE": "predict"}, "must begin with /"),
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tradewind.serving"], env={**os.environ, **settings}, cwd=tmp_path, capture_output=True
    )
    assert ran.returncode == 2
    assert said in json.loads(ran.stderr.splitlines()[-1])["message"]
    assert b"Traceback" not in ran.stderr


def test_port_by_flag_and_port_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "tradewind.serving", "--host", "127.0.0.1", "--port", port]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert ran.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in json.loads(ran.stderr.splitlines()[-1])["message"]


def test_neither_model_nor_handler(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tradewind.serving", "--host", "127.0.0.1", "--port", "0"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert ran.returncode == 1
    assert "neither a model folder" in json.loads(ran.stderr.splitlines()[-1])["message"]


def test_siblings_and_async_load(start: Start) -> None:
    server = start(
        """
        import beside
        async def load(model_dir):
            return beside.WORD
        async def predict(model, inputs):
            return model
        """,
        files={"beside.py": "WORD = 'beside'"},
    )
    assert server.post(1).json() == "beside"


def test_model_dir_joins_both_ways(start: Start, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "word").write_text("here")
    server = start(
        """
        import os
        def load(model_dir):
            path = os.path.join(model_dir, "word")
            return [(model_dir / "word").read_text(), open(path).read(), open(model_dir + "/word").read()]
        def predict(model, inputs):
            return model
        """,
        model=tmp_path / "m",
    )
    assert server.post(1).json() == ["here"] * 3


def test_metrics_and_request_id(start: Start) -> None:
    server = start(ECHO)
    assert server.post(1, X_Request_Id="abc-1").headers["x-request-id"] == "abc-1"
    assert server.post(1, X_Amzn_Trace_Id="Root=1-5").headers["x-request-id"] == "Root=1-5"
    made = {server.post(1, X_Request_Id="two words").headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3
    server.post(b"{")
    text = server.ask("GET", "/metrics").body.decode()
    assert 'tradewind_requests_total{route="invocations",code="200"} 5' in text
    assert 'tradewind_requests_total{route="invocations",code="400"} 1' in text
    assert 'tradewind_request_seconds_count{route="invocations"} 6' in text
    assert "tradewind_ready 1" in text
    server.stop()
    lines = [line for line in server.log() if line["message"] == "request" and line["path"] == "/invocations"]
    assert [line["status"] for line in lines] == [200] * 5 + [400]
    assert lines[0]["request_id"] == "abc-1"
    assert lines[0]["method"] == "POST"
    assert lines[0]["ms"] > 0


def test_access_log_off(start: Start) -> None:
    server = start(ECHO, TW_ACCESS_LOG="0")
    server.post(1)
    server.stop()
    assert not [line for line in server.log() if line["message"] == "request"]


def test_probes_that_find_all_well_are_counted_and_not_logged(start: Start, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    server = start(
        f"""
        import os, time
        def load(d):
            while not os.path.exists({str(gate)!r}): time.sleep(0.01)
        def predict(m, i): return i
        """,
        wait=False,
        AIP_HEALTH_ROUTE="/alive/1",
    )
    server.until(lambda: "listening" in server.log_file.read_text())
    assert server.ask("GET", "/ping").status == 503
    gate.touch()
    server.until_ready()
    probes = ["/ping", "/readyz", "/healthz", "/alive/1", "/"]
    assert [server.ask("GET", path).status for path in probes] == [200] * 5
    assert 'tradewind_requests_total{route="health",code="200"}' in server.ask("GET", "/metrics").body.decode()
    server.stop()
    seen = [(line["path"], line["status"]) for line in server.log() if line["message"] == "request"]
    assert ("/ping", 503) in seen
    assert not [entry for entry in seen if entry[0] in probes and entry[1] == 200]


@pytest.mark.parametrize("where", ["load", "predict"])
def test_a_traceback_shows_the_handlers_frames_and_not_ours(start: Start, where: str) -> None:
    failing = (
        "try:\n        {}['a']\n    except KeyError as error:\n        raise RuntimeError('no weights') from error"
    )
    body = {"load": "return 1", "predict": "return 1", where: failing}
    text = f"def load(d):\n    {body['load']}\ndef predict(m, i):\n    {body['predict']}"
    server = start(text, wait=where == "predict")
    if where == "predict":
        assert server.post(1).status == 500
        server.stop()
    else:
        assert server.process.wait(20) == 1
    (trace,) = [line["traceback"] for line in server.log() if "traceback" in line]
    assert trace.count('File "') == 2
    assert trace.count("serve.py") == 2
    assert "direct cause" in trace
    last = server.log()[-1]["message"]
    assert last == ("cannot start: RuntimeError: no weights" if where == "load" else "ended")


def test_what_a_handler_prints_is_seen_at_once(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text("def load(d): print('loading')\ndef predict(m, i): return i")
    command = [sys.executable, "-m", "tradewind.serving", "--handler", "serve.py", "--host", "127.0.0.1", "--port", "0"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"loading\n"
        finally:
            process.kill()


def test_a_clouds_route_is_compared_as_paths_are() -> None:
    assert "/v1/my model:predict" in from_environ({"AIP_PREDICT_ROUTE": "/v1/my%20model:predict"}).predict_routes
