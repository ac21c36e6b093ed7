"""A stranger's provider, as its own distribution: built, installed, found by its entry point, and held to the protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.tools import call, once, uv

DEPLOY = Path(sys.executable).with_name("deploy")
SOURCE = Path(__file__).parent / "third_party"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the import path with the installed distribution in it; shared by all workers."""

    def build(folder: Path) -> None:
        wheels = folder / "wheels"
        call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=SOURCE)
        (wheel,) = wheels.glob("*.whl")
        call(uv(), "pip", "install", "-q", "--offline", "--no-deps", "--python", sys.executable, "--target",
             folder / "site", wheel)  # fmt: skip

    base = tmp_path_factory.getbasetemp()
    return once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tinycloud", build) / "site"


@pytest.fixture
def environment(installed: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(installed)}


def _python(code: str, environment: dict[str, str]) -> str:
    return call(sys.executable, "-c", code, env=environment)


def test_installed_as_a_distribution(installed: Path) -> None:
    assert (installed / "tradewind_tinycloud" / "info.py").is_file()
    assert list(installed.glob("tradewind_tinycloud-1.0.dist-info"))


def test_found_by_entry_point_without_importing_it(environment: dict[str, str]) -> None:
    code = (
        "import sys, json; from tradewind.providers import registry as r; e = r.names()['tinycloud'];"
        "print(json.dumps([e.source, e.hint, list(r.problems()), 'tradewind_tinycloud' in sys.modules]))"
    )
    said = json.loads(_python(code, environment))
    assert said == ["tradewind-tinycloud", "pip install tradewind-tinycloud", [], False]


def test_static_half_imports_no_sdk(environment: dict[str, str]) -> None:
    code = (
        "import sys; from tradewind.providers import registry as r; i = r.info('tinycloud');"
        "print(i.title, 'tradewind_tinycloud.sdk' in sys.modules)"
    )
    assert _python(code, environment).split() == ["Tiny", "Cloud", "False"]


SPEC = """\
name: churn
provider: tinycloud
tinycloud: {address: 'tiny://here', bucket: 'file:///tmp/tiny'}
"""


def test_its_block_is_part_of_deploy_yaml(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(SPEC)
    code = (
        "from pathlib import Path; from tradewind.providers import registry as r; from tradewind.spec import load;"
        "s = load(Path('deploy.yaml'), environ={}, blocks=r.plugin_settings());"
        "print(s.provider, s.block('tinycloud').address)"
    )
    assert call(sys.executable, "-c", code, env=environment, cwd=tmp_path).split() == ["tinycloud", "tiny://here"]


def test_a_mistake_in_its_block_is_found(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(SPEC.replace("address:", "adress:"))
    code = (
        "from pathlib import Path; from tradewind.providers import registry as r; from tradewind.spec import load\n"
        "from tradewind.errors import SpecError\n"
        "try: load(Path('deploy.yaml'), environ={}, blocks=r.plugin_settings())\n"
        "except SpecError as e: print(*e.problems)"
    )
    said = call(sys.executable, "-c", code, env=environment, cwd=tmp_path)
    assert "deploy.yaml:3:" in said
    assert "address" in said


def test_deploy_providers_shows_it_with_its_reasons(environment: dict[str, str]) -> None:
    shown = json.loads(call(DEPLOY, "providers", "-o", "json", env=environment))
    (tiny,) = [provider for provider in shown["providers"] if provider["name"] == "tinycloud"]
    assert (tiny["state"], tiny["source"], tiny["title"]) == ("ready", "tradewind-tinycloud", "Tiny Cloud")
    cannot = {ability["path"] for ability in tiny["capabilities"] if not ability["can"]}
    assert {"train.spot", "train.nodes", "serve.replicas.target.concurrency"} <= cannot


def test_deploy_schema_knows_its_block(environment: dict[str, str]) -> None:
    schema = json.loads(call(DEPLOY, "schema", env=environment))
    block = schema["properties"]["tinycloud"]
    assert "address" in json.dumps({**block, "defs": schema.get("$defs", {})})


def test_deploy_plan_shows_what_is_lost_there(environment: dict[str, str], tmp_path: Path) -> None:
    bucket = (tmp_path / "bucket").as_uri()
    (tmp_path / "deploy.yaml").write_text(
        f"name: churn\nprovider: tinycloud\ntinycloud: {{bucket: '{bucket}'}}\n"
        "train: {source: src, command: python train.py, framework: sklearn, spot: true, checkpoint: {}}\n"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").touch()
    plan = json.loads(call(DEPLOY, "plan", "-o", "json", env=environment, cwd=tmp_path))
    assert "train.spot" in json.dumps(plan)
    assert "no spot machines" in json.dumps(plan)
    accepted = json.loads(call(DEPLOY, "plan", "--accept", "train.spot", "-o", "json", env=environment, cwd=tmp_path))
    assert plan["refusals"]
    assert not accepted["refusals"]


@pytest.mark.slow
def test_it_keeps_the_protocol(environment: dict[str, str], tmp_path: Path) -> None:
    """Its own test file, run as its author runs it: nothing of our tests' configuration is in reach."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path),
         str(SOURCE / "tests")],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "failed" not in done.stdout
