"""Which ready-made image Vertex AI has for a framework, from what Google publishes. No SDK is imported.

An image that lies in each of three multi-regions is named without its host (`vertex/training/sklearn-cpu.1-6:latest`), so that a
plan and deploy.lock hold in every region; `address` adds the nearest host when a request is made. The others have one address.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tradewind.values import Machine

OURS = "vertex/"
PLAIN = "python"  # no framework named: any image with Python
Use = Literal["train", "serve"]

_DATA = Path(__file__).parent / "data" / "images.json"
# The multi-region nearest to a region, by what its name begins with.
_HOSTS: tuple[tuple[str, str], ...] = (
    ("europe", "europe"), ("me-", "europe"), ("africa", "europe"), ("asia", "asia"), ("australia", "asia"),
)  # fmt: skip
_VERBS = {"train": "training", "serve": "serving"}


class NoImageError(LookupError):
    """There is no such image; the message says what there is."""


@dataclass(frozen=True)
class Image:
    """`ends` is Google's end of its availability (YYYY-MM-DD), `python` its Python; "" where nobody says."""

    use: str
    framework: str
    version: str
    processor: str  # cpu, gpu
    name: str
    python: str
    ends: str

    @property
    def written(self) -> str:
        """As a plan and deploy.lock name it."""
        return self.name if "docker.pkg.dev/" in self.name else OURS + self.name


def resolve(framework: str, version: str | None, machine: Machine, use: Use) -> str:
    """The image's name, without a host where it is in every multi-region. Unsaid version: the newest that is still available.

    For `PLAIN`, `version` is the Python. Raises NoImageError.
    """
    processor = _processor(machine)
    if framework == PLAIN:
        return _plain(version, processor, use)
    there = [it for it in _images() if it.framework == framework and it.use == use]
    if not there:
        has = _listed(frameworks(use))
        raise NoImageError(f"Vertex AI has no image of {framework} for {_VERBS[use]}; it has {has}")
    fitting = [it for it in there if it.processor == processor]
    if not fitting:
        kinds = " and ".join(sorted({it.processor for it in there}))
        raise NoImageError(f"the image of {framework} is for {kinds} machines, {machine.id} is none")
    said = [it for it in fitting if version in (None, it.version) or it.version.startswith(f"{version}.")]
    if not said:
        newest = ", ".join(it.version for it in sorted(fitting, key=_age, reverse=True)[:4])
        raise NoImageError(f"Vertex AI has no {framework} {version} for {_VERBS[use]}; the newest are {newest}")
    return max(said, key=lambda it: (not gone(it.written), _age(it))).written


def address(image: str, region: str) -> str:
    """The image by the host nearest to that region; one that is not in every multi-region stays as it is."""
    if not image.startswith(OURS):
        return image
    host = next((host for prefix, host in _HOSTS if region.startswith(prefix)), "us")
    return f"{host}-docker.pkg.dev/vertex-ai/{image.removeprefix(OURS)}"


def find(image: str) -> Image | None:
    """What is known of an image of `resolve`'s; None for an own one."""
    return next((it for it in _images() if it.written == image), None)


def frameworks(use: Use) -> tuple[str, ...]:
    """Those that a spec can name and that have an image for this use. Ray's images serve for `PLAIN` alone."""
    return tuple(dict.fromkeys(it.framework for it in _images() if it.use == use and it.framework != "ray"))


def gone(image: str) -> str:
    """The day on which Google's promise to keep it ended, where that is over by the day of our data; else ""."""
    known = find(image)
    return known.ends if known is not None and known.ends and known.ends <= date() else ""


@cache
def date() -> str:
    """The day of the data."""
    return str(json.loads(_DATA.read_text("utf-8"))["date"])


@cache
def _images() -> tuple[Image, ...]:
    return tuple(Image(*row) for row in json.loads(_DATA.read_text("utf-8"))["images"])


def _plain(python: str | None, processor: str, use: Use) -> str:
    """The newest Python there is, or the one that is asked for, in the image that stays longest."""
    there = [it for it in _images() if it.use == use and it.processor == processor and it.python and it.ends]
    said = [it for it in there if python in (None, it.python)]
    if not said:
        raise NoImageError(
            f"no image with Python {python} for {_VERBS[use]}; there are {_listed(i.python for i in there)}"
        )
    best = max(said, key=lambda it: (not gone(it.written), _numbers(it.python), it.ends, _age(it)))
    return best.written


def _processor(machine: Machine) -> str:
    """A TPU is neither: its images are for code that is written for it."""
    if machine.gpu is not None and machine.gpu.upper().startswith("TPU"):
        raise NoImageError(f"{machine.id} has TPUs, and the images are for CPUs and GPUs")
    return "gpu" if machine.gpus else "cpu"


def _age(image: Image) -> list[int]:
    return _numbers(image.version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _listed(names: Iterable[str]) -> str:
    found: Sequence[str] = list(dict.fromkeys(names))
    return ", ".join(sorted(found, key=lambda name: (_numbers(name) if name[:1].isdigit() else [], name)))
