"""Topics, who may publish to them, and who hears of it."""

from __future__ import annotations

import json
from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, mapping, moved, pairs, unsaid
from tradewind.sandbox.pulumi.carrier import Made, Row, Values

ATTRIBUTES = {"displayName": "DisplayName", "kmsMasterKeyId": "KmsMasterKeyId", "policy": "Policy"}
QUIET: Values = {"rawMessageDelivery": False}
OF_SUBSCRIPTIONS = {"filterPolicy": "FilterPolicy", "rawMessageDelivery": "RawMessageDelivery"}


def create(cloud: Any, inputs: Values) -> Made:
    """SNS answers with the topic that is there where it has the same name and attributes."""
    said = {there: inputs[here] for here, there in ATTRIBUTES.items() if here in inputs}
    fifo = {"FifoTopic": "true"} if inputs.get("fifoTopic") else {}
    sns = cloud.client("sns")
    arn = sns.create_topic(Name=inputs["name"], Attributes={**said, **fifo}, Tags=pairs(inputs.get("tags")))["TopicArn"]
    return arn, _told(arn, inputs)


def read(cloud: Any, id: str, state: Values) -> Values | None:
    sns = cloud.client("sns")
    answer = found(lambda: sns.get_topic_attributes(TopicArn=id))
    if answer is None:
        return None
    seen = answer["Attributes"]
    said = {here: seen.get(there) or None for here, there in ATTRIBUTES.items()}
    if "policy" not in state:
        del said["policy"]  # each topic has one; a policy of its own is a resource of its own
    tags = mapping(sns.list_tags_for_resource(ResourceArn=id)["Tags"])
    return unsaid({"name": id.rpartition(":")[2], **said, "tags": tags}, state) | _told(  # type: ignore[no-any-return]
        id, {"tags": tags}
    )


def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    sns = cloud.client("sns")
    for here, there in ATTRIBUTES.items():
        if olds.get(here) != news.get(here):
            sns.set_topic_attributes(TopicArn=id, AttributeName=there, AttributeValue=news.get(here, ""))
    gone, tags = moved(olds, news)
    if gone:
        sns.untag_resource(ResourceArn=id, TagKeys=gone)
    if tags:
        sns.tag_resource(ResourceArn=id, Tags=pairs(tags))
    return _told(id, news)


def delete(cloud: Any, id: str, state: Values) -> None:
    found(lambda: cloud.client("sns").delete_topic(TopicArn=id))


def _told(arn: str, inputs: Values) -> Values:
    return {"arn": arn, "owner": arn.split(":")[4], "tagsAll": inputs.get("tags") or {}}


def put_policy(cloud: Any, inputs: Values) -> Made:
    cloud.client("sns").set_topic_attributes(
        TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=inputs["policy"]
    )
    return inputs["arn"], {"owner": inputs["arn"].split(":")[4]}


def read_policy(cloud: Any, id: str, state: Values) -> Values | None:
    answer = found(lambda: cloud.client("sns").get_topic_attributes(TopicArn=id))
    return None if answer is None else {"arn": id, "policy": answer["Attributes"]["Policy"]}


def update_policy(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    return put_policy(cloud, news)[1]


def drop_policy(cloud: Any, id: str, state: Values) -> None:
    """A topic is never without one: the owner's own, as SNS makes it, comes back."""
    account = id.split(":")[4]
    owner = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:GetTopicAttributes", "SNS:Publish", "SNS:Subscribe"],
        "Resource": id,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    policy = json.dumps({"Version": "2008-10-17", "Statement": [owner]})
    sns = cloud.client("sns")
    found(lambda: sns.set_topic_attributes(TopicArn=id, AttributeName="Policy", AttributeValue=policy))


def subscribe(cloud: Any, inputs: Values) -> Made:
    said = {there: _text(inputs[here]) for here, there in OF_SUBSCRIPTIONS.items() if here in inputs}
    arn = cloud.client("sns").subscribe(
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        Attributes=said,
        ReturnSubscriptionArn=True,  # also of a mail that is not confirmed yet
    )["SubscriptionArn"]
    waits = inputs["protocol"].startswith("email")
    return arn, {"arn": arn, "ownerId": arn.split(":")[4], "pendingConfirmation": waits}


def read_subscription(cloud: Any, id: str, state: Values) -> Values | None:
    answer = found(lambda: cloud.client("sns").get_subscription_attributes(SubscriptionArn=id))
    if answer is None:
        return None
    seen = answer["Attributes"]
    said = {"topic": seen["TopicArn"], "protocol": seen["Protocol"], "endpoint": seen["Endpoint"], "arn": id}
    raw = seen.get("RawMessageDelivery") == "true"
    said |= {"rawMessageDelivery": raw, "filterPolicy": seen.get("FilterPolicy") or None}
    return unsaid(said, state, **QUIET)  # type: ignore[no-any-return]


def update_subscription(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    for here, there in OF_SUBSCRIPTIONS.items():
        if olds.get(here) != news.get(here):
            cloud.client("sns").set_subscription_attributes(
                SubscriptionArn=id, AttributeName=there, AttributeValue=_text(news.get(here, ""))
            )
    return {}


def unsubscribe(cloud: Any, id: str, state: Values) -> None:
    found(lambda: cloud.client("sns").unsubscribe(SubscriptionArn=id))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


ROWS = {
    "aws:sns/topic:Topic": Row(
        create, read, delete, update, frozenset({"name", "namePrefix", "fifoTopic", "region"}), "name"
    ),
    "aws:sns/topicPolicy:TopicPolicy": Row(
        put_policy, read_policy, drop_policy, update_policy, frozenset({"arn", "region"})
    ),
    "aws:sns/topicSubscription:TopicSubscription": Row(
        subscribe,
        read_subscription,
        unsubscribe,
        update_subscription,
        frozenset({"topic", "protocol", "endpoint", "region"}),
        "",
        QUIET,
    ),
}
