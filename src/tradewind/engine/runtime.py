"""Our own part of what runs in a container, as an archive: unpacked and put on PYTHONPATH it needs no installation."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tradewind.engine import bundle
from tradewind.engine.bundle import Bundle, BundleFile
from tradewind.engine.collecting import BundleError, collect

ROOMS = ("container", "training_jobs", "serving")
# A Dockerfile builds images elsewhere; inside a container nobody reads it.
NOT_SHIPPED = ("Dockerfile*", "*.md")

_STUB = '''"""tradewind as shipped into containers: the bootstrap and the server, standard library only."""

__version__ = "{version}"
'''


@cache
def archive() -> Bundle:
    """`tradewind/__init__.py` (a stub), `tradewind/{container,training_jobs,serving}/**`.

    The same from an installed wheel and from a checkout, where the rooms are links. Raises BundleError TW710.
    """
    here = Path(__file__).parents[1]
    files = [bundle.made("tradewind/__init__.py", _STUB.format(version=own_version()).encode())]
    for room in ROOMS:
        files += _room(here / room, f"tradewind/{room}")
    return bundle.of(files)


def own_version() -> str:
    try:
        return version("tradewind")
    except PackageNotFoundError:  # a checkout on sys.path that nobody installed
        return "0"


def _room(folder: Path, prefix: str) -> list[BundleFile]:
    if not (folder / "__init__.py").is_file():
        raise BundleError(f"{folder} is not there", code="TW710", hint="install the package again")
    found = collect(folder, folder, NOT_SHIPPED)
    return [bundle.read(f"{prefix}/{file.name}", file.path) for file in found.files]
