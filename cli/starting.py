"""Writes a template's files. Nothing is overwritten unasked, and nothing is written where one file is in the way."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tradewind.cli.documents import InitResult

HERE = Path(__file__).parent / "templates"
IN_THE_WAY = "TW006"
BAD_NAME = "TW002"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_RUNTIME = "runtime: {requirements: requirements.txt}"


def write(template: str, folder: Path, name: str | None, *, force: bool = False) -> InitResult:
    """Raises SpecError for a name that cannot be one, RefusedError where files are in the way."""
    from tradewind.errors import Problem, RefusedError, SpecError

    if name is not None and not _NAME.fullmatch(name):
        said = "a project's name is letters, digits, - and _, starts with a letter, and has at most 63 characters"
        raise SpecError([Problem("--name", said, value=name, suggestion=named(name))], code=BAD_NAME)
    files = list(contents(template, name or named(folder.absolute().name)))
    blocked = [path for path, _ in files if (folder / path).exists()]
    if blocked and not force:
        raise RefusedError(
            f"{', '.join(map(str, blocked))} would be overwritten; nothing was written",
            code=IN_THE_WAY,
            hint="Choose an empty folder, or agree with --force.",
        )
    for path, data in files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    there = [] if folder.absolute() == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    return InitResult(
        template=template,
        name=name or named(folder.absolute().name),
        path=str(folder.absolute()),
        files=tuple(path.as_posix() for path, _ in files),
        next=(*there, "deploy plan", "deploy up", "deploy endpoint invoke --file request.json"),
    )


def contents(template: str, name: str) -> Iterator[tuple[Path, bytes]]:
    root = HERE / template
    for path in sorted(root.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        data = path.read_bytes()
        if path.name == "deploy.yaml":
            data = _fitted(data.decode(), name, root / "requirements.txt").encode()
        yield path.relative_to(root), data


def named(text: str) -> str:
    """A project's name out of a folder's: `My Model (2)` -> `my-model-2`."""
    name = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")
    name = re.sub(r"^[^a-z]+", "", name)[:40].rstrip("-_")
    return name or "project"


def _fitted(text: str, name: str, requirements: Path) -> str:
    """The project's name; and where this Python holds the requirements already, no environment is built for them."""
    text = re.sub(r"^name: .*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    if requirements.is_file() and all(map(_is_here, requirements.read_text(encoding="utf-8").split())):
        text = text.replace(
            _RUNTIME,
            "# This Python has all that requirements.txt names, so nothing is installed for a run. For an environment of its\n"
            f"# own, and for colleagues who have less, take the # away:\n# {_RUNTIME}",
            1,
        )
    return text


def _is_here(requirement: str) -> bool:
    """`package>=1.2`, as the templates write them."""
    package, _, least = requirement.partition(">=")
    try:
        return _numbers(metadata.version(package)) >= _numbers(least)
    except metadata.PackageNotFoundError:
        return False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
