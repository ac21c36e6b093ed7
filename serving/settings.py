"""What the server is told by its environment: our own names first, then the clouds'."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass, field
from typing import Mapping, Sequence
from urllib.parse import unquote

from tradewind.serving.errors import StartError

# Amazon SageMaker mounts the model here and says so nowhere.
_SAGEMAKER_MODEL = "/opt/ml/model"


@dataclass(frozen=True)
class Settings:
    """All sizes in bytes, all times in seconds."""

    model_dir: str = ""
    code_dir: str = ""
    handler: str = ""  # absolute path of the handler's file; empty = the built-in loaders
    framework: str = ""
    method: str = "predict"  # what a built-in scikit-learn style model is asked
    host: str = "0.0.0.0"
    port: int = 8080
    fd: int | None = None  # an inherited listening socket
    request_timeout: float = 60.0
    concurrency: int = 8
    queue: int = 8
    queue_wait: float = 5.0
    max_body: int = 6_000_000
    max_connections: int = 1024
    grace: float = 25.0
    access_log: bool = True
    header_timeout: float = 10.0
    keep_alive: float = 75.0
    predict_routes: frozenset[str] = field(default_factory=frozenset)
    health_routes: frozenset[str] = field(default_factory=frozenset)
    requirements: str = ""  # file inside the code folder, installed before the handler is imported
    index: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)  # variable name -> reference, fetched before that too
    leash: str = ""  # file whose lock those hold who use this server: it ends when nobody does
    leash_linger: float = 20.0


PREDICT_ROUTES = frozenset(["/invocations", "/score", "/predict"])
READY_ROUTES = frozenset(["/ping", "/readyz"])


def _number(name: str, text: str, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise StartError(f"{name}={text!r} is not a number") from None
    if not least <= value < 1e12:  # also refuses nan and inf
        raise StartError(f"{name}={text!r} is out of range: at least {least:g}")
    return value


def _whole(name: str, text: str, least: int) -> int:
    value = _number(name, text, least)
    if value != int(value):
        raise StartError(f"{name}={text!r} is not a whole number")
    return int(value)


def _switch(name: str, text: str) -> bool:
    if text.strip().lower() in ("1", "true", "yes", "on"):
        return True
    if text.strip().lower() in ("0", "false", "no", "off", ""):
        return False
    raise StartError(f"{name}={text!r} is neither 1 nor 0")


def _first(env: Mapping[str, str], *names: str) -> tuple[str, str]:
    for name in names:
        if env.get(name):
            return name, env[name]
    return names[0], ""


def _route(name: str, text: str) -> frozenset[str]:
    if not text:
        return frozenset()
    if not text.startswith("/"):
        raise StartError(f"{name}={text!r} is not a path: it must begin with /")
    return frozenset([unquote(text)])  # as requests' paths are compared


def _references(said: str) -> Mapping[str, str]:
    """TW_SECRETS as {"NAME": "reference"}; names alone (`A,B`, `["A"]`) are of values that are here already."""
    if not said.lstrip().startswith("{"):
        return {}
    try:
        found = json.loads(said)
    except ValueError:
        raise StartError("TW_SECRETS is not JSON") from None
    return {str(name): str(reference) for name, reference in found.items()}


def _handler(code_dir: str, said: str) -> str:
    if not said:
        return ""
    path = os.path.abspath(os.path.join(code_dir or os.getcwd(), said))
    if not os.path.isfile(path):
        raise StartError(f"the handler {said!r} is not a file in {code_dir or 'the working folder'}")
    return path


def from_environ(env: Mapping[str, str], said: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, with what the command line said (same TW_ names) on top. Raises StartError."""
    env = {**env, **(said or {})}
    code_dir = env.get("TW_CODE_DIR", "")
    if code_dir and not os.path.isdir(code_dir):
        raise StartError(f"TW_CODE_DIR={code_dir!r} is not a folder")
    name, model_dir = _first(env, "TW_MODEL_DIR", "AZUREML_MODEL_DIR", "SM_MODEL_DIR")
    if not model_dir and os.path.isdir(_SAGEMAKER_MODEL):
        model_dir = _SAGEMAKER_MODEL
    if model_dir and not os.path.isdir(model_dir):
        raise StartError(f"{name}={model_dir!r} is not a folder")
    port_name, port = _first(env, "TW_PORT", "AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT", "AZUREML_SERVING_PORT")
    concurrency = _whole("TW_CONCURRENCY", env.get("TW_CONCURRENCY") or "8", 1)
    timeout = _number("TW_REQUEST_TIMEOUT", env.get("TW_REQUEST_TIMEOUT") or "60", 0.001)
    fd = env.get("TW_FD", "")
    number = _whole(port_name, port or "8080", 0)
    if number > 65535:
        raise StartError(f"{port_name}={port!r} is not a port")
    return Settings(
        model_dir=os.path.abspath(model_dir) if model_dir else "",
        code_dir=os.path.abspath(code_dir) if code_dir else "",
        handler=_handler(code_dir, env.get("TW_HANDLER", "")),
        framework=env.get("TW_FRAMEWORK", "").split(":")[0].strip().lower(),
        method=env.get("TW_METHOD") or "predict",
        host=env.get("TW_HOST") or "0.0.0.0",
        port=number,
        fd=_whole("TW_FD", fd, 0) if fd else None,
        request_timeout=timeout,
        concurrency=concurrency,
        queue=_whole("TW_QUEUE", env.get("TW_QUEUE") or str(concurrency), 0),
        queue_wait=min(timeout, _number("TW_QUEUE_WAIT", env.get("TW_QUEUE_WAIT") or "5", 0)),
        max_body=_whole("TW_MAX_BODY", env.get("TW_MAX_BODY") or "6000000", 0),
        max_connections=_whole("TW_MAX_CONNECTIONS", env.get("TW_MAX_CONNECTIONS") or "1024", 1),
        grace=_number("TW_GRACE", env.get("TW_GRACE") or "25", 0),
        access_log=_switch("TW_ACCESS_LOG", env.get("TW_ACCESS_LOG", "1")),
        header_timeout=_number("TW_HEADER_TIMEOUT", env.get("TW_HEADER_TIMEOUT") or "10", 0.05),
        keep_alive=_number("TW_KEEP_ALIVE", env.get("TW_KEEP_ALIVE") or "75", 0.05),
        predict_routes=PREDICT_ROUTES | _route("AIP_PREDICT_ROUTE", env.get("AIP_PREDICT_ROUTE", "")),
        health_routes=READY_ROUTES | _route("AIP_HEALTH_ROUTE", env.get("AIP_HEALTH_ROUTE", "")),
        requirements=env.get("TW_REQUIREMENTS", ""),
        index=env.get("TW_INDEX", ""),
        secrets=_references(env.get("TW_SECRETS", "")),
        leash=env.get("TW_LEASH", ""),
        leash_linger=_number("TW_LEASH_LINGER", env.get("TW_LEASH_LINGER") or "20", 0),
    )


