"""Unpacking, interpreters and virtual environments: without any package index."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tradewind.host import interpreters, unpack, venvs
from tradewind.host.errors import HostError
from tradewind.host.prepare import Preparation, prepare
from tradewind.host.unpack import as_folder, path_of, unpack_into, unpacked

ENVIRON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}


def environ(*, uv: bool) -> dict[str, str]:
    """With uv on PATH, or without it."""
    found = shutil.which("uv")
    if uv and found is None:
        pytest.skip("no uv on PATH")
    import os

    path = (
        os.environ["PATH"].split(os.pathsep)
        if uv
        else [p for p in ENVIRON["PATH"].split(":") if not Path(p, "uv").exists()]
    )
    return {**os.environ, **ENVIRON, "PATH": os.pathsep.join(path), "HOME": os.environ.get("HOME", "/")}


def wheel(folder: Path, version: str = "1.0") -> Path:
    """A package of one module, made by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tinypack-{version}-py3-none-any.whl"
    info = f"tinypack-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("tinypack.py", f"VERSION = {version!r}\n")
        out.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tinypack\nVersion: {version}\n")
        out.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{info}/RECORD", f"tinypack.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


def bundle(folder: Path, requirements: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text(requirements)
    return folder


def wish(code: Path, python: str = sys.executable) -> venvs.Wish:
    return venvs.Wish(python, code / "requirements.txt", code)


@pytest.mark.parametrize("uv", [True, False])
def test_requirements_are_installed_once(tmp_path: Path, uv: bool) -> None:
    code = bundle(tmp_path / "code", f"--no-index\n--find-links {wheel(tmp_path / 'wheels').parent}\ntinypack==1.0\n")
    python = venvs.ensure(wish(code), tmp_path / "venvs", environ(uv=uv))
    said = subprocess.run(
        [python, "-c", "import tinypack; print(tinypack.VERSION)"], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "1.0"
    shutil.rmtree(tmp_path / "wheels")
    assert venvs.ensure(wish(code), tmp_path / "venvs", environ(uv=uv)) == python, "no second installation"


def test_what_cannot_be_installed_shows_the_installers_words(tmp_path: Path) -> None:
    code = bundle(tmp_path / "code", "--no-index\nno-such-package-4711\n")
    with pytest.raises(HostError) as caught:
        venvs.ensure(wish(code), tmp_path / "venvs", environ(uv=shutil.which("uv") is not None))
    assert caught.value.code == "TW608"
    assert "no-such-package-4711" in caught.value.said
    assert not [path for path in (tmp_path / "venvs").iterdir() if path.is_dir()], "no half-built one stays"


def test_a_half_built_one_is_never_used(tmp_path: Path) -> None:
    code = bundle(tmp_path / "code", f"--no-index\n--find-links {wheel(tmp_path / 'wheels').parent}\ntinypack\n")
    venv = tmp_path / "venvs" / venvs.digest(wish(code))
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    python = venvs.ensure(wish(code), tmp_path / "venvs", environ(uv=shutil.which("uv") is not None))
    assert subprocess.run([python, "-c", "import tinypack"], check=False).returncode == 0


def test_racers_build_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = bundle(tmp_path / "code", "")
    built: list[int] = []
    monkeypatch.setattr(
        venvs,
        "_steps",
        lambda *_: built.append(1) or [["mkdir", "-p", str(tmp_path / "venvs" / venvs.digest(wish(code)))]],
    )
    with ThreadPoolExecutor(8) as pool:
        pythons = set(pool.map(lambda _: venvs.ensure(wish(code), tmp_path / "venvs", {}), range(16)))
    assert len(pythons) == len(built) == 1


def test_all_that_decides_the_content_is_in_the_digest(tmp_path: Path) -> None:
    a, b = bundle(tmp_path / "a", "numpy\n"), bundle(tmp_path / "b", "numpy\n")
    assert venvs.digest(wish(a)) == venvs.digest(wish(b))
    assert venvs.digest(wish(a)) != venvs.digest(venvs.Wish("/other/python", a / "requirements.txt", a))
    assert venvs.digest(wish(a)) != venvs.digest(venvs.Wish(sys.executable, a / "requirements.txt", a, "https://index"))
    for folder in (a, b):
        bundle(folder, "-r more.txt\n")
    assert venvs.digest(wish(a)) != venvs.digest(wish(b)), "files beside it may differ"


def test_an_index_goes_in_no_argument(tmp_path: Path) -> None:
    asked = venvs.Wish(sys.executable, tmp_path / "r.txt", tmp_path, "https://user:password@index.example/simple")
    for uv in ("/usr/bin/uv", None):
        assert not [part for step in venvs._steps(asked, tmp_path / "v", uv) for part in step if "password" in part]


def test_this_python_and_none_that_never_was() -> None:
    assert interpreters.find(None) == sys.executable
    assert interpreters.find(interpreters.HERE) == sys.executable
    assert interpreters.find("2.1") is None
    with pytest.raises(HostError) as caught:
        interpreters.need("2.1")
    assert caught.value.code == "TW607"
    assert interpreters.matches("3.1", "3.1.4")
    assert not interpreters.matches("3.1", "3.11.4")


def tar(path: Path, *members: tuple[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as out:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            out.addfile(entry, io.BytesIO(content))
    return path


def test_an_archive_appears_whole(tmp_path: Path) -> None:
    archive = tar(tmp_path / "code.tar.gz", ("train.py", b"1"), ("deep/lib.py", b"2"))
    folder = unpacked(archive.as_uri(), "sha256:abc", tmp_path / "cache")
    assert (folder / "deep" / "lib.py").read_bytes() == b"2"
    archive.unlink()
    assert unpacked(archive.as_uri(), "sha256:abc", tmp_path / "cache") == folder


@pytest.mark.parametrize("name", ["../outside", "/etc/outside"])
def test_an_archive_cannot_write_outside(tmp_path: Path, name: str) -> None:
    archive = tar(tmp_path / "evil.tar.gz", (name, b"1"))
    try:
        unpack_into(archive, tmp_path / "in" / "it")
    except HostError as error:
        assert error.code == "TW609"  # noqa: PT017 - tarfile may also strip the slash and go on
    assert not (tmp_path / "in" / "outside").exists()
    assert not Path("/etc/outside").exists()


def test_a_broken_archive_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "torn.tar.gz").write_bytes(b"\x1f\x8b no archive")
    with pytest.raises(HostError) as caught:
        unpack_into(tmp_path / "torn.tar.gz", tmp_path / "out")
    assert caught.value.code == "TW609"
    assert [path.name for path in tmp_path.iterdir()] == ["torn.tar.gz"]


def test_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "mit Leerzeichen é #1?"
    assert path_of(folder.as_uri()) == folder
    assert path_of("file:///a #1/b?") == Path("/a #1/b?"), "nothing of it is a query"
    assert path_of("/plain") == Path("/plain")
    with pytest.raises(HostError) as caught:
        path_of("s3://bucket/key")
    assert caught.value.code == "TW609"


def test_a_single_file_gets_a_folder(tmp_path: Path) -> None:
    (tmp_path / "churn.csv").write_text("a")
    assert as_folder(tmp_path, tmp_path / "x") == tmp_path
    folder = as_folder(tmp_path / "churn.csv", tmp_path / "x")
    assert [path.name for path in folder.iterdir()] == ["churn.csv"]
    assert as_folder(tmp_path / "churn.csv", tmp_path / "x") == folder
    assert (tmp_path / "churn.csv").stat().st_mode & 0o200, "the user's own file stays as it was"
    assert not (folder / "churn.csv").samefile(tmp_path / "churn.csv")


def test_a_large_file_is_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "LARGE", 3)
    (tmp_path / "big.bin").write_text("1234")
    folder = as_folder(tmp_path / "big.bin", tmp_path / "x")
    assert (folder / "big.bin").samefile(tmp_path / "big.bin")


def test_our_own_runtime_is_a_tree_of_its_own(tmp_path: Path) -> None:
    ready = prepare(Preparation(), tmp_path, {})
    assert ready.python == sys.executable
    script = "import tradewind, tradewind.serving, tradewind.training_jobs as t; print(tradewind.__file__)"
    said = subprocess.run(
        [ready.python, "-c", script], env={"PYTHONPATH": ready.pythonpath}, capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith(str(tmp_path))
    assert prepare(Preparation(), tmp_path, {}) == ready


def test_requirements_that_are_not_in_the_bundle(tmp_path: Path) -> None:
    code = bundle(tmp_path / "code", "")
    with pytest.raises(HostError) as caught:
        prepare(Preparation(code.as_uri(), "sha256:1", requirements="other.txt"), tmp_path / "cache", {})
    assert caught.value.code == "TW608"
