"""What is allowed in a spec but worth a word."""

from __future__ import annotations

from collections.abc import Iterator

from tradewind.spec import gpus
from tradewind.spec.models.root import Spec
from tradewind.spec.models.serve import STEPLESS
from tradewind.spec.nodes import Dict, Node, Sequence, child
from tradewind.spec.problems import model_at
from tradewind.spec.secretive import looks_secret
from tradewind.spec.suggest import closest


def notes(spec: Spec, tree: Dict, environment: str | None, over: Dict | None) -> tuple[str, ...]:
    """One sentence each, for people."""
    return tuple(
        [
            *_foundation(spec, environment, over),
            *_steps(spec, tree),
            *_cards(spec),
            *_losses(spec),
            *_parameters(spec),
            *_model(spec),
        ]
    )


def _foundation(spec: Spec, environment: str | None, over: Dict | None) -> Iterator[str]:
    if environment is not None and (over is None or "foundation" not in over.items):
        if spec.foundation is not None:
            yield f"environment {environment} has no foundation of its own: it stands on the one at the top of the file"
        elif spec.provider != "local":
            yield f"environment {environment} has no foundation: say one under environments.{environment}.foundation"


def _steps(spec: Spec, tree: Dict) -> Iterator[str]:
    node: Node | None = tree
    for step in ("serve", "rollout", "steps"):
        node = child(node, step) if node is not None else None
    rollout = spec.serve.rollout if spec.serve else None
    if rollout and rollout.strategy in STEPLESS and isinstance(node, Sequence) and node.items:
        yield f"serve.rollout.steps: {rollout.strategy} goes to 100 % at once, so the steps are not used"


def _cards(spec: Spec) -> Iterator[str]:
    for part in ("train", "serve"):
        block = getattr(spec, part)
        for gpu in block.hardware.gpu if block else ():
            if gpu.card and gpu.card not in (*gpus.NAMES, *gpus.ACCELERATORS_GIB):
                meant = closest(gpu.card, gpus.NAMES)
                yield f"{part}.hardware.gpu: {gpu.name} is no GPU known here" + (
                    f" (did you mean {meant}?)" if meant else ""
                )


def _losses(spec: Spec) -> Iterator[str]:
    for name, paths in spec.accept.items():
        for path in paths:
            *above, last = path.split(".")
            if above and (holder := model_at(Spec, tuple(above))) and last not in holder.model_fields:
                meant = closest(last, holder.model_fields)
                yield f"accept.{name}: {path} names nothing in deploy.yaml" + (
                    f" (did you mean {meant}?)" if meant else ""
                )


def _parameters(spec: Spec) -> Iterator[str]:
    for name in spec.train.parameters if spec.train else ():
        if looks_secret(name):
            yield f"train.parameters.{name} stands in plans, jobs and the ledger; if it is a secret, name it under `secrets:`"


def _model(spec: Spec) -> Iterator[str]:
    if spec.serve and spec.train and spec.serve.ref.kind == "path" and closest(spec.serve.model, ["train"]):
        yield f"serve.model: {spec.serve.model} is taken as a path; `train` would be the run above"