_FLAGS = {
    "--model-dir": ("TW_MODEL_DIR", "folder of the model"),
    "--code-dir": ("TW_CODE_DIR", "folder of the handler and what it imports"),
    "--handler": ("TW_HANDLER", "file with load(model_dir) and predict(model, inputs), inside the code folder"),
    "--framework": ("TW_FRAMEWORK", "sklearn, xgboost, lightgbm, onnx or pytorch, where there is no handler"),
    "--host": ("TW_HOST", "address to listen on (default 0.0.0.0)"),
    "--port": ("TW_PORT", "port to listen on (default 8080)"),
    "--concurrency": ("TW_CONCURRENCY", "requests worked on at once (default 8)"),
    "--request-timeout": ("TW_REQUEST_TIMEOUT", "seconds (default 60)"),
    "--max-body": ("TW_MAX_BODY", "bytes (default 6000000)"),
    "--grace": ("TW_GRACE", "seconds to finish in after SIGTERM (default 25)"),
    "--access-log": ("TW_ACCESS_LOG", "1 or 0 (default 1)"),
}


def from_command_line(arguments: Sequence[str]) -> dict[str, str]:
    """What flags say, by the names of the variables that they stand for."""
    parser = argparse.ArgumentParser(
        prog="python -m tradewind.serving",
        description="Serve a model over HTTP under the contracts of SageMaker, Vertex AI and Azure ML at once. "
        "Each flag wins over its environment variable.",
    )
    for flag, (variable, text) in _FLAGS.items():
        parser.add_argument(flag, dest=variable, metavar=variable, help=text)
    parser.add_argument(
        "word", nargs="?", choices=["serve"], help="what SageMaker adds to the command; changes nothing"
    )
    return {
        name: value
        for name, value in vars(parser.parse_args(list(arguments))).items()
        if value is not None and name != "word"
    }
