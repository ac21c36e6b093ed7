"""Where a secret's reference leads on AWS, as IAM names it. Pure; `container.secret_store` fetches by the same forms."""

from __future__ import annotations

import re

# Secrets Manager adds a dash and six characters of its own to a name; IAM's advice is to write six question marks.
_ADDED = "-??????"
_WHOLE = re.compile(r".*-[A-Za-z0-9]{6}")
SECRET = "arn:{partition}:secretsmanager:{region}:{account}:secret:"
PARAMETER = "arn:{partition}:ssm:{region}:{account}:parameter/"


def secret(reference: str) -> str | None:
    """Pattern of a secret's ARN; None for a reference that leads elsewhere."""
    if _is_parameter(reference) or reference.startswith("env:"):
        return None
    if reference.startswith("arn:"):
        return reference if _WHOLE.fullmatch(reference) else reference + _ADDED
    return None if "://" in reference or reference.startswith("projects/") else f"{SECRET}{reference}{_ADDED}"


def parameter(reference: str) -> str | None:
    """Pattern of a parameter's ARN, without a version or label, of which IAM knows nothing; None as above."""
    if not _is_parameter(reference):
        return None
    if reference.startswith("arn:"):
        return ":".join(reference.split(":")[:6])
    return PARAMETER + reference.removeprefix("ssm:").split(":")[0].lstrip("/")


def _is_parameter(reference: str) -> bool:
    return reference.startswith("ssm:") or (reference.startswith("arn:") and reference.split(":")[2] == "ssm")
