from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tracemalloc
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.engine import bundle, collecting
from tradewind.engine.bundle import Bundle
from tradewind.engine.collecting import BundleError
from tradewind.storage.memory import MemoryStore


def tree(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    folder.mkdir(exist_ok=True)
    return folder


def paths(made: Bundle) -> list[str]:
    return [file.path for file in made.files]


def unpacked(made: Bundle, folder: Path) -> dict[str, bytes]:
    made.write(folder / "b.tar.gz")
    with tarfile.open(folder / "b.tar.gz") as archive:
        found = {}
        for member in archive:
            opened = archive.extractfile(member)
            assert opened is not None
            found[member.name] = opened.read()
        return found


FILES = {"train.py": "print(1)", "pkg/__init__.py": "", "pkg/ü.txt": "ü", "z": b"\0\xff"}


def test_same_tree_same_digest_and_same_bytes(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", FILES)
    two = tree(tmp_path / "two", dict(reversed(FILES.items())))
    for path in two.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (1, 1))
    first, second = bundle.build(one, one), bundle.build(tmp_path, two)
    assert first.digest == second.digest
    first.write(tmp_path / "1.tar.gz")
    second.write(tmp_path / "2.tar.gz")
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()


def test_the_digest_does_not_drift_between_releases(tmp_path: Path) -> None:
    """A change of this number trains everything anew for everybody: it must be meant."""
    made = bundle.build(tmp_path, tree(tmp_path / "src", {"train.py": "print(1)\n", "a/b": "x"}))
    assert (
        made.digest
        == "sha256:"
        + hashlib.sha256(
            b"tradewind/bundle/1\n"
            + b"".join(
                b"%d %s %s\n" % (len(name), name, hashlib.sha256(content).hexdigest().encode())
                for name, content in ((b"a/b", b"x"), (b"train.py", b"print(1)\n"))
            )
        ).hexdigest()
    )


def test_another_process_with_another_umask_and_locale_agrees(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", FILES)
    script = (
        "import os, sys; os.umask(0o077)\n"
        "from pathlib import Path; from tradewind.engine import bundle\n"
        "print(bundle.build(Path(sys.argv[1]), Path(sys.argv[1])).digest)\n"
    )
    env = {**os.environ, "LC_ALL": "C", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(source)], capture_output=True, text=True, env=env, check=True
    )
    assert done.stdout.strip() == bundle.build(source, source).digest


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text("abü.", min_size=1, max_size=5).filter(lambda n: n.strip(".")), st.binary(max_size=20), min_size=1
    ),
    st.randoms(),
)
def test_any_change_of_name_or_content_changes_the_digest(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], random: object
) -> None:
    first = tree(tmp_path_factory.mktemp("a"), files)
    digest = bundle.content_digest(first)
    assert digest == bundle.content_digest(tree(tmp_path_factory.mktemp("b"), files))
    name = sorted(files)[0]
    changed = {**files, name: files[name] + b"!"}
    assert digest != bundle.content_digest(tree(tmp_path_factory.mktemp("c"), changed))
    moved = {(n + "x" if n == name else n): c for n, c in files.items()}
    assert digest != bundle.content_digest(tree(tmp_path_factory.mktemp("d"), moved))


def test_bytes_cannot_move_between_name_and_content(tmp_path: Path) -> None:
    assert bundle.content_digest(tree(tmp_path / "1", {"ab": "c"})) != bundle.content_digest(
        tree(tmp_path / "2", {"a": "bc"})
    )


def test_what_is_in_the_archive(tmp_path: Path) -> None:
    made = bundle.build(tmp_path, tree(tmp_path / "src", FILES))
    assert unpacked(made, tmp_path) == {n: c.encode() if isinstance(c, str) else c for n, c in FILES.items()}
    with tarfile.open(tmp_path / "b.tar.gz") as archive:
        assert {(m.mode, m.mtime, m.uid, m.gid, m.uname) for m in archive} == {(0o755, 0, 0, 0, "")}
    assert made.size == sum(len(c) for c in unpacked(made, tmp_path).values())


