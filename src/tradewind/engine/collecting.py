"""Walking a source folder: links, special files, names and loops, each with a word."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tradewind.engine import ignoring
from tradewind.engine.ignoring import Ignore
from tradewind.errors import Kind, TradewindError


class BundleError(TradewindError):
    """The source folder cannot be shipped as it is; nothing was sent."""

    kind: Kind = "spec"


@dataclass(frozen=True)
class Found:
    """A file to ship: `name` in the archive (NFC, slashes), where it is, and its size when it was found."""

    name: str
    path: Path
    size: int


@dataclass
class Collection:
    files: list[Found] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def collect(root: Path, source: Path, exclude: Sequence[str], *, everything: bool = False) -> Collection:
    """Files below `source`, by name. `everything`: no ignore rules at all. Raises BundleError TW700, 701, 703, 705."""
    if not source.is_dir():
        what = "is a file, not a folder" if source.exists() else "is not there"
        raise BundleError(f"the source folder {source} {what}", code="TW700", hint="correct `source:` in deploy.yaml")
    walker = _Walker(source.resolve(), everything)
    base, rules = _rules_above(root, source, exclude)
    walker.walk(source, "", base, rules, (walker.top,))
    _refuse_twins(walker.found.files)
    return walker.found


def unreadable(path: Path, error: OSError) -> BundleError:
    words = error.strerror or str(error)
    return BundleError(
        f"{path} cannot be read: {words}",
        code="TW705",
        hint="fix its permissions, or name it in .deployignore",
        said=words,
    )


def changed(path: Path) -> BundleError:
    return BundleError(
        f"{path} changed while it was being read",
        code="TW704",
        hint="stop what writes there, or name it in .deployignore, and run the command again",
    )


class _Walker:
    def __init__(self, top: Path, everything: bool) -> None:
        self.top = top
        self.found = Collection()
        self._everything = everything

    def walk(self, folder: Path, name: str, base: str, rules: Ignore, above: tuple[Path, ...]) -> None:
        """`name` is the folder's in the archive, `base` its path below the root; "" or ending with a slash."""
        try:
            rules = rules if self._everything else rules.below(folder, base)
            items = sorted(os.scandir(folder), key=lambda item: item.name)
        except OSError as error:
            raise unreadable(folder, error) from error
        for item in items:
            self._look(item, name, base, rules, above)

    def _look(self, item: os.DirEntry[str], name: str, base: str, rules: Ignore, above: tuple[Path, ...]) -> None:
        own = _as_text(item.name)
        if own is None:
            self._warn(f"{os.fsencode(name + item.name)!r} was left out: its name is not UTF-8")
            return
        if not self._everything and ignoring.never(own):
            return
        full = name + own
        folder = _is_folder(item)
        verdict = None if self._everything else rules.verdict(base + own, folder)
        if verdict is True or (folder and not self._everything and _is_environment(item)):
            return
        path = Path(item.path)
        if item.is_symlink() and not self._follow(path, full, above):
            return
        if folder:
            self.walk(path, full + "/", base + own + "/", rules, (*above, path.resolve()))
        else:
            self._take(item, path, full, asked=verdict is False)

    def _follow(self, path: Path, name: str, above: tuple[Path, ...]) -> bool:
        try:
            real = path.resolve()
        except (OSError, RuntimeError):  # a link to itself
            real = path.parent.resolve() / path.name
        if not real.is_relative_to(self.top):
            raise BundleError(
                f"{path} is a link that leads out of the source folder, to {real}",
                code="TW701",
                hint="copy the file into the folder, or name the link in .deployignore if it is not needed",
            )
        if real in above:
            self._warn(f"{name} was left out: the link leads back to a folder that holds it")
            return False
        if not path.exists():
            self._warn(f"{name} was left out: the link leads nowhere")
            return False
        return True

    def _take(self, item: os.DirEntry[str], path: Path, name: str, asked: bool) -> None:
        try:
            seen = item.stat()
        except OSError as error:
            raise unreadable(path, error) from error
        if not stat.S_ISREG(seen.st_mode):
            self._warn(f"{name} was left out: it is a {_kind(seen.st_mode)}, not a file")
            return
        secret = ignoring.looks_secret(item.name) or (item.is_symlink() and ignoring.looks_secret(path.resolve().name))
        if secret and not asked and not self._everything:
            self._warn(f"{name} was left out: it looks like a secret; write !{item.name} in .deployignore to ship it")
            return
        self.found.files.append(Found(unicodedata.normalize("NFC", name), path, seen.st_size))

    def _warn(self, text: str) -> None:
        self.found.warnings.append(text)


def _rules_above(root: Path, source: Path, exclude: Sequence[str]) -> tuple[str, Ignore]:
    """Where `source` is below `root`, and the rules of the folders between them (not its own: the walk reads those)."""
    inside, top = source.resolve(), root.resolve()
    if not inside.is_relative_to(top):
        return "", ignoring.said(exclude, "")
    parts = inside.relative_to(top).parts
    base = "".join(part + "/" for part in parts)
    rules = ignoring.said(exclude, base)
    for depth in range(len(parts)):
        rules = rules.below(top.joinpath(*parts[:depth]), "".join(part + "/" for part in parts[:depth]))
    return base, rules


def _refuse_twins(files: list[Found]) -> None:
    by_name: dict[str, Found] = {}
    for file in files:
        other = by_name.setdefault(file.name, file)
        if other is not file:
            raise BundleError(
                f"{other.path} and {file.path} have the same name in two Unicode forms",
                code="TW703",
                hint="rename one of them",
            )


def _as_text(name: str) -> str | None:
    """The name on disk as UTF-8, whatever the locale makes of it; None where it is not."""
    try:
        return os.fsencode(name).decode("utf-8")
    except UnicodeError:
        return None


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:  # a link to itself
        return False


def _is_environment(item: os.DirEntry[str]) -> bool:
    """A virtual environment under any name."""
    return os.path.exists(os.path.join(item.path, "pyvenv.cfg"))


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "named pipe"
    if stat.S_ISSOCK(mode):
        return "socket"
    return "device"
