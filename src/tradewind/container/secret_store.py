"""Secrets by name, fetched inside the container by its own identity. Values go into the command's environment only."""

from __future__ import annotations

import importlib
from typing import Any, Callable, Mapping

from tradewind.container.errors import ContainerError


def fetch(wanted: Mapping[str, str], environ: Mapping[str, str], cloud: str) -> dict[str, str]:
    """Name -> value. `cloud`: "sagemaker", "vertex" or "azureml", whose store a bare name is looked up in; "" where none is.

    Raises ContainerError that names every secret that is missing, and why; never a value."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for name, reference in wanted.items():
        variable = reference[len("env:") :] if reference.startswith("env:") else name
        if environ.get(variable):
            found[name] = environ[variable]
            continue
        try:
            found[name] = _from_cloud(reference, environ, cloud)
        except ContainerError as error:
            problems.append(f"{name}: {error.message}")
    if problems:
        raise ContainerError("secrets are missing: " + "; ".join(problems))
    return found


def _from_cloud(reference: str, environ: Mapping[str, str], cloud: str) -> str:
    getter = _getter(reference, cloud)
    if getter is None:
        raise ContainerError(f"the environment has no value ({reference})")
    try:
        return getter(reference, environ)
    except ContainerError:
        raise
    except ImportError as error:
        raise ContainerError(f"this image has no {error.name}: add it to requirements or use another image") from error
    except Exception as error:  # noqa: BLE001  # any SDK's error; its type says enough, its text could quote a value
        raise ContainerError(f"{reference} cannot be read: {type(error).__name__}{_reason(error)}") from None


Getter = Callable[[str, Mapping[str, str]], str]


def _getter(reference: str, cloud: str) -> Getter | None:
    """By the form of the reference, else by the cloud that we are in."""
    if reference.startswith("env:"):
        return None
    if reference.startswith("ssm:") or (reference.startswith("arn:") and reference.split(":")[2] == "ssm"):
        return _from_parameters
    if reference.startswith("arn:"):
        return _from_aws
    if reference.startswith("projects/"):
        return _from_gcp
    if reference.startswith("https://") and "/secrets/" in reference:
        return _from_azure
    return {"sagemaker": _from_aws, "vertex": _from_gcp, "azureml": _from_azure}.get(cloud)


def _from_aws(reference: str, environ: Mapping[str, str]) -> str:
    boto3: Any = importlib.import_module("boto3")
    client = boto3.client("secretsmanager", region_name=_region(reference, environ))
    return str(client.get_secret_value(SecretId=reference)["SecretString"])


def _from_parameters(reference: str, environ: Mapping[str, str]) -> str:
    """A parameter of Systems Manager: `ssm:/name`, or its ARN, which GetParameter takes for a name."""
    boto3: Any = importlib.import_module("boto3")
    client = boto3.client("ssm", region_name=_region(reference, environ))
    name = reference[len("ssm:") :] if reference.startswith("ssm:") else reference
    return str(client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def _region(reference: str, environ: Mapping[str, str]) -> str | None:
    """That of the ARN, else that of the container; SAGEMAKER_REGION is what the serving toolkits know it by."""
    said = [environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "SAGEMAKER_REGION")]
    return reference.split(":")[3] if reference.startswith("arn:") else next(filter(None, said), None)


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
        raise ContainerError(f"{reference} names no vault: write https://<vault>/secrets/<name>")
    # Key Vault allows letters, digits and dashes.
    return vault, reference.replace("_", "-")


def _reason(error: Exception) -> str:
    """The SDK's error code, where it has one that is a plain word."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else getattr(error, "code", "")
    return f" ({code})" if isinstance(code, str) and code.isalnum() else ""
