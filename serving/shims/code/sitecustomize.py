"""Runs at the start of every Python that has this folder on PYTHONPATH; ours is done by the first one of a container alone."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

_HERE = os.path.dirname(os.path.abspath(__file__))


def _image_s_own() -> None:
    """An image may have one, which ours hides."""
    found = PathFinder.find_spec(__name__, [path for path in sys.path if os.path.abspath(path) != _HERE])
    if found is not None and found.loader is not None:
        found.loader.exec_module(module_from_spec(found))


_image_s_own()
if "TW_MODEL_DIR" in os.environ:
    from tradewind.serving.shims import first

    first.before_the_front()