def test_what_is_never_shipped(tmp_path: Path) -> None:
    source = tree(
        tmp_path / "src",
        {
            "a.py": "",
            ".git/config": "",
            "pkg/__pycache__/a.pyc": "",
            "pkg/b.pyc": "",
            ".venv/bin/python": "",
            "myenv/pyvenv.cfg": "",
            "myenv/lib/x.py": "",
            "deploy.lock": "",
            ".gitignore": "nothing\n",
            "x.egg-info/PKG-INFO": "",
            "node_modules/y.js": "",
            ".ipynb_checkpoints/n": "",
            "gha-creds-0123456789abcdef.json": "{}",
            ".deployignore": "!gha-creds-*.json\n",
            "creds.json": "",
        },
    )
    assert paths(bundle.build(tmp_path, source)) == ["a.py", "creds.json"]


def test_what_a_runner_signs_in_with_changes_no_digest(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"a.py": ""})
    before = bundle.build(tmp_path, source)
    tree(source, {"gha-creds-0123456789abcdef.json": "{}", ".tradewind/plan.txt": "create"})
    after = bundle.build(tmp_path, source)
    assert (after.digest, after.warnings) == (before.digest, ())


def test_ignore_files_nested_and_with_the_last_word(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "*.bin\n/train/out/\n", "other/.gitignore": "*\n"})
    source = tree(
        tmp_path / "train",
        {
            "keep.py": "",
            "model.bin": "",
            "weights.bin": "",
            "out/x": "",
            "sub/out/x": "",
            "sub/.gitignore": "!model.bin\n*.tmp\n",
            "sub/model.bin": "",
            "sub/a.tmp": "",
            "a.tmp": "",
            ".deployignore": "!/weights.bin\nnotes/\n*.md\n",
            "notes/n.txt": "",
            "README.md": "",
            "sub/.deployignore": "!README.md\n",
            "sub/README.md": "",
        },
    )
    assert paths(bundle.build(tmp_path, source)) == [
        "a.tmp",
        "keep.py",
        "sub/README.md",
        "sub/model.bin",
        "sub/out/x",
        "weights.bin",
    ]
    assert paths(bundle.build(tmp_path, source, exclude=["sub", "*.bin"])) == ["a.tmp", "keep.py"]


PATTERNS = (
    "*.txt", "!*.txt", "!a.txt", "/b", "b/", "!b/", "*", "!*/", "!*.py", "**/c", "b/*", "!b/a.txt", "a?txt", "[ab].py",
    "# x", "", "\\!a", "b/**", "!b/**/", "!b/**/*.py", "c ", "c/", "!c", "!c/", "/a.txt", "a.py", "**", "b/**/a.txt",
    "**/b/*", "[!a].txt", "[^b]*", "[a-c]", "[[:alpha:]].py", "[z-a]", "[a", "a\\.txt", "/*", "!/b", "d/**/c", "b/c/",
)  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git, which is not here")
@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PATTERNS), st.text("ab*?!/.tx\\ ", max_size=6)), max_size=5),
    st.lists(st.sampled_from(PATTERNS), max_size=3),
)
def test_gitignore_is_read_as_git_reads_it(
    tmp_path_factory: pytest.TempPathFactory, top: list[str], nested: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("repo")
    names = ["a.txt", "a.py", "b/a.txt", "b/a.py", "b/c/a.txt", "b/c/b.py", "c/a.txt", "d/b/a.py", "d/c"]
    tree(folder, {name: "x" for name in names})
    (folder / ".gitignore").write_text("\n".join(top) + "\n")
    (folder / "b" / ".gitignore").write_text("\n".join(nested) + "\n")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(folder), "-c", "core.excludesFile=", "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True,
        check=True,
    )
    expected = {n for n in listed.stdout.decode().split("\0") if n and not n.endswith(".gitignore")}
    found = collecting.collect(folder, folder, ())
    assert {file.name for file in found.files} == expected


def test_secrets_stay_here_with_a_word(tmp_path: Path) -> None:
    secret = [
        ".env",
        ".env.prod",
        "prod.env",
        ".s3cfg",
        "x.tfstate",
        "key.pem",
        "id_rsa",
        "sub/Credentials.json",
        ".netrc",
        "sub/id_ed25519",
        "tls.KEY",
    ]
    source = tree(
        tmp_path / "src", {name: "s3cr3t" for name in secret} | {"a.py": "", ".env.example": "", "id_rsa.pub": ""}
    )
    made = bundle.build(tmp_path, source)
    assert paths(made) == [".env.example", "a.py", "id_rsa.pub"]
    assert len(made.warnings) == len(secret)
    assert all(any(name in warning for warning in made.warnings) for name in secret)
    assert "s3cr3t" not in "".join(made.warnings)
    (source / ".deployignore").write_text("!key.pem\n")
    assert "key.pem" in paths(bundle.build(tmp_path, source))
    assert ".env" not in paths(bundle.build(tmp_path, source))


