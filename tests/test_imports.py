"""What is imported where, and when: containers with an old Python and no packages, and a start-up without waiting."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OLDEST = (3, 8)
SHARED = "tradewind.container"  # what both kinds of container need first
CONTAINER_ROOMS = {
    "training_jobs": "tradewind.training_jobs",
    "serving": "tradewind.serving",
    "src/tradewind/container": SHARED,
}
# Used where present, imported only where needed: the server works without them (the test without site-packages).
OPTIONAL = {"serving": {"numpy", "httptools", "uvloop"}}
# Reached by `import_module` only once a model of that kind is there.
MODEL_LOADERS = "serving/frameworks/"
# Ready-made jobs are users' code: they need what they train with.
JOBS = "training_jobs/jobs/"


def _files(room: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / room).rglob("*.py")) if not _of_the_model(path))


def _of_the_model(path: Path) -> bool:
    return path.relative_to(ROOT).as_posix().startswith((MODEL_LOADERS, JOBS)) and path.name != "__init__.py"


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("room", CONTAINER_ROOMS)
def test_containers_rooms_import_the_standard_library_and_themselves(room: str) -> None:
    """A prebuilt image has whatever it has. Any depth counts: lazy imports too, unless by `import_module` where probed."""
    own = CONTAINER_ROOMS[room]
    strange = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in _files(room)
        for name in _imported(ast.parse(path.read_text("utf-8")))
        if name.split(".")[0] not in sys.stdlib_module_names | OPTIONAL.get(room, set())
        and not any(name == mine or name.startswith(f"{mine}.") for mine in (own, SHARED))
    }
    assert not strange


@pytest.mark.parametrize("room", CONTAINER_ROOMS)
def test_containers_rooms_parse_on_the_oldest_python(room: str) -> None:
    for path in sorted((ROOT / room).rglob("*.py")):
        ast.parse(path.read_text("utf-8"), filename=str(path), feature_version=OLDEST)


@pytest.mark.parametrize("room", CONTAINER_ROOMS)
def test_containers_rooms_start_without_site_packages(room: str, tmp_path: Path) -> None:
    """What the parse cannot see: every module is imported in a Python that has nothing else."""
    package = tmp_path / "tradewind"
    package.mkdir()
    (package / "__init__.py").touch()
    for folder, name in CONTAINER_ROOMS.items():
        if name in (CONTAINER_ROOMS[room], SHARED):
            (package / name.rpartition(".")[2]).symlink_to(ROOT / folder)
    modules = [
        ".".join((CONTAINER_ROOMS[room], *path.relative_to(ROOT / room).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        for path in _files(room)
        if path.name != "__main__.py"
    ]
    code = f"import sys, importlib; sys.path.insert(0, {str(tmp_path)!r}); [importlib.import_module(m) for m in {modules!r}]"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, timeout=30)


def _loaded(code: str) -> set[str]:
    """Names of all modules in memory after `code`, in a fresh process."""
    tail = "\nimport sys, json; sys.stderr.write(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, timeout=30, check=True)
    return set(json.loads(done.stderr))


HEAVY = {"pydantic", "aiohttp", "rich", "yaml", "asyncio", "uvicorn", "psutil", "filelock", "boto3", "google", "azure"}


def test_import_of_the_package_loads_nothing_else() -> None:
    """`import tradewind` runs before `--help` and inside containers: names are re-exported only when asked for."""
    before = _loaded("")
    added = _loaded("import tradewind") - before
    foreign = {name for name in added if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"tradewind"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"]])
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    code = (
        "from tradewind.cli.main import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as leave: assert not leave.code, leave.code\n"
    )
    loaded = {name.split(".")[0] for name in _loaded(code)}
    assert not loaded & HEAVY
    assert "click" in loaded


def test_spec_and_plan_of_a_local_project_need_no_sdk() -> None:
    loaded = _loaded("import tradewind.spec, tradewind.engine.session, tradewind.providers.local.info")
    assert not {name.split(".")[0] for name in loaded} & {"boto3", "google", "azure", "uvicorn", "aiohttp", "pytest"}


def test_nothing_of_ours_imports_the_conformance_suite() -> None:
    """It imports pytest, which users do not have."""
    rooms = ["src/tradewind", "cli", "infra", "providers", "serving", "training_jobs", "sandbox"]
    paths = [path for room in rooms for path in (ROOT / room).rglob("*.py") if "conformance" not in path.parts]
    guilty = [
        path
        for path in paths
        for name in _imported(ast.parse(path.read_text("utf-8")))
        if name.split(".")[0] == "pytest" or name.startswith("tradewind.providers.conformance")
    ]
    assert not guilty
