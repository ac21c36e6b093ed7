"""The user's code on disk: a folder as it is, an archive unpacked without letting anything out of its folder."""

from __future__ import annotations

import os
import tarfile

from tradewind.training_jobs.errors import USAGE, BootstrapError

ARCHIVES = (".tar.gz", ".tgz", ".tar")


def prepare(code: str, work: str) -> str:
    """The folder to run in. A folder that holds one archive and nothing else (a data channel) is unpacked too."""
    if os.path.isdir(code):
        names = [name for name in os.listdir(code) if not name.startswith(".")]
        if len(names) == 1 and names[0].endswith(ARCHIVES):
            return unpack(os.path.join(code, names[0]), os.path.join(work, "code"))
        return code
    if not os.path.exists(code):
        raise BootstrapError(f"the code is not there: {code}", USAGE)
    return unpack(code, os.path.join(work, "code"))


def unpack(path: str, folder: str) -> str:
    """Only plain files and folders below `folder`. Raises for links, devices, `..` and absolute names."""
    os.makedirs(folder, exist_ok=True)
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                _refuse_odd(member)
                _take(archive, member, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BootstrapError(f"the code archive {path} cannot be unpacked: {error}") from error
    return folder


def _refuse_odd(member: tarfile.TarInfo) -> None:
    parts = member.name.split("/")
    if member.name.startswith("/") or ".." in parts or not (member.isfile() or member.isdir()):
        raise BootstrapError(f"the code archive holds {member.name!r}, which is no plain file below its folder")


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: str) -> None:
    target = os.path.join(folder, member.name)
    if member.isdir():
        os.makedirs(target, exist_ok=True)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    source = archive.extractfile(member)
    if source is None:
        raise BootstrapError(f"the code archive holds {member.name!r}, which cannot be read")
    with source, open(target, "wb") as file:
        while True:
            piece = source.read(1024 * 1024)
            if not piece:
                break
            file.write(piece)
    os.chmod(target, member.mode & 0o777)