def test_a_link_to_a_secret_is_one(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {".env": "", "a.py": ""})
    (source / "settings").symlink_to(".env")
    assert paths(bundle.build(tmp_path, source)) == ["a.py"]


def test_links_inside_are_followed(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"real/x.py": "x"})
    (source / "file.py").symlink_to("real/x.py")
    (source / "folder").symlink_to("real", target_is_directory=True)
    (source / "real" / "up").symlink_to("..", target_is_directory=True)
    (source / "nowhere").symlink_to("real/none")
    (source / "itself").symlink_to("itself")
    made = bundle.build(tmp_path, source)
    assert paths(made) == ["file.py", "folder/x.py", "real/x.py"]
    assert unpacked(made, tmp_path)["file.py"] == b"x"
    assert sorted(w.split(" was left out")[0] for w in made.warnings) == ["folder/up", "itself", "nowhere", "real/up"]


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"a.py": ""})
    tree(tmp_path / "secret", {"x": "s3cr3t"})
    for target in (tmp_path / "secret", tmp_path / "secret" / "x", Path("../secret/x"), Path("/nonexistent")):
        (source / "link").symlink_to(target)
        with pytest.raises(BundleError) as caught:
            bundle.build(tmp_path, source)
        assert (caught.value.code, int(caught.value.exit)) == ("TW701", 2)
        assert "link" in str(caught.value)
        (source / ".deployignore").write_text("link\n")
        assert paths(bundle.build(tmp_path, source)) == ["a.py"]
        (source / ".deployignore").unlink()
        (source / "link").unlink()


def test_the_source_itself_may_be_a_link(tmp_path: Path) -> None:
    tree(tmp_path / "real", {"a.py": ""})
    (tmp_path / "src").symlink_to("real")
    assert paths(bundle.build(tmp_path, tmp_path / "src")) == ["a.py"]


def test_special_files_and_odd_names_are_left_out_with_a_word(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"a.py": "", "new\nline": "1"})
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.getcwd()
        os.chdir(source)  # the path of a socket may be short only
        try:
            server.bind("sock")
        finally:
            os.chdir(folder)
    (Path(os.fsdecode(os.fsencode(source) + b"/\xff.py"))).write_bytes(b"")
    made = bundle.build(tmp_path, source)
    assert paths(made) == ["a.py", "new\nline"]
    assert len(made.warnings) == 3
    assert "named pipe" in made.warnings[0]
    assert "socket" in made.warnings[1]
    assert "UTF-8" in made.warnings[2]
    assert made.warnings[2].isascii()


def test_composed_and_decomposed_names_are_one(tmp_path: Path) -> None:
    composed, decomposed = "é.py", unicodedata.normalize("NFD", "é.py")
    one = bundle.build(tmp_path, tree(tmp_path / "one", {composed: "x"}))
    two = bundle.build(tmp_path, tree(tmp_path / "two", {decomposed: "x"}))
    assert one.digest == two.digest
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, tree(tmp_path / "both", {composed: "x", decomposed: "y"}))
    assert caught.value.code == "TW703"


def test_the_locale_does_not_count(tmp_path: Path) -> None:
    """Under an ASCII locale a name like é reads as half characters; it is UTF-8 on the disk all the same."""
    source = tree(tmp_path / "src", {"é/名.py": "1", "a.py": "2", "ü.txt": "", ".gitignore": "ü*\n"})
    program = (
        "import pathlib, sys; from tradewind.engine import bundle; made = bundle.build(*[pathlib.Path(sys.argv[1])] * 2);"
        "made.write(pathlib.Path(sys.argv[2])); print(made.digest, len(made.warnings))"
    )
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "b.tar.gz")]
    said = subprocess.run(command, env=env, capture_output=True, check=True, text=True).stdout
    assert said == f"{bundle.build(source, source).digest} 0\n"


