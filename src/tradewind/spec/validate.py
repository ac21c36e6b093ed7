"""A merged tree to a Spec, or every problem in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from pydantic import BaseModel, ValidationError

from tradewind.errors import Problem
from tradewind.spec.fields import WRITTEN
from tradewind.spec.models.root import Spec
from tradewind.spec.nodes import Dict, Filled, Float, Int, Scalar, plain, prune
from tradewind.spec.problems import Finding, Loc, explain
from tradewind.spec.yaml12 import scalar

BUILT_IN = {"aws": "Aws", "gcp": "Gcp", "azure": "Azure", "local": "Local"}
MAX_PROBLEMS = 100  # nobody reads more, and a file of nothing else must not take long
_ROUNDS = 6  # each looks behind the problems of the one before


def block_model(name: str, blocks: Mapping[str, type[BaseModel]]) -> type[BaseModel] | None:
    """The model of a per-cloud block. Only what a file names is imported."""
    if name in BUILT_IN:
        found: type[BaseModel] = getattr(import_module(f"tradewind.spec.clouds.{name}"), BUILT_IN[name])
        return found
    return blocks.get(name)


def validate(
    root: Dict, blocks: Mapping[str, type[BaseModel]], unknown: Sequence[Loc] = ()
) -> tuple[Spec | None, list[Problem]]:
    """The Spec, or every problem. A bad value is left out and the rest looked at again, so that it hides no other.

    `unknown` are places whose value was left out before, so nothing is said about their being empty.
    """
    found: dict[tuple[Loc, str], Problem] = {}
    gone: list[Loc] = list(unknown)
    tree = root
    for _ in range(_ROUNDS):
        spec, findings = _attempt(tree, blocks)
        if spec is not None:
            return (None if found else spec), list(found.values())
        left = tree
        for finding in findings:
            if len(found) >= MAX_PROBLEMS:
                return None, [*found.values(), too_many(root.mark.file)]
            if _explained(finding, gone):
                continue
            found.setdefault((finding.loc, finding.problem.message), finding.problem)
            leave = finding.loc[:-1] if finding.missing else finding.loc
            if leave:
                left = prune(left, leave)
                gone.append(leave)
        if left == tree:
            break
        tree = left
    return None, list(found.values())


def too_many(file: str) -> Problem:
    return Problem("", f"there are more than {MAX_PROBLEMS} problems; the rest is not shown", file)


def _explained(finding: Finding, gone: list[Loc]) -> bool:
    """Is it only there because a bad value was left out?"""
    looked_at = finding.about if finding.about else (finding.loc,) if finding.missing else ()
    return any(path[: len(bad)] == bad or bad[: len(path)] == path for path in looked_at for bad in gone)


def _attempt(root: Dict, blocks: Mapping[str, type[BaseModel]]) -> tuple[Spec | None, list[Finding]]:
    findings: list[Finding] = []
    own: dict[str, BaseModel] = {}
    plugins: dict[str, BaseModel] = {}
    left = root
    for name, node in root.items.items():
        model = block_model(name, blocks) if name in BUILT_IN or name in blocks else None
        if model is None:
            continue
        left = left.without(name)
        if isinstance(node, Scalar) and node.value is None:
            continue
        value = plain(node) if name in BUILT_IN else _ordinary(plain(node))
        try:
            (own if name in BUILT_IN else plugins)[name] = model.model_validate(value, context=WRITTEN)
        except ValidationError as error:
            findings.extend(explain(root, error.errors(include_url=False), model, (name,)))
    try:
        spec = Spec.model_validate({**plain(left), **own}, context=WRITTEN)
    except ValidationError as error:
        findings.extend(explain(root, error.errors(include_url=False), Spec, (), tuple(blocks)))
        return None, findings
    if findings:
        return None, findings
    spec._plugins = plugins
    return spec, []


def _ordinary(value: Any) -> Any:
    """For a stranger's model: plain numbers and texts, and what came out of a variable as YAML would read it."""
    if isinstance(value, dict):
        return {key: _ordinary(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_ordinary(item) for item in value]
    if isinstance(value, Filled):
        return _ordinary(scalar(value)) if scalar(value) is not None else str(value)
    if isinstance(value, Int):
        return int(value)
    return float(value) if isinstance(value, Float) else value
