"""Requirements, from a folder of wheels: no network is needed or used."""

from __future__ import annotations

import shutil
import subprocess
import venv
from pathlib import Path

import pytest
from fakes.container import Container
from fakes.wheels import wheel

from tradewind.container import install

PLAIN = "/usr/bin:/bin"  # a PATH without uv


@pytest.fixture(scope="module", params=["pip", "uv"])
def installer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A Python of its own, and the PATH that finds the installer."""
    if request.param == "uv":
        found = shutil.which("uv")
        if not found or subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
            pytest.skip("no uv on this machine: that requirements install with it is NOT tested")
        path = f"{Path(found).parent}:{PLAIN}"
    else:
        path = PLAIN
    folder = tmp_path_factory.mktemp("python") / "venv"
    venv.create(folder, with_pip=request.param == "pip")
    return str(folder / "bin" / "python"), path


@pytest.fixture
def fresh(installer: tuple[str, str], container: Container) -> tuple[Container, str]:
    container.python, path = installer
    (container.folder / "code").mkdir()
    return container, path


def test_installed_once_and_not_again(fresh: tuple[Container, str], tmp_path: Path) -> None:
    container, path = fresh
    index = str(wheel(tmp_path / "wheels"))
    (tmp_path / "code" / "requirements.txt").write_text("-r more.txt\n")
    (tmp_path / "code" / "more.txt").write_text("tiny-dep\n")
    words = {"TW_REQUIREMENTS": "requirements.txt", "TW_INDEX": index, "PATH": path}
    show = "python -c 'import tiny_dep; print(tiny_dep.VERSION)'"
    first = container.run(show, **words)
    assert first.returncode == 0, first.stderr
    assert first.stdout == "1.0\n"
    assert "installing" in first.stderr
    again = container.run(show, **words)
    assert again.stdout == "1.0\n"
    assert "installed already" in again.stderr
    wheel(tmp_path / "wheels", "2.0")
    (tmp_path / "code" / "more.txt").write_text("tiny-dep>=2\n")  # an included file counts
    assert container.run(show, **words).stdout == "2.0\n"


def test_what_cannot_be_installed(fresh: tuple[Container, str], tmp_path: Path) -> None:
    container, path = fresh
    (tmp_path / "code" / "requirements.txt").write_text("tiny-dep==9\n")
    index = str(wheel(tmp_path / "wheels"))
    done = container.run("touch ran", TW_REQUIREMENTS="requirements.txt", TW_INDEX=index, PATH=path)
    assert done.returncode == 1
    assert "requirements could not be installed" in container.failure["reason"]
    assert "tiny" in " ".join(container.failure["lines"])
    assert not (tmp_path / "code" / "ran").exists()
    assert "installing" in container.run("true", TW_REQUIREMENTS="requirements.txt", TW_INDEX=index, PATH=path).stderr


def test_a_password_in_the_index_stays_out_of_everything(fresh: tuple[Container, str], tmp_path: Path) -> None:
    container, path = fresh
    (tmp_path / "code" / "requirements.txt").write_text("other-dep\n")
    index = "http://me:s3cr3t@127.0.0.1:1/simple"
    words = {"PIP_RETRIES": "0", "PIP_TIMEOUT": "1", "UV_HTTP_RETRIES": "0"}
    done = container.run("true", TW_REQUIREMENTS="requirements.txt", TW_INDEX=index, PATH=path, **words)
    assert done.returncode == 1
    assert "s3cr3t" not in done.stdout + done.stderr + (tmp_path / "failure.json").read_text()
    assert "127.0.0.1:1" in container.failure["reason"]


def test_no_installer_at_all(container: Container, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    container.python = str(tmp_path / "venv" / "bin" / "python")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "requirements.txt").write_text("tiny-dep\n")
    assert container.run("true", TW_REQUIREMENTS="requirements.txt", PATH=PLAIN).returncode == 1
    assert "has no pip, and there is no uv" in container.failure["reason"]


def test_the_digest_knows_content_index_and_includes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x\n-r b.txt\n-r a.txt\n")
    (tmp_path / "b.txt").write_text("y\n")
    path = str(tmp_path / "a.txt")
    first = install.digest_of(path, "")
    assert first == install.digest_of(path, "")
    assert first != install.digest_of(path, "other")
    (tmp_path / "b.txt").write_text("z\n")
    assert first != install.digest_of(path, "")
