"""Every example in README and docs/ is run: `console` blocks as commands, in order, and whole `yaml` specs by the loader."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return [text for tag, text in BLOCK.findall(path.read_text(encoding="utf-8")) if tag == language]


def commands(path: Path) -> list[str]:
    return [line[2:] for text in blocks(path, "console") for line in text.splitlines() if line.startswith("$ ")]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """An empty project; whatever a document's commands leave running is taken down."""
    yield tmp_path
    if (tmp_path / "deploy.yaml").exists():
        subprocess.run(["deploy", "down", "--yes"], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    subprocess.run(["deploy", "sandbox", "stop"], capture_output=True, timeout=60, check=False)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", [p for p in documents() if commands(p)], ids=lambda p: p.name)
def test_commands_of_a_document_succeed_in_order(path: Path, project: Path) -> None:
    for command in commands(path):
        done = subprocess.run(
            shlex.split(command),
            cwd=project,
            capture_output=True,
            text=True,
            timeout=200,
            env={**os.environ, "NO_COLOR": "1"},
            check=False,
        )
        assert done.returncode == 0, f"{path.name}: $ {command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.name)
def test_specs_in_a_document_are_valid(path: Path, tmp_path: Path) -> None:
    from tradewind.spec import load

    for number, text in enumerate(blocks(path, "yaml")):
        if not text.startswith("name:"):
            continue  # a fragment, not a whole spec
        spec = tmp_path / f"{number}.yaml"
        spec.write_text(text, encoding="utf-8")
        assert load(spec, environ={}).name


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}, which is not there"
