"""Parameters: `{name}` in a shell command, and the JSON file that the command reads."""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import Any, Mapping

from tradewind.training_jobs.errors import USAGE, BootstrapError

# Only `{identifier}` is a parameter, so that awk '{print $1}' and ${{HOME}} can be written.
_PART = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_.-]*)\}")


def fill(command: str, parameters: Mapping[str, Any]) -> str:
    """`{name}` becomes the value, quoted for the shell; `{{` and `}}` are braces. Raises for a name that is not there."""

    def one(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return found.group()[0]
        if name not in parameters:
            known = ", ".join(sorted(parameters)) or "there are none"
            raise BootstrapError(
                f"the command asks for a parameter {{{name}}} that is not given (known: {known}); a brace is written {{{{",
                USAGE,
            )
        return shlex.quote(as_text(parameters[name]))

    return _PART.sub(one, command)


def as_text(value: Any) -> str:
    """As JSON writes it (true, 0.1), but text without quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def write(folder: str, parameters: Mapping[str, Any]) -> str:
    """The path of the JSON file."""
    path = os.path.join(folder, "parameters.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(dict(parameters), file, ensure_ascii=False, indent=1, sort_keys=True)
    return path


def from_strings(found: Mapping[str, str]) -> dict[str, Any]:
    """Hyperparameters as SageMaker hands them: all strings, JSON inside where they were numbers, true, or quoted text."""
    return {name: _decoded(value) for name, value in found.items() if not name.startswith("sagemaker_")}


def _decoded(value: str) -> Any:
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, (bool, int, float, str)) else value
