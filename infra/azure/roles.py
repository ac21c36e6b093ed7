"""Custom roles from the provider's table of operations, Azure's own roles, and who has them on what."""

from __future__ import annotations

from typing import cast

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure import names
from tradewind.infra.azure.site import Site, Text
from tradewind.providers.azure import actions

# "Azure built-in roles" (role-based-access-control/built-in-roles); only what is no identity of the table has one.
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"  # Reader
CRYPTO_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"  # Key Vault Crypto Service Encryption User
APPROVER = "b556d68e-0be0-4f35-a333-ad7ee1ce17ea"  # Azure AI Enterprise Network Connection Approver


def builtin(site: Site, role: str) -> Text:
    return pulumi.Output.from_input(
        f"/subscriptions/{site.args.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    )


def subscription(site: Site) -> Text:
    return pulumi.Output.from_input(f"/subscriptions/{site.args.subscription}")


def secrets(identity: actions.Identity) -> actions.Definition:
    """What the table adds for secrets: bound apart from the rest, on the vault or on single secrets."""
    when: tuple[actions.When, ...] = ("secrets",)
    bare, whole = actions.definition(identity), actions.definition(identity, when=when)
    return actions.Definition(
        tuple(it for it in whole.actions if it not in bare.actions),
        tuple(it for it in whole.data_actions if it not in bare.data_actions),
    )


def custom(
    site: Site, identity: actions.Identity, short: str, needed: actions.Definition, places: list[Text]
) -> Text | None:
    """The role, which can be given in `places`, made in the first of them; None where the table has nothing."""
    if not needed.actions and not needed.data_actions:
        return None
    role = azure.authorization.RoleDefinition(
        site.child(f"{identity}-{short}-role"),
        role_definition_id=names.rbac("role", *site.unique, identity, short),
        role_name=f"{site.slug} {identity} {short} {names.digest(*site.unique)}",  # one of a name in a directory
        role_type="CustomRole",
        description=f"tradewind: what the {identity} needs, as its table of operations has it",
        scope=places[0],
        assignable_scopes=places,
        permissions=[
            azure.authorization.PermissionArgs(
                actions=list(needed.actions),
                data_actions=list(needed.data_actions),
                not_actions=[],
                not_data_actions=[],
            )
        ],
        opts=site.opts(f"{identity}-{short}-role"),
    )
    return cast(Text, role.id)


def assign(
    site: Site,
    short: str,
    scope: pulumi.Input[str],
    principal: pulumi.Input[str],
    role: Text,
    kind: str = "ServicePrincipal",
    condition: str = "",
) -> azure.authorization.RoleAssignment:
    """`kind` has to be said: the directory may not show yet what was just made."""
    return azure.authorization.RoleAssignment(
        site.child(f"{short}-grant"),
        role_assignment_name=names.rbac("grant", *site.unique, short),
        scope=scope,
        principal_id=principal,
        principal_type=kind,
        role_definition_id=role,
        condition=condition or None,
        condition_version="2.0" if condition else None,
        # Both are part of what an assignment is: another identity or another place is another assignment.
        opts=site.opts(f"{short}-grant", delete_before_replace=True),
    )
