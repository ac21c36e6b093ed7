"""Requirements, with uv where there is one, else pip; once for the same content, index and Python."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from typing import Callable, Iterator

from tradewind.container.errors import USAGE, ContainerError

_INCLUDE = re.compile(r"^\s*(?:-r|--requirement|-c|--constraint)[\s=]+(\S+)")
_CREDENTIALS = re.compile(r"(\w+://)[^/@\s]+@")
_TAIL = 15  # lines of the installer's own words that are kept

Say = Callable[[str], None]


def _to_stderr(line: str) -> None:
    print(f"tradewind: {line}", file=sys.stderr, flush=True)


def install(requirements: str, index: str, code: str, say: Say = _to_stderr) -> bool:
    """False: this very set was installed before, so nothing was done. Raises ContainerError with the installer's words."""
    path = requirements if os.path.isabs(requirements) else os.path.join(code, requirements)
    if not os.path.isfile(path):
        raise ContainerError(f"the requirements file is not there: {requirements} (in {code})", USAGE)
    digest = digest_of(path, index)
    with _one_at_a_time(digest):
        marker = os.path.join(_records(), digest)
        if os.path.exists(marker):
            say("requirements are installed already")
            return False
        _run([*_command(path), *_links(index)], _environment(index), path, index, say)
        with open(marker, "w", encoding="utf-8") as file:
            file.write(path + "\n")
    return True


def digest_of(path: str, index: str) -> str:
    """Of the file, of those it includes, of the index and of this Python."""
    digest = hashlib.sha256(repr((sys.version_info[:3], sys.prefix, index)).encode())
    for text in _texts(path, set()):
        digest.update(hashlib.sha256(text).digest())
    return digest.hexdigest()


def _texts(path: str, seen: set[str]) -> Iterator[bytes]:
    real = os.path.realpath(path)
    if real in seen or not os.path.isfile(real):
        return
    seen.add(real)
    with open(real, "rb") as file:
        text = file.read()
    yield text
    for row in text.decode("utf-8", "replace").splitlines():
        included = _INCLUDE.match(row)
        if included:
            yield from _texts(os.path.join(os.path.dirname(path), included.group(1)), seen)


def _records() -> str:
    """Beside what is installed, so that it goes when that goes; else in the temporary folder of this container."""
    name = ".tradewind-requirements"
    for parent in (sys.prefix, tempfile.gettempdir()):
        if os.access(parent, os.W_OK):
            folder = os.path.join(parent, name)
            os.makedirs(folder, exist_ok=True)
            return folder
    raise ContainerError("no folder can be written to remember what was installed")


@contextmanager
def _one_at_a_time(digest: str) -> Iterator[None]:
    """Several nodes on one machine share one Python."""
    with open(os.path.join(_records(), digest + ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def look_again() -> None:
    """Have this very process see what was installed while it ran, `.pth` files included."""
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if not _writable():
        folders = [sysconfig.get_path("purelib", "posix_user", {"base": _user_base(), "userbase": _user_base()})]
    for folder in dict.fromkeys(folders):
        known = list(sys.path)
        site.addsitedir(folder)
        sys.path[:] = [path for path in sys.path if path not in known] + known  # before the image's own
    importlib.invalidate_caches()


def for_commands() -> dict[str, str]:
    """What a Python that is started here must be told to see what was installed."""
    return {} if _writable() else {"PYTHONUSERBASE": _user_base()}


def _writable() -> bool:
    return os.access(sysconfig.get_path("purelib"), os.W_OK)


def _user_base() -> str:
    """Where an image that runs without root can install to: its own packages still count as installed there."""
    return os.environ.get("PYTHONUSERBASE") or os.path.join(tempfile.gettempdir(), "tradewind-packages")


def _command(path: str) -> list[str]:
    uv = shutil.which("uv")
    if not _writable() and importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--user", "-r", path]  # uv knows no --user
    # A version manager's shim answers for a tool that is not there.
    if uv and subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0:
        return [uv, "pip", "install", "--python", sys.executable, "-r", path]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "-r", path]
    raise ContainerError(
        f"requirements cannot be installed: {sys.executable} has no pip, and there is no uv; use an image that has one"
    )


def _links(index: str) -> list[str]:
    """An index that is a folder of packages on this machine: nothing else is asked then."""
    folder = index[len("file://") :] if index.startswith("file://") else index
    return ["--no-index", "--find-links", folder] if index and os.path.isdir(folder) else []


def _environment(index: str) -> dict[str, str]:
    """The index goes by environment: it may hold a password, and arguments are seen by every process."""
    env = {
        **os.environ,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_BREAK_SYSTEM_PACKAGES": "1",  # this is a container of our own
        "PIP_ROOT_USER_ACTION": "ignore",
        "UV_BREAK_SYSTEM_PACKAGES": "1",
        **for_commands(),
    }
    # Our own stub of the package must not be taken for an installed one.
    env.pop("PYTHONPATH", None)
    if index and not _links(index):
        env.update({"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": index, "UV_INDEX_URL": index})
    return env


def _run(command: list[str], env: dict[str, str], path: str, index: str, say: Say) -> None:
    say(f"installing {os.path.basename(path)}")
    done = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    said = without_credentials(done.stdout.decode("utf-8", "replace"))
    if done.returncode == 0:
        return
    say(said)
    last = "\n".join([row for row in said.splitlines() if row.strip()][-_TAIL:])
    where = without_credentials(index) if index else "the default package index"
    raise ContainerError(
        f"requirements could not be installed from {where}. Without a way to it, use an image that has the packages, "
        f"or set runtime.index to an index or folder that can be reached. The installer said:\n{last}"
    )


def without_credentials(text: str) -> str:
    return _CREDENTIALS.sub(r"\1***@", text)
