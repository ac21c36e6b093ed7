"""Parameters of the parameter store."""

from __future__ import annotations

from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, mapping, moved, pairs
from tradewind.sandbox.pulumi.carrier import Made, Row, Values

WORDS = {"type": "Type", "description": "Description", "keyId": "KeyId", "allowedPattern": "AllowedPattern"}
WORDS |= {"tier": "Tier", "dataType": "DataType"}


def create(cloud: Any, inputs: Values) -> Made:
    tags = {"Tags": pairs(inputs["tags"])} if inputs.get("tags") else {}  # an existing one takes none with its value
    return inputs["name"], _put(cloud, inputs, overwrite=bool(inputs.get("overwrite")), **tags)


def read(cloud: Any, id: str, state: Values) -> Values | None:
    ssm = cloud.client("ssm")
    answer = found(lambda: ssm.get_parameter(Name=id, WithDecryption=True))
    if answer is None:
        return None
    seen = answer["Parameter"]
    tags = mapping(ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=id)["TagList"])
    more = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [id]}])["Parameters"][0]
    value = "insecureValue" if "insecureValue" in state else "value"
    said = {
        "name": id,
        "type": seen["Type"],
        value: seen["Value"],
        "description": more.get("Description") or None,
        "tags": tags,
    }
    return {**said, "version": seen["Version"], "tagsAll": tags or {}}  # its ARN is an input too, which nobody gives


def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    ssm = cloud.client("ssm")
    gone, tags = moved(olds, news)
    if gone:
        ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=id, TagKeys=gone)
    if tags:
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=id, Tags=pairs(tags))
    return _put(cloud, news, overwrite=True)


def delete(cloud: Any, id: str, state: Values) -> None:
    found(lambda: cloud.client("ssm").delete_parameter(Name=id))


def _put(cloud: Any, said: Values, *, overwrite: bool, **more: Any) -> Values:
    ssm = cloud.client("ssm")
    asked = {there: said[here] for here, there in WORDS.items() if here in said}
    value = said.get("value", said.get("insecureValue"))
    version = ssm.put_parameter(Name=said["name"], Value=value, Overwrite=overwrite, **asked, **more)["Version"]
    arn = ssm.get_parameter(Name=said["name"])["Parameter"]["ARN"]
    return {"arn": arn, "version": version, "tagsAll": said.get("tags") or {}}


ROWS = {
    "aws:ssm/parameter:Parameter": Row(create, read, delete, update, frozenset({"name", "dataType", "region"}), "name")
}
