"""Archives and folders by `file://` address, unpacked once by digest."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from urllib.parse import unquote

from tradewind.host.errors import HostError, told
from tradewind.host.files import aside

LARGE = 256 * 1024 * 1024  # bytes; a copy of more would cost time and disk that nobody expects


def path_of(uri: str) -> Path:
    """The path behind `file:///...`; a bare absolute path is taken as it is."""
    scheme, marked, rest = uri.partition("://")
    if scheme == "file" and marked:
        path = rest.removeprefix("localhost")  # a '?' or '#' is a part of the name: these addresses have no query
        if path.startswith("/"):
            return Path(unquote(path))
    elif uri.startswith("/"):
        return Path(uri)
    raise HostError(
        "invalid",
        f"{uri} is not on this machine",
        code="TW609",
        hint="a process here reads file:// folders only; download it first, or choose the cloud where it lives",
    )


def present(uri: str) -> Path:
    """The path, which must exist."""
    path = path_of(uri)
    if not path.exists():
        raise HostError("missing", f"{path} does not exist", code="TW609", hint="was it deleted from the state folder?")
    return path


def unpack_into(archive: Path, folder: Path) -> None:
    """A .tar.gz or a folder, copied to `folder`, which appears whole or not at all. Refuses paths that lead outside."""
    beside = aside(folder)
    with told():
        beside.mkdir(parents=True)
        try:
            if archive.is_dir():
                shutil.copytree(archive, beside, symlinks=True, dirs_exist_ok=True)
            else:
                with tarfile.open(archive) as tar:
                    tar.extractall(beside, filter="data")
            beside.rename(folder)
        except tarfile.TarError as error:
            shutil.rmtree(beside, ignore_errors=True)
            raise HostError("invalid", f"{archive.name}: {error}", code="TW609") from error
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
            if not folder.is_dir():  # else another process was first, with the same content
                raise


def unpacked(uri: str, digest: str, cache: Path) -> Path:
    """The unpacked folder of this digest, made on first use. Not to be written into: others read it."""
    folder = cache / digest.rpartition(":")[2]
    if not folder.is_dir():
        unpack_into(present(uri), folder)
    return folder


def as_folder(path: Path, place: Path) -> Path:
    """A folder as it is; a single file in a folder of its own at `place`: a read-only copy, or a link where it is large."""
    if path.is_dir():
        return path
    with told():
        place.mkdir(parents=True, exist_ok=True)
        there = place / path.name
        if there.exists():
            return place
        if path.stat().st_size > LARGE:
            there.symlink_to(path)
        else:
            beside = aside(there)
            shutil.copyfile(path, beside)
            beside.chmod(0o444)
            beside.rename(there)
    return place
