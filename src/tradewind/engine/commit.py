"""Which git commit a folder is at, by reading files only: nothing of a repository's own configuration is run."""

from __future__ import annotations

from pathlib import Path


def commit_of(folder: Path) -> str:
    """The full hash, or "" where there is no repository or it cannot be read."""
    try:
        return _commit(folder.resolve())
    except (OSError, UnicodeDecodeError, ValueError):
        return ""


def _commit(folder: Path) -> str:
    git = next((parent / ".git" for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    if git is None:
        return ""
    if git.is_file():  # a worktree or a submodule
        git = (git.parent / git.read_text().strip().removeprefix("gitdir:").strip()).resolve()
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return _hash(head)
    ref = head.removeprefix("ref:").strip()
    common = git
    if (git / "commondir").is_file():
        common = (git / (git / "commondir").read_text().strip()).resolve()
    for home in (git, common):
        if (home / ref).is_file():
            return _hash((home / ref).read_text().strip())
    return _packed(common / "packed-refs", ref)


def _packed(file: Path, ref: str) -> str:
    for line in file.read_text().splitlines():
        value, _, name = line.partition(" ")
        if name.strip() == ref:
            return _hash(value)
    return ""


def _hash(text: str) -> str:
    return text if len(text) in (40, 64) and all(letter in "0123456789abcdef" for letter in text) else ""
