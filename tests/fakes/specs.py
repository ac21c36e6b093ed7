"""Documents made by mutation, and what the schema and the models say to them."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tradewind.errors import Problem, SpecError
from tradewind.spec import loads, schema

FULL: dict[str, Any] = {
    "name": "churn",
    "description": "all of it",
    "provider": "aws",
    "tags": {"team": "growth", "cost-center": "4711"},
    "runtime": {"python": "3.12", "requirements": "requirements.txt", "index": "https://example.org/simple"},
    "train": {
        "source": "training/",
        "command": "python train.py --epochs {epochs}",
        "framework": "sklearn:1.5",
        "parameters": {"epochs": 20, "rate": 0.5, "deep": True, "kind": "x"},
        "inputs": {"train": "data/churn.csv", "more": {"uri": "s3://bucket/x", "mode": "stream"}, "old": "run:first"},
        "hardware": {"cpus": "4+", "memory": "16GiB+", "gpu": ["L4", "T4:2", {"name": "A10"}], "disk": "100GiB"},
        "nodes": 2,
        "launcher": "torchrun",
        "spot": True,
        "checkpoint": {"uri": "s3://bucket/checkpoints"},
        "max_runtime": "2h",
        "expected": "40m",
        "env": {"A": "1"},
        "secrets": ["HF_TOKEN"],
    },
    "serve": {
        "model": "train",
        "handler": "serve.py",
        "source": "serving/",
        "image": {"aws": "registry/x:1", "gcp": "registry/y@sha256:0"},
        "hardware": {"cpus": 2, "memory": "4GiB", "gpu": {"memory": "24GiB+", "count": 2}},
        "replicas": {"min": 1, "max": 4, "target": {"concurrency": 8, "cooldown": "1m"}},
        "usage": {"requests_per_second": [0.5] * 24, "request_time": "200ms", "tokens_per_second": 900},
        "request": {"timeout": "60s", "concurrency": 8, "max_body": "6MB"},
        "startup_timeout": "10m",
        "rollout": {
            "strategy": "canary",
            "steps": [10, 50],
            "bake": "5m",
            "max_bake": "1h",
            "min_requests": 200,
            "keep": "1h",
            "abort_if": {"error_rate": "1%", "p95": "500ms"},
            "on_orphan": "finish",
            "probe": "probe.json",
        },
    },
    "env": {"LOG_LEVEL": "info"},
    "budget": {"run": "20 USD", "month": "1500 USD", "basis": "expected"},
    "prices": {"discount": {"aws": "12%", "gcp": "5%"}, "file": "our-prices.yaml"},
    "foundation": {
        "root": "s3://bucket/prefix",
        "subnets": ["subnet-1"],
        "identities": {"runtime": "arn:aws:iam::1:role/x"},
    },
    "accept": {"gcp": ["serve.request.max_body"]},
    "protect": True,
    "aws": {
        "region": "us-east-1",
        "endpoint_url": "http://127.0.0.1:1",
        "train": {
            "retries": 3,
            "instance_groups": [{"name": "a", "instance_type": "ml.g5.xlarge", "count": 2}],
        },
        "serve": {
            "rollout": "engine",
            "rolling": {"batch": "10%"},
            "data_capture": {"uri": "s3://bucket/x", "percent": "5%"},
        },
    },
    "gcp": {"project": "acme-ml", "region": "us-central1", "train": {"scheduling": "flex_start", "max_wait": "2h"}},
    "azure": {"workspace": "w", "cloud": "usgov", "serve": {"auth": "aad_token", "max_queue_wait": "30s"}},
    "local": {"port": 8080},
    "environments": {
        "prod": {"foundation": {"stack": "prod"}, "aws": {"region": "eu-west-1"}, "serve": {"replicas": {"min": 2}}}
    },
}
SMALL: dict[str, Any] = {"name": "a", "train": {"command": "true"}, "serve": {"rollout": {"strategy": "blue_green"}}}

# Rules across keys that JSON Schema cannot say, by words of their messages.
ONLY_MODELS = (
    "must be min (",
    "must rise,",
    "needs at least one step",
    "as long as `bake`",
    "is no parameter of this run",
    "is not filled in here",
    "a lone ",
    "in the container, as ",
    "is under `env` as well",
    "SageMaker keeps machines at most",
    "SageMaker takes",
    "no warm pool",
    "Azure ML takes",
    "waits in a queue",
    "may connect",
    "once by an alias",
    "must not be longer than `max_runtime`",
    "needs `request_time`",
    "is given without the `machine_type`",
    "attached to N1 machines only",
)
# Rules across keys that the schema says of the file as it stands, but not of what an environment makes of it.
AFTER_MERGE = (
    "exactly one of",
    "keep one of them",
    "needs `root` or `bucket`",
    "needs `checkpoint",
    "means the run of",
)

PIECES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        99,
        100,
        101,
        2.0,
        0.5,
        1e300,
        10**12,
        "",
        " ",
        "x",
        "X y",
        "1",
        "-1",
        "0",
        "4+",
        "0.5",
        "yes",
    ),
    *(
        "90s",
        "2h",
        "0s",
        "1h30m",
        "30m1h",
        "2 hours",
        "5",
        "1.5h",
        "500ms",
        "10%",
        "100%",
        "101%",
        "0.5%",
        "%",
        "6MB",
        "6mb",
        "16GiB",
    ),
    *(
        "16GiB+",
        "0GiB",
        "20 USD",
        "20USD",
        "20",
        "USD",
        "usd 20",
        "train",
        "s3://a/b",
        "gs://a",
        "http://a",
        "az://a/b",
        "run:x",
        "run:",
    ),
    *(
        "hf:org/name",
        "models:/a/1",
        "name@1",
        "./x",
        "C:\\x",
        "sklearn",
        "torch",
        "pytorch:2",
        "sklearn:",
        "canary",
        "linear",
        "copy",
    ),
    *(
        "blue_green",
        "all_at_once",
        "a\nb",
        "a\n",
        "\n",
        "\ttab",
        "é",
        "名前",
        "a" * 70,
        "L4",
        "L4:2",
        "L4:0",
        "A100-80GB",
        "3.12",
        3.12,
        "3",
    ),
    *(
        2.7,
        "aws",
        "sagemaker",
        "HF_TOKEN",
        "TW_X",
        "PATH",
        "1A",
        "python {x}",
        "python {{x}}",
        "{",
        "arn:aws:iam::1:role/x",
        "us-east-1",
    ),
    *("us-central1", "ml.g5.xlarge", "ml.g5", "none", "mpi", "https://u:p@h/", "https://h/p", "a@b.c", "{}"),
    *(
        [],
        {},
        [[]],
        [1],
        [10, 50],
        [50, 10],
        ["a"],
        ["L4", {"memory": "16GiB"}],
        {"a": 1},
        {"uri": "x"},
        {"name": "L4", "memory": "16GiB"},
    ),
    *(
        {"memory": "24GiB+", "count": 1},
        {"stack": "x"},
        {"stack": "x", "file": "y"},
        {"bucket": "b", "root": "s3://a/b"},
        {"min": 3},
    ),
    *(
        {"API_KEY": "x"},
        {"A B": "x"},
        {"A": None},
        {"target": {}},
        {"concurrency": 1, "cpu": "70%"},
        {"aws": "x"},
        {"aws": 1},
    ),
]


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        found.extend(paths(value, (*path, key)))
    return found


PATHS = paths(FULL)
KEYS = sorted(
    {str(p[-1]) for p in PATHS}
    | {"x", "stack", "file", "bucket", "image", "cpu", "mode", "nodess", "schedule", "TOKEN"}
)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document with up to four places changed: replaced, removed, or given a key from elsewhere."""
    document = json.loads(json.dumps(draw(st.sampled_from([FULL, FULL, SMALL]))))
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(PATHS))
        holder: Any = document
        for step in path[:-1]:
            try:
                holder = holder[step]
            except (KeyError, IndexError, TypeError):
                holder = None
                break
        act = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if isinstance(holder, dict):
            key = path[-1] if act != "add" else draw(st.sampled_from(KEYS))
            if act == "remove":
                holder.pop(key, None)
            else:
                holder[key] = json.loads(json.dumps(draw(st.sampled_from(PIECES))))
        elif isinstance(holder, list):
            holder.append(draw(st.sampled_from(PIECES)))
    return document


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def written(document: Any) -> str:
    """As JSON that is YAML too: characters that a file may not hold are escaped, all others stand as they are."""
    text = json.dumps(document, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ufffe\uffff]", lambda match: f"\\u{ord(match.group()):04x}", text)


def problems(document: Any) -> tuple[Problem, ...]:
    """What the models say, through a file as people write it."""
    try:
        loads(written(document), environ={})
    except SpecError as error:
        return error.problems
    return ()


def disagreement(document: Any) -> str:
    """Why the two disagree, or ""."""
    said = problems(document)
    refused = next(validator().iter_errors(document), None)
    if refused is not None and not said:
        return f"only the schema refuses: {refused.json_path}: {refused.message[:300]}"
    hard = [p for p in said if not any(words in p.message for words in ONLY_MODELS)]
    if isinstance(document, dict) and document.get("environments"):
        hard = [p for p in hard if not any(words in p.message for words in AFTER_MERGE)]
        hard = [p for p in hard if not (p.path.startswith("environments.") and p.message == "is required")]
    if refused is None and hard:
        return f"only the models refuse: {hard[0]}"
    return ""
