"""The one contract, read from TW_* variables (see `dialects` for how clouds' own words become these)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Mapping

from tradewind.training_jobs.errors import USAGE, BootstrapError
from tradewind.training_jobs.parameters import fill

LAUNCHERS = ("none", "torchrun", "mpi")
INPUT = "TW_INPUT_"
GRACE = 25.0  # seconds; most schedulers kill after 30


@dataclass(frozen=True)
class Job:
    """`command` is ready to be executed: parameters filled in. Folders are paths on this machine."""

    command: tuple[str, ...]
    code: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]  # variable name -> folder or file
    model: str
    output: str
    checkpoint: str
    failure_files: tuple[str, ...]
    requirements: str
    index: str
    rank: int
    nodes: int
    master_addr: str
    master_port: int  # 0: any free one
    hosts: tuple[str, ...]
    launcher: str
    processes: int  # of one node, under a launcher; 0: one for each GPU, else one
    secrets: Mapping[str, str]  # name -> reference
    grace: float
    framework: str


def read(environ: Mapping[str, str], argv: tuple[str, ...] = ()) -> Job:
    """Raises BootstrapError with every value that is wrong named. `argv` is a literal command that replaces TW_COMMAND."""
    parameters = _parameters(environ)
    nodes = _integer(environ, "TW_NODES", 1, 1)
    rank = _integer(environ, "TW_RANK", 0, 0)
    if rank >= nodes:
        raise BootstrapError(f"TW_RANK={rank} does not fit TW_NODES={nodes}: ranks go from 0 to {nodes - 1}", USAGE)
    if nodes > 1 and not environ.get("MASTER_ADDR"):
        raise BootstrapError(f"TW_NODES={nodes} needs MASTER_ADDR: the address of the node of rank 0", USAGE)
    launcher = environ.get("TW_LAUNCHER") or "none"
    if launcher not in LAUNCHERS:
        raise BootstrapError(f"TW_LAUNCHER={launcher!r} is none of {', '.join(LAUNCHERS)}", USAGE)
    here = os.getcwd()
    return Job(
        command=argv or _command(environ, parameters),
        code=_path(environ, "TW_CODE", here),
        parameters=parameters,
        inputs=_inputs(environ),
        model=_path(environ, "TW_MODEL_DIR", os.path.join(here, "model")),
        output=_path(environ, "TW_OUTPUT_DIR", os.path.join(here, "output")),
        checkpoint=_path(environ, "TW_CHECKPOINT_DIR", os.path.join(here, "checkpoints")),
        failure_files=tuple(path for path in environ.get("TW_FAILURE_FILE", "").split(os.pathsep) if path),
        requirements=environ.get("TW_REQUIREMENTS", ""),
        index=environ.get("TW_INDEX", ""),
        rank=rank,
        nodes=nodes,
        master_addr=environ.get("MASTER_ADDR") or "127.0.0.1",
        master_port=_integer(environ, "MASTER_PORT", 0 if nodes == 1 else 29500, 0, 65535),
        hosts=tuple(host.strip() for host in environ.get("TW_HOSTS", "").split(",") if host.strip()),
        launcher=launcher,
        processes=_integer(environ, "TW_PROCESSES", 0, 0),
        secrets=_secrets(environ),
        grace=_seconds(environ, "TW_GRACE", GRACE),
        framework=environ.get("TW_FRAMEWORK", ""),
    )


def local_path(value: str, name: str) -> str:
    """A path on this machine for a path, a file:// URI, or a gs:// URI where buckets are mounted (Vertex: /gcs)."""
    scheme, found, rest = value.partition("://")
    if not found:
        return os.path.abspath(value)
    if scheme == "file":
        return os.path.abspath(rest)
    if scheme == "gs":
        root = os.environ.get("TW_GCS_ROOT", "/gcs")
        if os.path.isdir(root):
            return os.path.join(root, rest.rstrip("/"))
        raise BootstrapError(f"{name}={value}: the bucket is not mounted ({root} is not there)", USAGE)
    raise BootstrapError(
        f"{name}={value}: {scheme}:// is no folder on this machine; it must be mounted or copied", USAGE
    )


def _path(environ: Mapping[str, str], name: str, default: str) -> str:
    value = environ.get(name)
    return local_path(value, name) if value else default


def _command(environ: Mapping[str, str], parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """A JSON list is taken literally; a string is for the shell, and `{name}` in it is a parameter."""
    said = environ.get("TW_COMMAND", "").strip()
    if not said:
        raise BootstrapError("TW_COMMAND is not set: there is nothing to run", USAGE)
    if said.startswith("["):
        try:
            listed = json.loads(said)
        except ValueError:
            listed = None  # a shell command may start with a bracket as well: [ -f x ] && ...
        if isinstance(listed, list):
            if not listed or not all(isinstance(word, str) for word in listed):
                raise BootstrapError("TW_COMMAND must be a JSON list of strings, and not empty", USAGE)
            return tuple(listed)
    return ("sh", "-c", fill(said, parameters))


def _parameters(environ: Mapping[str, str]) -> dict[str, Any]:
    text, name = environ.get("TW_PARAMETERS_JSON", ""), "TW_PARAMETERS_JSON"
    path = environ.get("TW_PARAMETERS", "")
    if not text and path:
        name = "TW_PARAMETERS"
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            raise BootstrapError(f"TW_PARAMETERS={path}: {error.strerror}", USAGE) from error
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise BootstrapError(f"{name} is not JSON: {error}", USAGE) from error
    if not isinstance(found, dict):
        raise BootstrapError(f"{name} must be a JSON object, and is a {type(found).__name__}", USAGE)
    return found


def _inputs(environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    missing: list[str] = []
    for name, value in sorted(environ.items()):
        if name.startswith(INPUT) and value:
            found[name] = local_path(value, name)
            if not os.path.exists(found[name]):
                missing.append(f"{name}={found[name]}")
    if missing:
        raise BootstrapError(f"inputs are not there: {', '.join(missing)}")
    return found


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """`A,B`, `["A", "B"]` or `{"A": "reference"}`; a name alone is its own reference."""
    said = environ.get("TW_SECRETS", "").strip()
    if said[:1] in ("[", "{"):
        try:
            found = json.loads(said)
        except ValueError as error:
            raise BootstrapError("TW_SECRETS is not JSON", USAGE) from error
        pairs = found.items() if isinstance(found, dict) else [(name, name) for name in found]
        return {str(name): str(reference) for name, reference in pairs}
    return {name.strip(): name.strip() for name in said.split(",") if name.strip()}


def _integer(environ: Mapping[str, str], name: str, default: int, low: int, high: int | None = None) -> int:
    said = environ.get(name)
    if not said:
        return default
    try:
        value = int(said)
    except ValueError:
        value = low - 1
    if value < low or (high is not None and value > high):
        raise BootstrapError(f"{name}={said!r} is not a whole number from {low}{f' to {high}' if high else ''}", USAGE)
    return value


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    said = environ.get(name)
    if not said:
        return default
    try:
        value = float(said)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise BootstrapError(f"{name}={said!r} is not a number of seconds", USAGE)
    return value
