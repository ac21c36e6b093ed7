"""The user's code as one content-addressed archive: same tree, same digest, on any machine.

Order, time stamps, modes and umask do not count; only paths (as NFC) and content do. What is shipped and what
is left out is in `collecting.py` and `ignoring.py`; this file hashes, writes and uploads.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.engine.collecting import BundleError, Found, changed, collect, unreadable
from tradewind.storage.base import Store
from tradewind.values import Artifact

MAX_BYTES = 1024**3
WARN_BYTES = 50 * 1024**2
MAX_FILES = 100_000
_PIECE = 1024 * 1024
_LEVEL = 3  # of gzip: twice as fast as the usual 6 for a tenth more bytes
_MODE = 0o755  # one mode for all: scripts stay executable, and the mode on disk does not count


@dataclass(frozen=True)
class BundleFile:
    """`path` in the archive, with slashes; `sha256` (hex) and `size` of its content; where the content is."""

    path: str
    size: int
    sha256: str
    source: Path | None = None
    data: bytes | None = None  # instead of `source`, for what is made and not read


@dataclass(frozen=True)
class Bundle:
    """Files in order of path. `digest` is `sha256:<hex>` over paths and contents; `size` in bytes, uncompressed."""

    digest: str
    files: tuple[BundleFile, ...]
    size: int
    warnings: tuple[str, ...] = ()

    @property
    def hex(self) -> str:
        return self.digest.removeprefix("sha256:")

    def write(self, path: Path) -> None:
        """A deterministic .tar.gz. Raises BundleError TW704 where a file is no longer what was hashed."""
        with (
            path.open("wb") as raw,
            gzip.GzipFile("", "wb", compresslevel=_LEVEL, fileobj=raw, mtime=0) as packed,
            tarfile.TarFile(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for file in self.files:
                _add(archive, file)


def build(root: Path, source: Path, *, extra: Mapping[str, Path] | None = None, exclude: Sequence[str] = ()) -> Bundle:
    """Everything below `source` that is not ignored, and `extra` files by their path in the archive.

    `root` is the project's folder: its ignore files, and those between it and `source`, count too. `exclude` holds more
    patterns, as in .gitignore. Raises BundleError TW700-TW705.
    """
    found = collect(root, source, exclude)
    files = {file.name: file for file in found.files}
    for name, path in (extra or {}).items():
        files[name] = Found(name, path, _size(path))
    if not files:
        raise BundleError(
            f"{source} holds nothing to ship",
            code="TW700",
            hint="is everything in it ignored by .gitignore or .deployignore?",
        )
    warnings = [*found.warnings, *_weigh(source, files.values())]
    return _assemble((_hashed(file) for file in files.values()), warnings)


def single(file: Path, *, extra: Mapping[str, Path] | None = None) -> Bundle:
    """One file alone at the top of the archive (a handler), with `extra` beside it."""
    if not file.is_file():
        raise BundleError(f"{file} is not a file", code="TW700", hint="check the path in deploy.yaml")
    files = {file.name: Found(file.name, file, _size(file))}
    files.update({name: Found(name, path, _size(path)) for name, path in (extra or {}).items()})
    return _assemble((_hashed(found) for found in files.values()), _weigh(file, files.values()))


def of(files: Iterable[BundleFile]) -> Bundle:
    """From files already hashed, or `made`."""
    return _assemble(files, ())


def made(path: str, data: bytes) -> BundleFile:
    """A file whose content is made here."""
    return BundleFile(path, len(data), hashlib.sha256(data).hexdigest(), data=data)


def read(path: str, source: Path) -> BundleFile:
    """A file on disk, hashed now."""
    return _hashed(Found(path, source, _size(source)))


def content_digest(path: Path) -> str:
    """`sha256:<hex>` of a file, or of a folder with everything in it (nothing is ignored): for inputs and models."""
    if path.is_file():
        return "sha256:" + _hashed(Found(path.name, path, _size(path))).sha256
    found = collect(path, path, (), everything=True)
    return _assemble((_hashed(file) for file in found.files), ()).digest


def upload(store: Store, bundle: Bundle, prefix: str = "bundles") -> Artifact:
    """Put under its digest; what is there already is not sent again."""
    key = f"{prefix}/{bundle.hex}.tar.gz"
    if store.stat(key) is None:
        with tempfile.TemporaryDirectory(prefix="tradewind-bundle-") as folder:
            path = Path(folder) / "bundle.tar.gz"
            bundle.write(path)
            # Two writers racing here write the same content whole, so whoever comes last changes nothing.
            store.put_file(key, path)
    return Artifact(f"{store.uri}/{key}", bundle.digest)


def _assemble(files: Iterable[BundleFile], warnings: Iterable[str]) -> Bundle:
    ordered = sorted(files, key=lambda file: file.path.encode())
    digest = hashlib.sha256(b"tradewind/bundle/1\n")
    for file in ordered:
        name = file.path.encode()
        digest.update(b"%d %s %s\n" % (len(name), name, file.sha256.encode()))
    return Bundle("sha256:" + digest.hexdigest(), tuple(ordered), sum(file.size for file in ordered), tuple(warnings))


def _hashed(file: Found) -> BundleFile:
    digest = hashlib.sha256()
    try:
        with file.path.open("rb", buffering=0) as opened:
            before = os.fstat(opened.fileno())
            size = 0
            while piece := opened.read(_PIECE):
                digest.update(piece)
                size += len(piece)
            after = os.fstat(opened.fileno())
    except OSError as error:
        raise unreadable(file.path, error) from error
    if size != before.st_size or (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise changed(file.path)
    return BundleFile(file.name, size, digest.hexdigest(), source=file.path)


def _add(archive: tarfile.TarFile, file: BundleFile) -> None:
    info = tarfile.TarInfo(file.path)
    info.size, info.mode = file.size, _MODE
    if file.source is None:
        archive.addfile(info, io.BytesIO(file.data or b""))
        return
    try:
        with file.source.open("rb", buffering=0) as opened:
            reader = _Hashing(opened)
            archive.addfile(info, reader)
            grown = opened.read(1)
    except tarfile.TarError as error:
        raise changed(file.source) from error
    except OSError as error:
        if error.filename is None:  # tarfile says so when the file ends early
            raise changed(file.source) from error
        raise unreadable(file.source, error) from error
    if grown or reader.hexdigest() != file.sha256:
        raise changed(file.source)


class _Hashing(io.RawIOBase):
    """What tarfile reads, it reads through the digest."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size) or b""
        self._digest.update(piece)
        return piece

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error


def _weigh(source: Path, files: Collection[Found]) -> list[str]:
    """Refuses what is too large, and says a word about what is large."""
    size = sum(file.size for file in files)
    if size <= WARN_BYTES and len(files) <= MAX_FILES:
        return []
    largest = sorted(files, key=lambda file: (-file.size, file.name))[:5]
    listed = ", ".join(f"{file.name} ({_human(file.size)})" for file in largest)
    what = f"{source} holds {len(files):,} files, {_human(size)}; the largest: {listed}"
    if size > MAX_BYTES or len(files) > MAX_FILES:
        raise BundleError(
            what,
            code="TW702",
            hint=f"code may be {_human(MAX_BYTES)} and {MAX_FILES:,} files: name the rest in .deployignore, give data as inputs",
        )
    return [f"{what}; name what is not code in .deployignore"]


def _human(size: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
