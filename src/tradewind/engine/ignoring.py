"""Which files of a source folder are shipped: ignore files as git reads them, what never is, and what looks secret.

A .deployignore is read like a .gitignore and has the last word over it; `!name` in it ships what would be left out.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.engine.gitignore import Pattern, parse, verdict

GIT, OURS = ".gitignore", ".deployignore"

# Made by tools, never read by the code itself; no pattern brings these back.
NEVER = frozenset(
    {
        ".git", ".hg", ".svn", GIT, OURS, "deploy.lock", ".DS_Store", "__pycache__", ".venv", ".tox", ".nox", ".eggs",
        ".mypy_cache", ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints", ".idea", ".vscode", "node_modules",
        ".tradewind", ".pulumi", ".terraform",
    }
)  # fmt: skip
NEVER_ENDINGS = (".pyc", ".pyo", ".egg-info")
_OF_A_RUNNER = re.compile(r"gha-creds-.*\.json")  # a credential that google-github-actions/auth leaves in the checkout

SECRET = (
    ".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk",
    "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".netrc", "_netrc", ".pgpass", ".htpasswd", ".git-credentials",
    ".pypirc", ".npmrc", ".dockercfg", "credentials", "credentials.json", "credentials.csv", "*_credentials", ".s3cfg", ".boto",
    "client_secret*.json",
    "service-account*.json", "service_account*.json", "application_default_credentials.json", "kubeconfig", "*.tfstate",
    "secrets.yaml", "secrets.yml", "secrets.json", "secrets.toml",
)  # fmt: skip
_SECRET = re.compile("|".join(fnmatch.translate(pattern) for pattern in SECRET))
NOT_SECRET = (".env.example", ".env.sample", ".env.template", ".env.dist")


def never(name: str) -> bool:
    return name in NEVER or name.endswith(NEVER_ENDINGS) or _OF_A_RUNNER.fullmatch(name) is not None


def looks_secret(name: str) -> bool:
    lower = name.lower()
    return lower not in NOT_SECRET and _SECRET.match(lower) is not None


@dataclass(frozen=True)
class _Rules:
    base: str  # folder they were read in, relative to the project's root, "" or ending with a slash
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True)
class Ignore:
    """Rules in force in one folder, those of the folders above it first; the nearest has the say."""

    git: tuple[_Rules, ...] = ()
    ours: tuple[_Rules, ...] = ()
    said: tuple[_Rules, ...] = ()  # given by the caller

    def below(self, folder: Path, base: str) -> Ignore:
        """With the ignore files of `folder`, whose path below the root is `base` ("" or ending with a slash)."""
        git, ours = _read(folder / GIT, base), _read(folder / OURS, base)
        return Ignore(self.git + git, self.ours + ours, self.said) if git or ours else self

    def verdict(self, path: str, folder: bool) -> bool | None:
        """True: left out. False: a `!pattern` of .deployignore asks for it. None: shipped, nobody asked.

        `path` is below the root. A folder that is left out is not walked, as in git.
        """
        if _decide(self.said, path, folder):
            return True
        asked = _decide(self.ours, path, folder)
        if asked is not None:
            return asked
        return True if _decide(self.git, path, folder) else None


def said(patterns: Sequence[str], base: str) -> Ignore:
    return Ignore(said=(_Rules(base, parse(patterns)),))


def _decide(rules: tuple[_Rules, ...], path: str, folder: bool) -> bool | None:
    for rule in reversed(rules):
        found = verdict(rule.patterns, path[len(rule.base) :], folder)
        if found is not None:
            return found
    return None


def _read(path: Path, base: str) -> tuple[_Rules, ...]:
    try:
        text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ()  # unreadable: git does without it, too
    patterns = parse(text.lstrip("\ufeff").splitlines())
    return (_Rules(base, patterns),) if patterns else ()
