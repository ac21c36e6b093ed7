"""Repositories of images, what goes from them by age, and who else may pull."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, mapping, moved, pairs, unsaid
from tradewind.sandbox.pulumi.carrier import Made, Row, Values

DEFAULTS: Values = {
    "imageTagMutability": "MUTABLE",
    "imageScanningConfiguration": {"scanOnPush": False},
    "encryptionConfigurations": [{"encryptionType": "AES256"}],
}


def create(cloud: Any, inputs: Values) -> Made:
    more: Values = {}
    if inputs.get("encryptionConfigurations"):
        more["encryptionConfiguration"] = _encryption(inputs["encryptionConfigurations"][0])
    if "imageScanningConfiguration" in inputs:
        more["imageScanningConfiguration"] = inputs["imageScanningConfiguration"]
    made = cloud.client("ecr").create_repository(
        repositoryName=inputs["name"],
        imageTagMutability=inputs.get("imageTagMutability", "MUTABLE"),
        tags=pairs(inputs.get("tags")),
        **more,
    )["repository"]
    return inputs["name"], _told(made, inputs)


def read(cloud: Any, id: str, state: Values) -> Values | None:
    ecr = cloud.client("ecr")
    answer = found(lambda: ecr.describe_repositories(repositoryNames=[id]))
    if answer is None:
        return None
    seen = answer["repositories"][0]
    encryption = seen["encryptionConfiguration"]
    key = {"kmsKey": encryption["kmsKey"]} if encryption.get("kmsKey") else {}
    said = {
        "name": id,
        "imageTagMutability": seen["imageTagMutability"],
        "imageScanningConfiguration": seen["imageScanningConfiguration"],
        "encryptionConfigurations": [{"encryptionType": encryption["encryptionType"], **key}],
        "tags": mapping(ecr.list_tags_for_resource(resourceArn=seen["repositoryArn"])["tags"]),
    }
    return unsaid(said, state, **DEFAULTS) | _told(seen, {"tags": said["tags"]})  # type: ignore[no-any-return]


def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    ecr = cloud.client("ecr")
    ecr.put_image_tag_mutability(repositoryName=id, imageTagMutability=news.get("imageTagMutability", "MUTABLE"))
    scanning = news.get("imageScanningConfiguration") or {"scanOnPush": False}
    ecr.put_image_scanning_configuration(repositoryName=id, imageScanningConfiguration=scanning)
    seen = ecr.describe_repositories(repositoryNames=[id])["repositories"][0]
    gone, tags = moved(olds, news)
    if gone:
        ecr.untag_resource(resourceArn=seen["repositoryArn"], tagKeys=gone)
    if tags:
        ecr.tag_resource(resourceArn=seen["repositoryArn"], tags=pairs(tags))
    return _told(seen, news)


def delete(cloud: Any, id: str, state: Values) -> None:
    found(lambda: cloud.client("ecr").delete_repository(repositoryName=id, force=bool(state.get("forceDelete"))))


def _encryption(said: Values) -> Values:
    return {"encryptionType": said.get("encryptionType", "AES256"), **{k: said[k] for k in ("kmsKey",) if said.get(k)}}


def _told(seen: Values, inputs: Values) -> Values:
    return {
        "arn": seen["repositoryArn"],
        "registryId": seen["registryId"],
        "repositoryUrl": seen["repositoryUri"],
        "tagsAll": inputs.get("tags") or {},
    }


def _document(name: str, put: str, get: str, drop: str, text: str) -> Row:
    """A JSON document of a repository: its id is the repository's name. `name` is Pulumi's, `text` the service's."""

    def ask(cloud: Any, operation: str, id: str, **more: Any) -> Any:
        call: Callable[..., Any] = getattr(cloud.client("ecr"), operation)
        return call(repositoryName=id, **more)

    def create(cloud: Any, inputs: Values) -> Made:
        made = ask(cloud, put, inputs["repository"], **{text: inputs[name]})
        return inputs["repository"], {"registryId": made["registryId"]}

    def read(cloud: Any, id: str, state: Values) -> Values | None:
        seen = found(lambda: ask(cloud, get, id))
        return None if seen is None else {"repository": id, name: seen[text]}

    def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
        return create(cloud, news)[1]

    def delete(cloud: Any, id: str, state: Values) -> None:
        found(lambda: ask(cloud, drop, id))

    return Row(create, read, delete, update, frozenset({"repository", "region"}))


ROWS = {
    "aws:ecr/repository:Repository": Row(
        create, read, delete, update, frozenset({"name", "encryptionConfigurations", "region"}), "name", DEFAULTS
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _document(
        "policy", "put_lifecycle_policy", "get_lifecycle_policy", "delete_lifecycle_policy", "lifecyclePolicyText"
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _document(
        "policy", "set_repository_policy", "get_repository_policy", "delete_repository_policy", "policyText"
    ),
}
