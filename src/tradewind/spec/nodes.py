"""What a file says, with the place of every value: the tree between YAML and the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Mark:
    """1-based; line 0 where the place is not in a file (`--set a.b=c` stands in `file`)."""

    file: str
    line: int = 0
    column: int = 0


class Int(int):
    """A whole number that remembers how it was written (`0012`, `0x1F`)."""

    text: str


class Float(float):
    """A number that remembers how it was written: as text, `3.10` is not `3.1`."""

    text: str


class Filled(str):
    """Text that came out of `${VAR}`: a number or a yes/no is read from it where one is wanted."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """`value` is str, bool, Int, Float or None; `raw` the text in the file, which is what errors show."""

    value: Any
    raw: str
    mark: Mark
    plain: bool = True
    unknown: bool = False  # stands for a variable that is not set where it need not be


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Dict:
    """Keys are unique texts. `keys` has the mark of each key."""

    items: Mapping[str, Node]
    mark: Mark
    keys: Mapping[str, Mark] = field(default_factory=dict)

    def without(self, *names: str) -> Dict:
        return replace(self, items={k: v for k, v in self.items.items() if k not in names})


Node = Scalar | Sequence | Dict


def plain(node: Node) -> Any:
    """The tree as Python values, scalars still knowing their text."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.items.items()}


def child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, Dict):
        return node.items.get(str(step))
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def scalars(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Scalar]]:
    """Every scalar with its path."""
    if isinstance(node, Scalar):
        yield path, node
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from scalars(item, (*path, index))
    else:
        for key, value in node.items.items():
            yield from scalars(value, (*path, key))


def prune(tree: Dict, path: tuple[str | int, ...]) -> Dict:
    """The tree without the value at `path`. A list loses no item, since that would move the others: it goes as a whole."""
    if not path:
        return tree
    name, rest = str(path[0]), path[1:]
    inner = tree.items.get(name)
    if inner is None:
        return tree
    if not rest or isinstance(inner, Scalar):
        return tree.without(name)
    left = prune(inner, rest) if isinstance(inner, Dict) else _prune_item(inner, rest)
    return tree.without(name) if left is None else replace(tree, items={**tree.items, name: left})


def known(node: Node) -> Node | None:
    """The tree without its unknown values, in one pass; None where nothing is left. Lists go as a whole, as in `prune`."""
    if isinstance(node, Scalar):
        return None if node.unknown else node
    if isinstance(node, Dict):
        left = {key: kept for key, value in node.items.items() if (kept := known(value)) is not None}
        return replace(node, items=left)
    items = tuple(kept for item in node.items if (kept := known(item)) is not None)
    return replace(node, items=items) if len(items) == len(node.items) else None


def _prune_item(items: Sequence, path: tuple[str | int, ...]) -> Sequence | None:
    step, rest = path[0], path[1:]
    inner = child(items, step)
    if not rest or not isinstance(inner, Dict) or not isinstance(step, int):
        return None
    every = list(items.items)
    every[step] = prune(inner, rest)
    return replace(items, items=tuple(every))
