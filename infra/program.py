"""The program that Pulumi runs: arguments from the stack's configuration, one component by the cloud, its outputs."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from tradewind.errors import SpecError
from tradewind.infra import config
from tradewind.infra.arguments import Arguments, Cloud
from tradewind.infra.made import Made

# Imported only where it is asked for: each brings its cloud's package, which takes seconds to import.
COMPONENTS: dict[Cloud, tuple[str, str]] = {
    "aws": ("tradewind.infra.aws.foundation", "AwsFoundation"),
    "gcp": ("tradewind.infra.gcp.foundation", "GcpFoundation"),
    "azure": ("tradewind.infra.azure.foundation", "AzureFoundation"),
    "local": ("tradewind.infra.local.foundation", "LocalFoundation"),
}


def build(arguments: Arguments, opts: pulumi.ResourceOptions | None = None) -> Made:
    """The cloud's component, called by `arguments.name`. Inside a Pulumi program only."""
    module, name = COMPONENTS[arguments.cloud]
    component = getattr(import_module(module), name)
    return cast(Made, component(arguments.name, arguments, opts).made)


def run() -> None:
    """The whole program. A bad configuration ends it with its problems and no traceback (pulumi.RunError)."""
    project = pulumi.get_project()
    try:
        arguments = config.arguments(configured(project), pulumi.get_stack(), project)
    except SpecError as error:
        raise pulumi.RunError(f"{error.code}: {error.message}\n{error.hint}") from None
    build(arguments).export()


def configured(project: str) -> dict[str, object]:
    """What the stack sets in the project's own namespace; pulumi.Config reads keys by name only, and a slip has none."""
    whole = {**get_config_env(), **CONFIG.get()}
    return {key.removeprefix(f"{project}:"): value for key, value in whole.items() if key.startswith(f"{project}:")}
