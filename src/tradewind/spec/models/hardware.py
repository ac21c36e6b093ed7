"""What a run or a replica needs, by need and not by a cloud's instance names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from tradewind.spec.fields import Cpus, Field, SizeOrMore, as_text, text, whole, wrong
from tradewind.spec.gpus import canonical
from tradewind.spec.models.base import Model, Relation

_GPU_NAME = r"[A-Za-z][A-Za-z0-9-]{0,39}"
GPU = rf"^{_GPU_NAME}(:[1-9][0-9]?)?$"
_SAID = "a GPU is written like L4, L40S:4, {name: L40S, count: 4} or {memory: 24GiB+, count: 2}"
_ONE = {
    "anyOf": [
        {"type": "string", "pattern": GPU},
        {"$ref": "#/$defs/Gpu"},
    ]
}


def _one(value: Any, _written: bool) -> Any:
    if isinstance(value, str):
        if not re.search(GPU, value):
            raise wrong(_SAID)
        name, _, number = value.strip().partition(":")
        return {"name": name, "count": int(number or 1)}
    if isinstance(value, (Mapping, Gpu)):
        return value
    shown = as_text(value)
    raise wrong(_SAID, f"{{name: L4, count: {shown}}}" if shown and shown.isdigit() else "")


def _any_of(value: Any, _written: bool) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else [value]


class Gpu(Model):
    """One acceptable GPU: by name, or by memory."""

    name: Annotated[str, text(rf"^{_GPU_NAME}$", "a GPU's name is letters, digits and -")] | None = None
    """The card: T4, L4, L40S, A10, A10G, A100 (either size), A100-80GB, H100, ..."""
    memory: SizeOrMore | None = None
    """Nominal memory of one card, at least: an L4 is 24GiB."""
    count: Annotated[int, whole(1, 99)] = 1
    """How many in one machine."""

    def relations(self) -> Iterator[Relation]:
        if (self.name is None) == (self.memory is None):
            yield Relation((), "a GPU is named by `name` or by `memory`, exactly one of them", (("name",), ("memory",)))

    @property
    def card(self) -> str | None:
        """The name in its canonical spelling."""
        return canonical(self.name) if self.name else None


class Hardware(Model):
    """Needs: the cheapest machine that meets them is taken. Nothing said means whatever is smallest."""

    cpus: Cpus | None = None
    """CPUs, at least: `4` means the same as `4+`."""
    memory: SizeOrMore | None = None
    """Main memory, at least."""
    gpu: Annotated[
        tuple[Annotated[Gpu, Field(_one, _ONE, inner=True)], ...],
        Field(_any_of, {"anyOf": [_ONE, {"type": "array", "items": _ONE}]}, inner=True),
    ] = ()
    """GPUs that would do, any of them: `L4`, `L40S:4`, `[L4, T4]`, `{memory: 24GiB+, count: 2}`."""
    disk: SizeOrMore | None = None
    """Disk for data and models, at least."""
