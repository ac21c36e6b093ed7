"""Taking what stands into a stack's state: where the program makes it, below its component and by its provider, so that `up`
finds it there and neither makes it again nor deletes it.

Pulumi itself says where that is: its preview writes a row to import for each resource that it would make (`--import-file`).
"""

from __future__ import annotations

import json
import subprocess
import venv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.automation import ProjectRuntimeInfo, ProjectSettings

from tradewind.errors import Problem, ProviderError, SpecError
from tradewind.home import home
from tradewind.infra.adapter.command import CANNOT_BE_USED
from tradewind.infra.results import Standing, Step
from tradewind.spec.suggest import closest

USAGE = "TW002"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Import:
    """A resource that is there already: its type, its name in the program, and the cloud's id."""

    type: str
    name: str
    id: str


def chosen(file: Mapping[str, Any], asked: Sequence[Import], preview: str) -> list[dict[str, Any]]:
    """Rows of a preview's file with the ids that are asked, after those that they lie under and are made by.

    Raises SpecError with all that the program would not make.
    """
    rows: Sequence[Row] = file.get("resources") or ()
    by_name = {row["name"]: row for row in rows}
    found: dict[str, dict[str, Any]] = {}
    problems = []
    for it in asked:
        row = next((row for row in rows if (row["type"], _called(row)) == (it.type, it.name)), None)
        if row is None:
            problems.append(_unknown(it, rows))
            continue
        found |= {above["name"]: dict(above) for above in _above(row, by_name)}
        found[row["name"]] = {**row, "id": it.id}
    if problems:
        hint = f"`{preview}` shows what the program would make; what is in the state already is not among it"
        raise SpecError(problems, code=USAGE, hint=hint)
    return list(found.values())


def _called(row: Row) -> str:
    """`name` is made unique within the file; then what the program calls it is beside it."""
    return str(row.get("logicalName") or row["name"])


def _above(row: Row, by_name: Mapping[str, Row]) -> Iterator[Row]:
    """Components and providers that are not in the state yet; those that are stand in the file's table of names."""
    for key in ("parent", "provider"):
        above = by_name.get(row.get(key, ""))
        if above is not None:
            yield from _above(above, by_name)
            yield above


def _unknown(it: Import, rows: Iterable[Row]) -> Problem:
    names = [_called(row) for row in rows if row["type"] == it.type]
    types = {row["type"] for row in rows}
    near = closest(it.name, names) if names else closest(it.type, types)
    return Problem(
        f"{it.type} {it.name}", "is nothing that the program would make, or is in the state already", suggestion=near
    )


def steps(standing: Iterable[Standing], asked: Sequence[Import]) -> tuple[Step, ...]:
    """In the order in which they were asked; the state has its own."""
    known = {(it.type, it.name): it for it in standing}
    found = (known.get((it.type, it.name)) for it in asked)
    return tuple(Step("import", it.urn, it.type, it.name, protected=it.protected) for it in found if it is not None)


def project(name: str) -> ProjectSettings:
    """`pulumi import` runs no program, and lists a project's packages by pip all the same, which uv leaves out of environments:
    an empty environment of our own has it. Raises ProviderError where this Python cannot make one.
    """
    path = home() / "infra" / "python"
    if not _has_pip(path):
        try:
            venv.EnvBuilder(with_pip=True, symlinks=True, clear=True).create(path)
        except (OSError, subprocess.CalledProcessError) as error:
            text, hint = (
                f"no environment with pip can be made: {error}",
                "Install Python's venv and ensurepip (python3-venv).",
            )
            raise ProviderError("missing", text, during="import", code=CANNOT_BE_USED, hint=hint) from error
    return ProjectSettings(name, ProjectRuntimeInfo("python", {"toolchain": "pip", "virtualenv": str(path)}))


def _has_pip(path: Path) -> bool:
    """One that was cut off while it was made, or whose Python is gone, is made anew."""
    try:
        said = subprocess.run([path / "bin" / "python", "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return said.returncode == 0


def file(path: Path) -> Mapping[str, Any]:
    """What a preview wrote; nothing where it would make nothing."""
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found
