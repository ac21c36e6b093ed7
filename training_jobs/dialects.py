"""The clouds' own words, turned into TW_* and MASTER_*. What is set in our words already is never overwritten."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Callable, Dict, Mapping, NamedTuple

from tradewind.training_jobs.errors import USAGE, BootstrapError
from tradewind.training_jobs.parameters import from_strings

Words = Dict[str, str]

# Channels that carry us, not data.
_OURS = ("code", "runtime", "tradewind", "tradewind-code", "tradewind-runtime", "sm_drivers")


class Dialect(NamedTuple):
    name: str
    spoken: Callable[[Mapping[str, str]], bool]
    translate: Callable[[Mapping[str, str]], Words]


def name_of(environ: Mapping[str, str]) -> str:
    """The dialect that is spoken here, or "" for our own alone."""
    return next((dialect.name for dialect in DIALECTS if dialect.spoken(environ)), "")


def translate(environ: Mapping[str, str]) -> Words:
    """The environment with the contract's variables added."""
    words: Words = {}
    for dialect in DIALECTS:
        if dialect.spoken(environ):
            words = {name: value for name, value in _spoken(dialect, environ).items() if value}
            break
    return {**words, **{name: value for name, value in environ.items() if value or name not in words}}


def _spoken(dialect: Dialect, environ: Mapping[str, str]) -> Words:
    try:
        return dialect.translate(environ)
    except (TypeError, ValueError, AttributeError) as error:  # JSON of another shape than the cloud's documents say
        raise BootstrapError(
            f"the {dialect.name} settings of this container are not understood: {error}", USAGE
        ) from error


def input_variable(name: str) -> str:
    return "TW_INPUT_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


# --- SageMaker: folders and files below /opt/ml; SM_* only where its toolkit or driver ran first


def _base(environ: Mapping[str, str]) -> str:
    return environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml"


def _speaks_sagemaker(environ: Mapping[str, str]) -> bool:
    return bool(
        environ.get("TRAINING_JOB_NAME")
        or environ.get("SM_MODEL_DIR")
        or os.path.exists(os.path.join(_base(environ), "input", "config", "resourceconfig.json"))
    )


def _sagemaker(environ: Mapping[str, str]) -> Words:
    base = _base(environ)
    config = os.path.join(base, "input", "config")
    resources = _json_file(os.path.join(config, "resourceconfig.json"))
    hosts = [str(host) for host in resources.get("hosts") or _json(environ.get("SM_HOSTS"), []) or ["algo-1"]]
    current = str(resources.get("current_host") or environ.get("SM_CURRENT_HOST") or hosts[0])
    hyper = _json_file(os.path.join(config, "hyperparameters.json"))
    parameters = from_strings(hyper) if hyper else _json(environ.get("SM_HPS"), {})
    data = os.path.join(base, "input", "data")
    output = environ.get("SM_OUTPUT_DIR") or os.path.join(base, "output")
    words = {
        "TW_MODEL_DIR": environ.get("SM_MODEL_DIR") or os.path.join(base, "model"),
        "TW_OUTPUT_DIR": environ.get("SM_OUTPUT_DATA_DIR") or os.path.join(output, "data"),
        "TW_CHECKPOINT_DIR": os.path.join(base, "checkpoints"),
        "TW_FAILURE_FILE": os.path.join(output, "failure"),
        "TW_PARAMETERS_JSON": json.dumps(parameters),
        "TW_RANK": str(hosts.index(current)) if current in hosts else "0",
        "TW_NODES": str(len(hosts)),
        "TW_HOSTS": ",".join(hosts),
        "MASTER_ADDR": hosts[0] if len(hosts) > 1 else "",
        "MASTER_PORT": environ.get("SM_MASTER_PORT") or ("7777" if len(hosts) > 1 else ""),
        "TW_PROCESSES": environ.get("SM_NUM_GPUS", "") if environ.get("SM_NUM_GPUS") != "0" else "",
        "TW_GRACE": "110",  # SageMaker kills 120 s after SIGTERM
        "TW_CODE": _first_there(os.path.join(data, "code"), os.path.join(base, "code")),
    }
    for channel in _channels(config, data):
        words[input_variable(channel)] = os.path.join(data, channel)
    for name, value in environ.items():
        if name.startswith("SM_CHANNEL_"):
            words[input_variable(name[len("SM_CHANNEL_") :])] = value
    return words


def _channels(config: str, data: str) -> list[str]:
    named = list(_json_file(os.path.join(config, "inputdataconfig.json")))
    there = os.listdir(data) if os.path.isdir(data) else []
    return [c for c in sorted({*named, *there}) if c not in _OURS and os.path.isdir(os.path.join(data, c))]


# --- Vertex AI: AIP_* addresses in buckets mounted below /gcs, and CLUSTER_SPEC


