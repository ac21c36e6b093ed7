"""The servers that are measured: how each is installed, told to serve the same model in one process, and asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

ROW = [round(0.37 * n, 2) for n in range(1, 31)]

MAKE_MODEL = """
import joblib, sys
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
x, y = load_breast_cancer(return_X_y=True)
joblib.dump(LogisticRegression(max_iter=10000).fit(x, y), sys.argv[1])
"""

FLOOR = """
import asyncio, json, sys, joblib, numpy, uvloop
model = joblib.load("model.joblib")
class Floor(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""
    def data_received(self, data):
        self.buffer += data
        end = self.buffer.find(b"\\r\\n\\r\\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\\r\\n", 1)[0]) if at >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return
        body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
        answer = json.dumps(model.predict(numpy.asarray(json.loads(body))).tolist()).encode() if body else b"ok"
        head = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n"
        self.transport.write(head % len(answer) + answer)
async def main():
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
uvloop.run(main())
"""

ASGI = """
import json, joblib, numpy
model = joblib.load("model.joblib")
HEADERS = [(b"content-type", b"application/json")]
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer = json.dumps(model.predict(numpy.asarray(json.loads(body))).tolist()).encode() if body else b"ok"
    headers = [*HEADERS, (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
"""

HANDLER = """
import joblib, numpy
def load(model_dir):
    return joblib.load(model_dir + "/model.joblib")
def predict(model, inputs):
    return model.predict(numpy.asarray(inputs))
"""

BENTO = """
import bentoml, joblib, numpy
@bentoml.service(workers=1, traffic={"timeout": 60})
class Model:
    def __init__(self):
        self.model = joblib.load("model.joblib")
    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[int]:
        return self.model.predict(numpy.asarray(rows)).tolist()
"""

AZURE = """
import json, joblib, numpy
def init():
    global model
    model = joblib.load("model.joblib")
def run(data):
    return model.predict(numpy.asarray(json.loads(data))).tolist()
"""

_MLSERVER = {
    "debug": False,
    "host": "127.0.0.1",
    "parallel_workers": 0,
}
_MLMODEL = {
    "name": "m",
    "implementation": "mlserver_sklearn.SKLearnModel",
    "parameters": {"uri": "./model.joblib", "version": "1"},
}


@dataclass(frozen=True)
class Peer:
    """`command` runs in a folder that holds model.joblib and `files`; {python}, {bin} and {port} are filled in, in env too."""

    name: str
    command: tuple[str, ...]
    path: str
    ready: str
    packages: tuple[str, ...] = ()  # none: this project's own environment
    files: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    body: str = json.dumps([ROW])


_OURS = {
    "TW_MODEL_DIR": ".",
    "TW_HOST": "127.0.0.1",
    "TW_PORT": "{port}",
    "TW_CONCURRENCY": "64",
}
_SERVE = ("{python}", "-m", "tradewind.serving")

FLOOR_PEER = Peer("floor (bare asyncio)", ("{python}", "floor.py", "{port}"), "/", "/", files={"floor.py": FLOOR})
OURS = Peer("tradewind", _SERVE, "/invocations", "/ping", env=_OURS)
VARIANTS = (
    Peer("tradewind, pure Python", _SERVE, "/invocations", "/ping", env={**_OURS, "TW_PURE_PYTHON": "1"}),
    Peer(
        "tradewind, own handler",
        _SERVE,
        "/invocations",
        "/ping",
        files={"serve.py": HANDLER},
        env={**_OURS, "TW_HANDLER": "serve.py", "TW_CODE_DIR": "."},
    ),
)
PEERS = (
    Peer(
        "MLServer",
        ("{bin}/mlserver", "start", "."),
        "/v2/models/m/infer",
        "/v2/models/m/ready",
        ("mlserver", "mlserver-sklearn"),
        {"settings.json": json.dumps(_MLSERVER), "model-settings.json": json.dumps(_MLMODEL)},
        {"MLSERVER_HTTP_PORT": "{port}", "MLSERVER_GRPC_PORT": "{spare}", "MLSERVER_METRICS_PORT": "{spare2}"},
        json.dumps({"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64", "data": ROW}]}),
    ),
    Peer(
        "BentoML",
        ("{bin}/bentoml", "serve", "service:Model", "--host", "127.0.0.1", "--port", "{port}"),
        "/predict",
        "/readyz",
        ("bentoml", "scikit-learn"),
        {"service.py": BENTO},
        {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": "."},
        json.dumps({"rows": [ROW]}),
    ),
    Peer(
        "azureml-inference-server-http",
        ("{bin}/azmlinfsrv", "--entry_script", "score.py", "--port", "{port}", "--health_port", "{spare}"),
        "/score",
        "/",
        ("azureml-inference-server-http", "scikit-learn"),
        {"score.py": AZURE},
    ),
    Peer(
        "raw ASGI under uvicorn",
        (
            "{bin}/uvicorn",
            "asgi:app",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--no-access-log",
            "--log-level",
            "warning",
        ),
        "/",
        "/",
        ("uvicorn[standard]", "scikit-learn"),
        {"asgi.py": ASGI},
    ),
)
RIVALS = ("MLServer", "BentoML", "azureml-inference-server-http")
