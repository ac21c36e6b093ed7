"""What a provider's page holds, and what the code says that it must hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def specs(page: str) -> list[str]:
    """Whole deploy.yaml files."""
    found = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [text for text in found if text.startswith("name:")]


def unlisted(page: str, module: ModuleType) -> list[str]:
    """Paths of losses in the module's source, as patterns, that no line of a table is about."""
    listed = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    paths = loss_paths(Path(str(module.__file__)))
    return [path for path in paths if not any(re.fullmatch(path, it) for it in listed)]


def loss_paths(file: Path) -> Iterator[str]:
    """The first argument of each Loss(...), as a pattern: what is filled in at run time may be anything."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Loss":
            said = node.args[0]
            if isinstance(said, ast.Constant):
                yield re.escape(str(said.value))
            elif isinstance(said, ast.JoinedStr):
                yield "".join(re.escape(str(it.value)) if isinstance(it, ast.Constant) else ".+" for it in said.values)
