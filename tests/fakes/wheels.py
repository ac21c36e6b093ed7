"""A package to install, so that nothing is fetched."""

from __future__ import annotations

import zipfile
from pathlib import Path


def wheel(folder: Path, version: str = "1.0") -> Path:
    """A folder that can be an index: it holds `tiny_dep`, which says its version."""
    folder.mkdir(exist_ok=True)
    about = f"tiny_dep-{version}.dist-info"
    with zipfile.ZipFile(folder / f"tiny_dep-{version}-py3-none-any.whl", "w") as archive:
        # Another length for each version, or bytecode of the one before it (same size, same second) would be taken.
        archive.writestr("tiny_dep.py", f"VERSION = '{version}'\n" + "#" * int(float(version)))
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny-dep\nVersion: {version}\n")
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return folder
