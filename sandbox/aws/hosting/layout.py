"""A serving instance's /opt/ml: a private folder, which the process finds in the paths of its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tradewind.host.processes import MARK, plain_environment
from tradewind.sandbox.aws.account import KEYS
from tradewind.sandbox.aws.hosting.endpoint import VariantPlan
from tradewind.sandbox.aws.images import Command
from tradewind.sandbox.aws.variables import APART

ROOT = "/opt/ml"
FOLDERS = ("model", "code")


def lay_out(root: Path) -> None:
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)


def environment(plan: VariantPlan, command: Command, root: Path, region: str, url: str, port: int) -> dict[str, str]:
    """Of the container: what the service and the image set, what was asked for, and nothing of this machine's user."""
    said: Mapping[str, str] = {**command.env, **(plan.container.get("Environment") or {})}
    env = {
        **plain_environment(os.environ),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "SAGEMAKER_BASE_DIR": str(root),
        **APART,  # in a real container no file of the user's lies in HOME
        "PYTHONUNBUFFERED": "1",
        MARK: str(root.parent),
    }
    if not plan.isolated:
        env.update({**KEYS, "AWS_ENDPOINT_URL": url})
    # Instances of one machine cannot all have 8080: a container's own idea of the port is overruled.
    return {**env, **{name: placed(text, root) for name, text in said.items()}, "SAGEMAKER_BIND_TO_PORT": str(port)}


def argv(command: Command, root: Path, port: int) -> list[str]:
    return [placed(part, root).replace("{port}", str(port)) for part in command.argv]


def placed(text: str, root: Path) -> str:
    """The text with the container's root where it is on this machine."""
    return text.replace(ROOT, str(root))
