"""A build backend (PEP 517) for a wheel with nothing in it."""

from __future__ import annotations

import os
import zipfile
from typing import Any

_NAME = "tradewind_inference-1"
_FILES = {
    "METADATA": "Metadata-Version: 2.1\nName: tradewind-inference\nVersion: 1\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: tradewind\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:  # noqa: ARG001
    name = f"{_NAME}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for file, text in _FILES.items():
            wheel.writestr(f"{_NAME}.dist-info/{file}", text)
    return name
