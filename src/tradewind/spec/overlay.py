"""Laying one tree over another: maps merge deeply, lists and one-of keys replace, null takes a key away."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.spec.nodes import Dict, Mark, Node, Scalar

# Whole blocks of which one is meant: the overlay's replaces what was there.
_REPLACED = {
    ("foundation",),
    ("train", "image"),
    ("serve", "image"),
    ("train", "hardware", "gpu"),
    ("serve", "hardware", "gpu"),
}
# Keys of one block that exclude each other: saying one takes the others away.
_ONE_OF: Mapping[tuple[str, ...], frozenset[str]] = {
    ("train",): frozenset({"framework", "image"}),
    ("serve",): frozenset({"framework", "image"}),
    ("serve", "usage"): frozenset({"requests_per_second", "duty", "file"}),
    ("serve", "replicas", "target"): frozenset({"concurrency", "requests", "cpu", "gpu"}),
}
# Maps with names of the user's own, where taking away what is not there changes nothing. Elsewhere it is a mistyped key.
_NAMES_OF_USERS = {
    ("env",),
    ("tags",),
    ("accept",),
    ("prices", "discount"),
    ("train", "env"),
    ("train", "parameters"),
    ("train", "inputs"),
    ("serve", "env"),
    ("aws", "train", "metrics"),
}


def lay(base: Node | None, over: Node, path: tuple[str, ...] = ()) -> Node:
    """`over` on top of `base`. Every value keeps the mark of where it was written."""
    if not isinstance(over, Dict) or path in _REPLACED:
        return over
    if not isinstance(base, Dict):
        base = Dict({}, over.mark)  # so that null takes away here too
    items, keys = dict(base.items), dict(base.keys)
    said = {name for name in _ONE_OF.get(path, frozenset()) if not _is_null(over.items.get(name))}
    if said:
        for name in _ONE_OF[path] - said:
            items.pop(name, None)
    for name, value in over.items.items():
        if _is_null(value) and (name in items or path in _NAMES_OF_USERS):
            items.pop(name, None)
            continue
        items[name] = lay(items.get(name), value, (*path, name))
        keys[name] = over.keys.get(name, over.mark)
    return Dict(items, base.mark, keys)


def _is_null(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and node.value is None)


def at_path(path: tuple[str, ...], value: Node, mark: Mark) -> Dict:
    """The tree that holds nothing but `value` at `path`."""
    node = value
    for name in reversed(path):
        node = Dict({name: node}, mark, {name: mark})
    assert isinstance(node, Dict)
    return node
