"""Pulumi.yaml from arguments.py: the configuration's keys, their types and what they mean."""

from __future__ import annotations

import ast
import inspect
from copy import deepcopy
from textwrap import dedent
from typing import Any

from pydantic_core import PydanticUndefined

from tradewind.infra.arguments import BY_CLOUD, CLOUDS, Arguments, Foundation

_HEAD = """\
# Made by `python -m tradewind.infra.schema > Pulumi.yaml` from infra/arguments.py; a test holds it to that.
# Every key but `cloud` may be left out: an empty default says nothing, and Pulumi would ask for a key without one.
"""
# What the classes leave to their names.
_WORDS = {
    "cloud": f"Where the ground is made: {', '.join(CLOUDS)}.",
    "region": "The cloud's region; needed by aws, gcp and azure.",
    "project": "Google's project; needed by gcp.",
    "subscription": "Azure's subscription id; needed by azure.",
    "folder": "Absolute path; needed by local. Made where it is missing, and never deleted.",
    "tags": "On everything that is made: `pulumi config set --path tags.team growth`.",
    "existing": "What is there already and is used instead of made, by name: bucket, kms_key, runtime, network, subnets...",
    "network": "A private network for containers: {cidr, zones, nat, private_endpoints}. None is made unless asked for.",
    "budget": "A monthly sum, and who is told: {month, currency, percent, forecast}. It stops nothing.",
    "watch": "Standing alarms, each {endpoint, error_rate, p95, max_replicas, idle}.",
    "trusted": "Who may act as an identity: {planner: [...], deployer: [...]}.",
    "github": "GitHub Actions by OIDC, with no key kept: {repository, planner, deployer}.",
    "old_version_days": "Age in days at which overwritten and deleted versions of objects go.",
    "log_days": "Days that logs are kept.",
}
_TYPES = {"boolean": "boolean", "integer": "integer", "string": "string", "array": "array", "object": "object"}
_EMPTY: dict[str, object] = {"string": "", "array": [], "object": {}, "integer": 0, "boolean": False}


def document() -> dict[str, Any]:
    return {
        "name": "tradewind",
        "description": "The ground that deployments stand on: bucket, identities, network, alarms, budget",
        "runtime": {"name": "python", "options": {"toolchain": "uv"}},
        "main": "infra",
        "config": configuration(),
    }


def configuration() -> dict[str, Any]:
    """Every cloud's keys as one, in the classes' order; which a cloud has is told when it is validated."""
    out: dict[str, Any] = {"cloud": {"type": "string", "description": _WORDS["cloud"]}}
    for kind in BY_CLOUD.values():
        for key in kind.model_fields:
            if key not in out:
                out[key] = _key(kind, key)
    return out


def text() -> str:
    import yaml

    return _HEAD + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110)


def _key(kind: type[Arguments], key: str) -> dict[str, Any]:
    schema = kind.model_json_schema()
    found = schema["properties"][key]
    one = next((it for it in found.get("anyOf", ()) if it.get("type") != "null"), found)
    typed = _TYPES["object" if "$ref" in one else one["type"]]
    out: dict[str, Any] = {"type": typed, "description": _WORDS.get(key) or _comments()[key]}
    if typed == "array":
        out["items"] = {"type": "object" if "$ref" in one["items"] else one["items"]["type"]}
    default = kind.model_fields[key].default
    said = default if default is not PydanticUndefined and isinstance(default, (str, int)) else _EMPTY[typed]
    return {**out, "default": deepcopy(said)}  # else YAML writes anchors


def _comments() -> dict[str, str]:
    """The texts below the fields, which Python itself does not keep."""
    out: dict[str, str] = {}
    for kind in (*BY_CLOUD.values(), Foundation):
        body = ast.parse(dedent(inspect.getsource(kind))).body[0]
        assert isinstance(body, ast.ClassDef)
        for before, after in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(before, ast.AnnAssign)
                and isinstance(before.target, ast.Name)
                and isinstance(after, ast.Expr)
            ):
                out[before.target.id] = str(ast.literal_eval(after.value))
    return out


if __name__ == "__main__":
    import sys

    sys.stdout.write(text())
