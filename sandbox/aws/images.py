"""What runs in place of an image: this sandbox runs processes, so it keeps a table of commands by the image's address."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.host.prepare import own_runtime
from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.records import Records

REPOSITORY = re.compile(r"^(?:[^/]+/)?(?P<name>.+?)(?::(?P<tag>[^:/@]+))?(?:@sha256:[0-9a-f]+)?$")
OURS = "tradewind-serving"
STANDS_FOR = {  # repository of a SageMaker image for inference -> the toolkit in it, as our stand-in calls it
    "sagemaker-scikit-learn": "scikit-learn",
    "sagemaker-xgboost": "xgboost",
    "pytorch-inference": "pytorch",
    "huggingface-pytorch-inference": "huggingface",
}
UNKNOWN = (
    'This sandbox runs processes, not images, and knows no command for the image "{image}". Name one by '
    'POST /_sandbox/image {{"image": "{image}", "command": ["python", "..."]}}.'
)


@dataclass(frozen=True)
class Command:
    """`argv` may hold {port}; /opt/ml in it and in `env` is the instance's. `env` is the image's own: a container's wins."""

    argv: tuple[str, ...]
    env: Mapping[str, str]


class Images:
    """`turn` is the control by which a tester names a command for an image, or for all that match an expression."""

    def __init__(self, folder: Path) -> None:
        self._named = Records(folder / "named")
        self._cache = folder / "cache"

    def turn(self, said: Mapping[str, Any]) -> None:
        """In the form that `controls` allows. Raises ServiceError for an expression that is none."""
        image = said["image"]
        try:
            re.compile(image)
        except re.error as error:
            raise invalid(f"image is no regular expression: {error}") from error
        self._named.put((image,), {"command": said["command"]})

    def command(self, image: str) -> Command | None:
        """None: nobody knows."""
        for (pattern,), said in self._named.all():
            if pattern == image or re.fullmatch(pattern, image):
                return Command(tuple(said["command"]), {})
        found = REPOSITORY.match(image)
        name = found["name"].rpartition("/")[2] if found else ""
        if name == OURS or name.endswith(f"-{OURS}"):
            return self._ours()
        toolkit = STANDS_FOR.get(name)
        return None if toolkit is None else _stand_in(toolkit)

    def _ours(self) -> Command:
        env = {"PYTHONPATH": str(own_runtime(self._cache)), "TW_HOST": "127.0.0.1", "TW_MODEL_DIR": "/opt/ml/model"}
        return Command((sys.executable, "-m", "tradewind.serving", "serve"), env)


def _stand_in(toolkit: str) -> Command:
    # -E: the PYTHONPATH of the container is the user's code's, and not for finding the stand-in itself
    return Command((sys.executable, "-E", "-P", "-u", "-m", "tradewind.sandbox.aws.toolkit", toolkit), {})
