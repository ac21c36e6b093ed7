"""Roles, their policies, and those whom the account believes."""

from __future__ import annotations

import json
from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, mapping, moved, pairs, unsaid
from tradewind.sandbox.pulumi.carrier import FILLED, Made, Row, Values

OF_ROLES: Values = {"maxSessionDuration": 3600}


def create_role(cloud: Any, inputs: Values) -> Made:
    names = {"path": "Path", "description": "Description", "maxSessionDuration": "MaxSessionDuration"}
    more = {there: inputs[here] for here, there in names.items() if here in inputs}
    if inputs.get("permissionsBoundary"):
        more["PermissionsBoundary"] = inputs["permissionsBoundary"]
    role = cloud.client("iam").create_role(
        RoleName=inputs["name"],
        AssumeRolePolicyDocument=_document(inputs["assumeRolePolicy"]),
        Tags=pairs(inputs.get("tags")),
        **more,
    )["Role"]
    return inputs["name"], {"arn": role["Arn"], "uniqueId": role["RoleId"], "tagsAll": inputs.get("tags") or {}}


def read_role(cloud: Any, id: str, state: Values) -> Values | None:
    seen = found(lambda: cloud.client("iam").get_role(RoleName=id))
    if seen is None:
        return None
    role = seen["Role"]
    said: Values = {
        "name": id,
        "arn": role["Arn"],
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "tags": mapping(role.get("Tags", [])),
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    }
    more = {"description": role.get("Description") or None, "maxSessionDuration": role["MaxSessionDuration"]}
    return said | unsaid(more, state, **OF_ROLES)  # type: ignore[no-any-return]


def update_role(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    iam = cloud.client("iam")
    iam.update_assume_role_policy(RoleName=id, PolicyDocument=_document(news["assumeRolePolicy"]))
    session = {"MaxSessionDuration": news["maxSessionDuration"]} if "maxSessionDuration" in news else {}
    iam.update_role(RoleName=id, Description=news.get("description", ""), **session)
    _tag(iam.tag_role, iam.untag_role, olds, news, RoleName=id)
    if news.get("permissionsBoundary"):
        iam.put_role_permissions_boundary(RoleName=id, PermissionsBoundary=news["permissionsBoundary"])
    elif olds.get("permissionsBoundary"):
        iam.delete_role_permissions_boundary(RoleName=id)
    return {"tagsAll": news.get("tags") or {}}


def put_inline(cloud: Any, inputs: Values) -> Made:
    cloud.client("iam").put_role_policy(
        RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=_document(inputs["policy"])
    )
    return f"{inputs['role']}:{inputs['name']}", {}


def read_inline(cloud: Any, id: str, state: Values) -> Values | None:
    role, name = id.split(":")
    seen = found(lambda: cloud.client("iam").get_role_policy(RoleName=role, PolicyName=name))
    return None if seen is None else {"role": role, "name": name, "policy": _text(seen["PolicyDocument"])}


def delete_inline(cloud: Any, id: str, state: Values) -> None:
    role, name = id.split(":")
    found(lambda: cloud.client("iam").delete_role_policy(RoleName=role, PolicyName=name))


def create_policy(cloud: Any, inputs: Values) -> Made:
    more = {
        there: inputs[here] for here, there in {"path": "Path", "description": "Description"}.items() if here in inputs
    }
    arn = cloud.client("iam").create_policy(
        PolicyName=inputs["name"], PolicyDocument=_document(inputs["policy"]), Tags=pairs(inputs.get("tags")), **more
    )["Policy"]["Arn"]
    return arn, {"arn": arn, "tagsAll": inputs.get("tags") or {}}


def read_policy(cloud: Any, id: str, state: Values) -> Values | None:
    iam = cloud.client("iam")
    seen = found(lambda: iam.get_policy(PolicyArn=id))
    if seen is None:
        return None
    version = iam.get_policy_version(PolicyArn=id, VersionId=seen["Policy"]["DefaultVersionId"])["PolicyVersion"]
    tags = mapping(seen["Policy"].get("Tags", []))
    return {"name": seen["Policy"]["PolicyName"], "arn": id, "policy": _text(version["Document"]), "tags": tags}


def update_policy(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    """IAM keeps five versions: the others go first."""
    iam = cloud.client("iam")
    for version in iam.list_policy_versions(PolicyArn=id)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=id, VersionId=version["VersionId"])
    iam.create_policy_version(PolicyArn=id, PolicyDocument=_document(news["policy"]), SetAsDefault=True)
    _tag(iam.tag_policy, iam.untag_policy, olds, news, PolicyArn=id)
    return {"tagsAll": news.get("tags") or {}}


def delete_policy(cloud: Any, id: str, state: Values) -> None:
    iam = cloud.client("iam")
    for version in (found(lambda: iam.list_policy_versions(PolicyArn=id)) or {"Versions": []})["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=id, VersionId=version["VersionId"])
    found(lambda: iam.delete_policy(PolicyArn=id))


def attach(cloud: Any, inputs: Values) -> Made:
    cloud.client("iam").attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
    return f"{inputs['role']}/{inputs['policyArn']}", {}


def read_attached(cloud: Any, id: str, state: Values) -> Values | None:
    role, arn = id.split("/", 1)
    seen = found(lambda: cloud.client("iam").list_attached_role_policies(RoleName=role)) or {"AttachedPolicies": []}
    there = arn in [one["PolicyArn"] for one in seen["AttachedPolicies"]]
    return {"role": role, "policyArn": arn} if there else None


def detach(cloud: Any, id: str, state: Values) -> None:
    role, arn = id.split("/", 1)
    found(lambda: cloud.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn))


def create_believed(cloud: Any, inputs: Values) -> Made:
    arn = cloud.client("iam").create_open_id_connect_provider(
        Url=inputs["url"],
        ClientIDList=inputs["clientIdLists"],
        ThumbprintList=inputs.get("thumbprintLists") or ["f" * 40],
        Tags=pairs(inputs.get("tags")),
    )["OpenIDConnectProviderArn"]
    return arn, {"arn": arn, "tagsAll": inputs.get("tags") or {}}


def read_believed(cloud: Any, id: str, state: Values) -> Values | None:
    seen = found(lambda: cloud.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=id))
    if seen is None:
        return None
    said = {"url": f"https://{seen['Url']}", "clientIdLists": seen["ClientIDList"], "arn": id}
    prints = {"thumbprintLists": seen["ThumbprintList"]} if "thumbprintLists" in state or not state else {}
    return {**said, **prints, "tags": mapping(seen.get("Tags", []))}