def test_nothing_to_ship(tmp_path: Path) -> None:
    for source in (tmp_path / "none", tree(tmp_path / "file", {"x": ""}) / "x"):
        with pytest.raises(BundleError) as caught:
            bundle.build(tmp_path, source)
        assert caught.value.code == "TW700"
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, tree(tmp_path / "ignored", {"a": "", ".gitignore": "*\n"}))
    assert caught.value.code == "TW700"
    assert "ignored" in caught.value.hint


def test_large_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tree(tmp_path / "src", {"big.bin": b"x" * 3000, "mid.bin": b"x" * 2000, "a.py": b"x"})
    monkeypatch.setattr(bundle, "WARN_BYTES", 5000)
    (warning,) = bundle.build(tmp_path, source).warnings
    assert "big.bin (2.9 KiB), mid.bin" in warning
    monkeypatch.setattr(bundle, "MAX_BYTES", 5000)
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, source)
    assert (caught.value.code, int(caught.value.exit)) == ("TW702", 2)
    assert "big.bin" in str(caught.value)
    monkeypatch.setattr(bundle, "MAX_BYTES", 10**9)
    monkeypatch.setattr(bundle, "MAX_FILES", 2)
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, source)
    assert "3 files" in str(caught.value)


def test_a_sparse_giant_is_refused_before_it_is_read(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"a.py": ""})
    with (source / "giant").open("wb") as file:
        file.truncate(50 * 1024**3)
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, source)
    assert "giant (50.0 GiB)" in str(caught.value)


def test_large_files_are_streamed(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"big": os.urandom(1024 * 1024) * 24})
    tracemalloc.start()
    try:
        bundle.build(tmp_path, source).write(tmp_path / "b.tar.gz")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize("change", [b"longer than before", b"other!!", b"x", None])
def test_a_file_that_changes_after_it_was_hashed(tmp_path: Path, change: bytes | None) -> None:
    source = tree(tmp_path / "src", {"log": "content"})
    made = bundle.build(tmp_path, source)
    if change is None:
        (source / "log").unlink()
    else:
        (source / "log").write_bytes(change)
    with pytest.raises(BundleError) as caught:
        made.write(tmp_path / "b.tar.gz")
    assert caught.value.code == ("TW704" if change is not None else "TW705")
    assert "log" in str(caught.value)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tree(tmp_path / "src", {"log": "content"})
    real = os.fstat

    def growing(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        with (source / "log").open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr(bundle.os, "fstat", growing)
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, source)
    assert caught.value.code == "TW704"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"a.py": "", "locked": ""})
    (source / "locked").chmod(0)
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, source)
    assert caught.value.code == "TW705"


def test_extra_files_and_single_files(tmp_path: Path) -> None:
    source = tree(tmp_path / "src", {"a.py": "a"})
    tree(tmp_path, {"requirements.txt": "numpy"})
    made = bundle.build(tmp_path, source, extra={".tradewind/requirements.txt": tmp_path / "requirements.txt"})
    assert paths(made) == [".tradewind/requirements.txt", "a.py"]
    assert made.digest != bundle.build(tmp_path, source).digest
    alone = bundle.single(source / "a.py", extra={"r.txt": tmp_path / "requirements.txt"})
    assert unpacked(alone, tmp_path) == {"a.py": b"a", "r.txt": b"numpy"}
    with pytest.raises(BundleError) as caught:
        bundle.single(source / "none.py")
    assert caught.value.code == "TW700"
    with pytest.raises(BundleError) as caught:
        bundle.build(tmp_path, source, extra={"r.txt": tmp_path / "none"})
    assert caught.value.code == "TW705"


def test_upload_is_content_addressed_and_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore("s")
    made = bundle.build(tmp_path, tree(tmp_path / "src", FILES))
    artifact = bundle.upload(store, made)
    assert artifact.digest == made.digest
    assert artifact.uri == f"memory://s/bundles/{made.hex}.tar.gz"
    monkeypatch.setattr(store, "put_file", lambda *_: pytest.fail("sent twice"))
    assert bundle.upload(store, made) == artifact
    assert [entry.key for entry in store.list()] == [f"bundles/{made.hex}.tar.gz"]


def test_content_digest_ignores_nothing(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"a": "1", ".gitignore": "*\n", ".env": "x"})
    digest = bundle.content_digest(one)
    (one / ".env").write_text("y")
    assert bundle.content_digest(one) != digest
    assert bundle.content_digest(one / "a") == "sha256:" + hashlib.sha256(b"1").hexdigest()
