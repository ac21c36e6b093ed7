"""`${VAR}` and `${VAR:-default}` in every text but the command; `$${` is a `${` that stays."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tradewind.errors import Problem
from tradewind.spec.nodes import Dict, Filled, Node, Scalar, Sequence
from tradewind.spec.problems import dotted
from tradewind.spec.secretive import looks_secret

_PART = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}|(?P<bad>\$\{)")
COMMAND = ("train", "command")


@dataclass
class Interpolation:
    """One pass over a tree. `lenient`: an unset variable makes the value unknown instead of wrong (other environments)."""

    environ: Mapping[str, str]
    secrets: Collection[str] = ()
    lenient: bool = False
    problems: list[Problem] = field(default_factory=list)

    def fill(self, node: Node, path: tuple[str | int, ...] = ()) -> Node:
        if isinstance(node, Scalar):
            return node if path == COMMAND else self._scalar(node, path)
        if isinstance(node, Sequence):
            return replace(node, items=tuple(self.fill(item, (*path, i)) for i, item in enumerate(node.items)))
        return replace(node, items={key: self.fill(value, (*path, key)) for key, value in node.items.items()})

    def _scalar(self, node: Scalar, path: tuple[str | int, ...]) -> Scalar:
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        unknown = False

        def part(match: re.Match[str]) -> str:
            nonlocal unknown
            if match.group() == "$${":
                return "${"
            value = self._value(match, node, path)
            unknown = unknown or value is None
            return value or ""

        filled = _PART.sub(part, node.value)
        escaped_only = all(m.group() == "$${" for m in _PART.finditer(node.value))
        return replace(node, value=filled if escaped_only else Filled(filled), unknown=unknown)

    def _value(self, match: re.Match[str], node: Scalar, path: tuple[str | int, ...]) -> str | None:
        name, default = match["name"], match["default"]
        if default and "${" in default:
            self._wrong(node, path, f"the default of ${{{name}}} cannot hold another ${{...}}")
            return None
        if not name:
            self._wrong(node, path, "a variable is written ${NAME} or ${NAME:-default}; $${ stands for ${ itself")
            return None
        if looks_secret(name) or name in self.secrets:
            message = (
                f"${{{name}}} looks like a secret, whose value would stand in calls and plans; name it under `secrets:`"
            )
            self._wrong(node, path, message)
            return None
        value = self.environ.get(name)
        if value and not value.isprintable() and any("\ud800" <= c <= "\udfff" or c == "\0" for c in value):
            self._wrong(node, path, f"the variable {name} holds bytes that are not UTF-8")
            return None
        if value or (value is not None and default is None):
            return value
        if default is not None:
            return default[2:]
        if not self.lenient:
            self._wrong(node, path, f"the variable {name} is not set; set it, or write ${{{name}:-default}}")
        return None

    def _wrong(self, node: Scalar, path: tuple[str | int, ...], message: str) -> None:
        mark = node.mark
        self.problems.append(Problem(dotted(path), message, mark.file, mark.line, mark.column))


def secret_names(root: Dict) -> set[str]:
    """What the tree itself calls secrets, wherever it does."""
    found: set[str] = set()
    for holder in (root, root.items.get("train"), root.items.get("serve")):
        names = holder.items.get("secrets") if isinstance(holder, Dict) else None
        if isinstance(names, Sequence):
            found.update(str(item.value) for item in names.items if isinstance(item, Scalar))
    return found
