"""Before anything of the user's is imported: the packages that it asks for, then its secrets."""

from __future__ import annotations

import os
from typing import Mapping, MutableMapping

from tradewind.container import install, secret_store
from tradewind.container.errors import ContainerError
from tradewind.serving.errors import StartError
from tradewind.serving.logs import Log
from tradewind.serving.settings import Settings

_OF_SAGEMAKER = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")


def prepare(settings: Settings, log: Log, environ: MutableMapping[str, str] = os.environ) -> None:
    """Blocks. Secrets' values go into `environ` and nowhere else. Raises StartError."""
    if settings.code_dir:
        os.chdir(settings.code_dir)  # a handler may open what lies beside it, wherever the server was started
    try:
        if settings.requirements:
            install.install(
                settings.requirements, settings.index, settings.code_dir, lambda line: log.event("info", line)
            )
            install.look_again()
        if settings.secrets:  # after the packages: they may bring the SDK that fetches them
            environ.update(secret_store.fetch(settings.secrets, environ, cloud(environ)))
    except ContainerError as error:
        raise StartError(error.message) from None


def cloud(environ: Mapping[str, str]) -> str:
    """Whose container this is, as `secret_store` calls it: clouds are known by the variables that they alone set."""
    if any(name.startswith("AIP_") for name in environ):
        return "vertex"
    if any(name.startswith("AZUREML_") for name in environ):
        return "azureml"
    ours = any(name.startswith("SAGEMAKER_") for name in environ) or any(environ.get(name) for name in _OF_SAGEMAKER)
    return "sagemaker" if ours else ""
