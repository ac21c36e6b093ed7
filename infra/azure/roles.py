"""Custom roles from the provider's table of operations, Azure's own roles, and who has them on what.

Identifiers of built-in roles: "Azure built-in roles" (learn.microsoft.com/azure/role-based-access-control/built-in-roles).
"""

from __future__ import annotations

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure import names
from tradewind.infra.azure.site import Site, Text
from tradewind.providers.azure import actions

BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"  # Storage Blob Data Contributor
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"  # AcrPull
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"  # Key Vault Secrets User
CRYPTO_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"  # Key Vault Crypto Service Encryption User


def builtin(site: Site, role: str) -> Text:
    return pulumi.Output.from_input(
        f"/subscriptions/{site.args.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    )


def custom(site: Site, identity: actions.Identity, scope: actions.Scope) -> tuple[Text, Text] | None:
    """(the role, where it holds); None where the table has nothing at that scope. Secrets have a role of Azure's own."""
    needed = actions.definition(identity, scope=scope)
    if not needed.actions and not needed.data_actions:
        return None
    where = site.scope if scope == "group" else pulumi.Output.from_input(f"/subscriptions/{site.args.subscription}")
    role = azure.authorization.RoleDefinition(
        site.child(f"{identity}-{scope}-role"),
        role_definition_id=names.rbac("role", *site.unique, identity, scope),
        role_name=f"{site.slug} {identity} {scope} {names.digest(*site.unique)}",  # one of a name in a directory
        role_type="CustomRole",
        description=f"tradewind: what the {identity} needs, as its table of operations has it",
        scope=where,
        assignable_scopes=[where],
        permissions=[
            azure.authorization.PermissionArgs(
                actions=list(needed.actions),
                data_actions=list(needed.data_actions),
                not_actions=[],
                not_data_actions=[],
            )
        ],
        opts=site.opts(),
    )
    return role.id, where


def assign(
    site: Site, short: str, scope: pulumi.Input[str], principal: pulumi.Input[str], role: Text, kind: str | None = None
) -> azure.authorization.RoleAssignment:
    """`kind`: said of identities just made, which the directory may not show yet; a stranger's is Azure's to find out."""
    return azure.authorization.RoleAssignment(
        site.child(f"{short}-grant"),
        role_assignment_name=names.rbac("grant", *site.unique, short),
        scope=scope,
        principal_id=principal,
        principal_type=kind,
        role_definition_id=role,
        # Both are part of what an assignment is: another identity or another place is another assignment.
        opts=site.opts(delete_before_replace=True),
    )
