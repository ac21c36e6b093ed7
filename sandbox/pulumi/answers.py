"""What a program may ask Google and Azure: who and where it is, and which identities a service acts by."""

from __future__ import annotations

import hashlib
import uuid

from tradewind.sandbox.pulumi.carrier import Values

TENANT = "00000000-0000-0000-0000-00000000ad00"
NOBODY = "00000000-0000-0000-0000-000000000000"


def given(token: str, args: Values, config: dict[str, str]) -> Values:
    """Raises NotImplementedError for a question that nobody answers here."""
    match token.partition(":")[0], token.rpartition(":")[2]:
        case "gcp", name:
            return _google(
                token, name, args.get("project") or args.get("projectId") or config.get("project", ""), config
            )
        case "azure-native", "getClientConfig":
            subscription = config.get("subscriptionId") or NOBODY
            mine = str(uuid.uuid5(uuid.NAMESPACE_URL, subscription))
            return {"clientId": mine, "objectId": mine, "subscriptionId": subscription, "tenantId": TENANT}
        case _:
            raise NotImplementedError(token)


def _google(token: str, name: str, project: str, config: dict[str, str]) -> Values:
    project = project.removeprefix("projects/")
    number = _number(project)
    match name:
        case "getProject":
            return {"projectId": project, "number": number, "name": project, "id": f"projects/{project}"}
        case "getProjectServiceAccount":
            mail = f"service-{number}@gs-project-accounts.iam.gserviceaccount.com"
            return {"emailAddress": mail, "member": f"serviceAccount:{mail}", "project": project, "id": mail}
        case "getProjectCmekSettings":
            mail = f"cmek-p{number}@gcp-sa-logging.iam.gserviceaccount.com"
            return {"serviceAccountId": mail, "project": project, "id": f"projects/{project}/cmekSettings"}
        case "getClientConfig":
            region = config.get("region", "")
            return {"project": project, "region": region, "id": f"projects/{project}", "accessToken": "", "zone": ""}
        case _:
            raise NotImplementedError(token)


def _number(project: str) -> str:
    """Twelve digits, always the same for a project."""
    return str(10**11 + int(hashlib.sha256(project.encode()).hexdigest(), 16) % (9 * 10**11))
