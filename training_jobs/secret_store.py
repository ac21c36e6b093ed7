"""Secrets by name, fetched inside the container by its own identity. Values go into the command's environment only."""

from __future__ import annotations

import importlib
from typing import Any, Callable, Mapping

from tradewind.training_jobs.errors import BootstrapError


def fetch(wanted: Mapping[str, str], environ: Mapping[str, str], dialect: str) -> dict[str, str]:
    """Name -> value. Raises BootstrapError that names every secret that is missing, and why; never a value."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for name, reference in wanted.items():
        variable = reference[len("env:") :] if reference.startswith("env:") else name
        if environ.get(variable):
            found[name] = environ[variable]
            continue
        try:
            found[name] = _from_cloud(reference, environ, dialect)
        except BootstrapError as error:
            problems.append(f"{name}: {error.message}")
    if problems:
        raise BootstrapError("secrets are missing: " + "; ".join(problems))
    return found


def _from_cloud(reference: str, environ: Mapping[str, str], dialect: str) -> str:
    getter = _getter(reference, dialect)
    if getter is None:
        raise BootstrapError(f"the environment has no value ({reference})")
    try:
        return getter(reference, environ)
    except BootstrapError:
        raise
    except ImportError as error:
        raise BootstrapError(f"this image has no {error.name}: add it to requirements or use another image") from error
    except Exception as error:  # noqa: BLE001  # any SDK's error; its type says enough, its text could quote a value
        raise BootstrapError(f"{reference} cannot be read: {type(error).__name__}{_reason(error)}") from None


Getter = Callable[[str, Mapping[str, str]], str]


def _getter(reference: str, dialect: str) -> Getter | None:
    """By the form of the reference, else by the cloud that we are in."""
    if reference.startswith("env:"):
        return None
    if reference.startswith("arn:"):
        return _from_aws
    if reference.startswith("projects/"):
        return _from_gcp
    if reference.startswith("https://") and "/secrets/" in reference:
        return _from_azure
    return {"sagemaker": _from_aws, "vertex": _from_gcp, "azureml": _from_azure}.get(dialect)


def _from_aws(reference: str, environ: Mapping[str, str]) -> str:
    boto3: Any = importlib.import_module("boto3")
    parts = reference.split(":")
    region = parts[3] if len(parts) > 3 else environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=reference)
    return str(answer["SecretString"])


def _from_gcp(reference: str, environ: Mapping[str, str]) -> str:
    module: Any = importlib.import_module("google.cloud.secretmanager")
    if not reference.startswith("projects/"):
        project = environ.get("CLOUD_ML_PROJECT_ID") or environ.get("GOOGLE_CLOUD_PROJECT") or ""
        reference = f"projects/{project}/secrets/{reference}"
    version = reference if "/versions/" in reference else f"{reference}/versions/latest"
    answer = module.SecretManagerServiceClient().access_secret_version(name=version)
    return str(answer.payload.data.decode("utf-8"))


def _from_azure(reference: str, environ: Mapping[str, str]) -> str:
    identity: Any = importlib.import_module("azure.identity")
    vault: Any = importlib.import_module("azure.keyvault.secrets")
    address, name = _vault_and_name(reference, environ)
    client = vault.SecretClient(address, identity.DefaultAzureCredential())
    return str(client.get_secret(name).value)


def _vault_and_name(reference: str, environ: Mapping[str, str]) -> tuple[str, str]:
    address, found, rest = reference.partition("/secrets/")
    if found:
        return address, rest.split("/")[0]
    vault = environ.get("TW_KEY_VAULT", "")
    if not vault:
        raise BootstrapError(f"{reference} names no vault: write https://<vault>/secrets/<name>")
    # Key Vault allows letters, digits and dashes.
    return vault, reference.replace("_", "-")


def _reason(error: Exception) -> str:
    """The SDK's error code, where it has one that is a plain word."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else getattr(error, "code", "")
    return f" ({code})" if isinstance(code, str) and code.isalnum() else ""
