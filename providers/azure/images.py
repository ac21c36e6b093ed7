"""Which curated environment Azure ML has for a framework, from what Microsoft publishes. No SDK is imported.

An environment is named as Azure ML's own references are, by its label `latest`: Microsoft builds each anew every few weeks, and
what is served or trained is the newest build. Each holds azureml-inference-server-http, so that a handler can be served in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tradewind.values import Machine

CURATED = "azureml://registries/azureml/environments/"
PLAIN = "python"  # no framework named: any environment with Python
Use = Literal["train", "serve"]

_LABEL = "/labels/latest"
_DATA = Path(__file__).parent / "data" / "images.json"
_VERBS = {"train": "training", "serve": "serving"}


class NoImageError(LookupError):
    """There is no such image; the message says what there is."""


@dataclass(frozen=True)
class Image:
    """One framework in one environment: an environment can hold several. `cuda`: it runs on GPUs, and without them too.

    `version` is what is installed, whatever the environment's name says; "" for `PLAIN`.
    """

    uses: frozenset[str]
    framework: str
    version: str
    cuda: bool
    environment: str
    python: str

    @property
    def written(self) -> str:
        """As a plan, deploy.lock and Azure ML name it."""
        return f"{CURATED}{self.environment}{_LABEL}"


def resolve(framework: str, version: str | None, machine: Machine, use: Use) -> str:
    """The environment's reference; unsaid version: the newest. For `PLAIN`, `version` is the Python. Raises NoImageError."""
    there = [it for it in _images() if use in it.uses and framework in (it.framework, PLAIN)]
    if not there:
        has = _listed(frameworks(use))
        raise NoImageError(f"Azure ML has no curated environment with {framework} for {_VERBS[use]}; it has {has}")
    fitting = [it for it in there if it.cuda or not machine.gpus]
    if not fitting:
        raise NoImageError(f"the environment with {framework} has no CUDA, and {machine.id} is a machine with GPUs")
    if framework == PLAIN:
        return _plain(version, fitting, use).written
    said = [it for it in fitting if version in (None, it.version) or it.version.startswith(f"{version}.")]
    if not said:
        newest = _listed(it.version for it in fitting)
        raise NoImageError(f"Azure ML has no {framework} {version} for {_VERBS[use]}; the newest is {newest}")
    return max(said, key=lambda it: _numbers(it.version)).written


def find(image: str) -> Image | None:
    """What is known of an image of `resolve`'s; None for an own one. Of several frameworks in it the first."""
    return next((it for it in _images() if it.written == image), None)


def frameworks(use: Use) -> tuple[str, ...]:
    """Those that a spec can name and that have an environment for this use."""
    return tuple(dict.fromkeys(it.framework for it in _images() if use in it.uses and it.framework != PLAIN))


def environments() -> tuple[Image, ...]:
    """Every row, for people to read."""
    return _images()


@cache
def date() -> str:
    """The day of the data."""
    return str(json.loads(_DATA.read_text("utf-8"))["date"])


@cache
def _images() -> tuple[Image, ...]:
    rows = json.loads(_DATA.read_text("utf-8"))["images"]
    return tuple(Image(frozenset(uses), *rest) for uses, *rest in rows)


def _plain(python: str | None, there: Iterable[Image], use: Use) -> Image:
    """The newest Python there is, or the one that is asked for; without CUDA where nothing needs it, for it is smaller."""
    said = [it for it in there if python in (None, it.python)]
    if not said:
        has = _listed(it.python for it in there)
        raise NoImageError(f"no environment with Python {python} for {_VERBS[use]}; there is {has}")
    return max(said, key=lambda it: (it.framework == PLAIN, not it.cuda, _numbers(it.python)))


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(
        sorted(dict.fromkeys(names), key=lambda name: (_numbers(name) if name[:1].isdigit() else [], name))
    )