def _speaks_vertex(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in ("CLUSTER_SPEC", "AIP_MODEL_DIR", "AIP_CHECKPOINT_DIR", "CLOUD_ML_JOB_ID"))


def _vertex(environ: Mapping[str, str]) -> Words:
    model = environ.get("AIP_MODEL_DIR", "").rstrip("/")
    base = model.rpartition("/")[0]
    words = {
        "TW_MODEL_DIR": model,
        "TW_CHECKPOINT_DIR": environ.get("AIP_CHECKPOINT_DIR", "").rstrip("/"),
        "TW_OUTPUT_DIR": f"{base}/output" if base else "",
    }
    for name, variable in (("TRAINING", "TRAIN"), ("VALIDATION", "VALIDATION"), ("TEST", "TEST")):
        uri = environ.get(f"AIP_{name}_DATA_URI", "")
        if uri and "*" not in uri:
            words[input_variable(variable)] = uri
    words.update(_cluster(_json(environ.get("CLUSTER_SPEC"), {}) or _json(environ.get("TF_CONFIG"), {})))
    return words


def _cluster(spec: Mapping[str, Any]) -> Words:
    """Ranks count through the pools in order: workerpool0 (or chief) first."""
    pools, task = spec.get("cluster"), spec.get("task")
    if not isinstance(pools, dict) or not isinstance(task, dict):
        return {}
    order = [name for name in ("chief", "master") if name in pools]
    order += sorted(name for name in pools if name not in order)
    hosts = [str(host) for name in order for host in pools[name]]
    mine = str(task.get("type", ""))
    if len(hosts) < 2 or mine not in order:
        return {}
    before = sum(len(pools[name]) for name in order[: order.index(mine)])
    address, _, port = hosts[0].rpartition(":")
    return {
        "TW_RANK": str(before + int(task.get("index", 0))),
        "TW_NODES": str(len(hosts)),
        "TW_HOSTS": ",".join(host.rpartition(":")[0] or host for host in hosts),
        "MASTER_ADDR": address or hosts[0],
        "MASTER_PORT": port if address else "",
    }


# --- Azure ML: mounted folders by name, and what its PyTorch or MPI distribution sets


def _speaks_azure(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in ("AZUREML_RUN_ID", "AZUREML_ARM_SUBSCRIPTION", "AZUREML_RUN_TOKEN"))


def _azure(environ: Mapping[str, str]) -> Words:
    words: Words = {}
    outputs = {"model": "TW_MODEL_DIR", "checkpoint": "TW_CHECKPOINT_DIR", "checkpoints": "TW_CHECKPOINT_DIR"}
    for name, value in environ.items():
        if name.startswith("AZURE_ML_INPUT_"):
            words[input_variable(name[len("AZURE_ML_INPUT_") :])] = value
        elif name.startswith("AZURE_ML_OUTPUT_"):
            words[outputs.get(name[len("AZURE_ML_OUTPUT_") :].lower(), "TW_OUTPUT_DIR")] = value
    address, port = _azure_master(environ)
    nodes = environ.get("AZUREML_NODE_COUNT") or environ.get("OMPI_COMM_WORLD_SIZE") or _azure_nodes(environ)
    words.update(
        {
            "TW_RANK": environ.get("NODE_RANK") or environ.get("OMPI_COMM_WORLD_RANK") or environ.get("RANK", ""),
            "TW_NODES": nodes,
            "MASTER_ADDR": address,
            "MASTER_PORT": port,
        }
    )
    return words if nodes else {k: v for k, v in words.items() if k != "TW_RANK"}


def _azure_nodes(environ: Mapping[str, str]) -> str:
    """WORLD_SIZE counts processes; nodes are what is left after those of one node."""
    world, local = environ.get("WORLD_SIZE", ""), environ.get("LOCAL_WORLD_SIZE", "1")
    return str(max(1, int(world) // int(local))) if world.isdigit() and local.isdigit() and int(local) else ""


def _azure_master(environ: Mapping[str, str]) -> tuple[str, str]:
    batch = environ.get("AZ_BATCH_MASTER_NODE", "")
    address, _, port = batch.rpartition(":")
    # The port in AZ_BATCH_MASTER_NODE is the scheduler's own; ours is the default.
    return environ.get("MASTER_ADDR") or (address or port), environ.get("MASTER_PORT") or ""


DIALECTS = (
    Dialect("sagemaker", _speaks_sagemaker, _sagemaker),
    Dialect("vertex", _speaks_vertex, _vertex),
    Dialect("azureml", _speaks_azure, _azure),
)


def _first_there(*paths: str) -> str:
    return next((path for path in paths if os.path.exists(path)), "")


def _json(text: str | None, default: Any) -> Any:
    if not text:
        return default
    try:
        return json.loads(text)
    except ValueError as error:
        raise BootstrapError(f"the cloud's own settings are not JSON: {error}", USAGE) from error


def _json_file(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return {}
    found = _json(text, {})
    return found if isinstance(found, dict) else {}