def update_believed(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    iam = cloud.client("iam")
    if set(olds.get("clientIdLists") or []) != set(news["clientIdLists"]):
        raise ValueError("the emulated account cannot change the clients of an identity provider")
    if news.get("thumbprintLists"):
        prints = news["thumbprintLists"]
        iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=id, ThumbprintList=prints)
    _tag(iam.tag_open_id_connect_provider, iam.untag_open_id_connect_provider, olds, news, OpenIDConnectProviderArn=id)
    return {"tagsAll": news.get("tags") or {}}


def delete_believed(cloud: Any, id: str, state: Values) -> None:
    found(lambda: cloud.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=id))


def _tag(put: Any, drop: Any, olds: Values, news: Values, **of: str) -> None:
    gone, tags = moved(olds, news)
    if gone:
        drop(TagKeys=gone, **of)
    if tags:
        put(Tags=pairs(tags), **of)


def _document(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


ROWS = {
    "aws:iam/role:Role": Row(
        create_role,
        read_role,
        lambda cloud, id, state: found(lambda: cloud.client("iam").delete_role(RoleName=id)),
        update_role,
        frozenset({"name", "namePrefix", "path"}),
        "name",
        OF_ROLES,
    ),
    "aws:iam/rolePolicy:RolePolicy": Row(
        put_inline,
        read_inline,
        delete_inline,
        lambda cloud, id, olds, news: put_inline(cloud, news)[1],
        frozenset({"name", "role"}),
        "name",
    ),
    "aws:iam/policy:Policy": Row(
        create_policy, read_policy, delete_policy, update_policy, frozenset({"name", "path", "description"}), "name"
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Row(attach, read_attached, detach),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Row(
        create_believed,
        read_believed,
        delete_believed,
        update_believed,
        frozenset({"url"}),
        "",
        {"thumbprintLists": FILLED},
    ),
}
