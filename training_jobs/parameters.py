"""Parameters: `{name}` in a shell command, and the JSON file that the command reads."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Mapping

from tradewind.training_jobs.errors import USAGE, BootstrapError
from tradewind.training_jobs.quoting import Place

# Only `{identifier}` is a parameter, so that awk '{print $1}' and ${{HOME}} can be written.
_PART = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_.-]*)\}")


def fill(command: str, parameters: Mapping[str, Any]) -> str:
    """`{name}` becomes the value, one text to the shell in whichever quotes it stands; `{{` and `}}` are braces.

    Raises for a name that is not there.
    """
    place, filled, at = Place(), "", 0

    for found in _PART.finditer(command):
        filled += place.read(command[at : found.start()])
        at = found.end()
        name = found.group(1)
        if name is None:
            filled += place.read(found.group()[0])
        else:
            filled += place.quote(as_text(_value(name, parameters)))
    return filled + command[at:]


def _value(name: str, parameters: Mapping[str, Any]) -> Any:
    if name not in parameters:
        known = ", ".join(sorted(parameters)) or "there are none"
        raise BootstrapError(
            f"the command asks for a parameter {{{name}}} that is not given (known: {known}); a brace is written {{{{",
            USAGE,
        )
    return parameters[name]


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
