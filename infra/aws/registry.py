"""A registry of images: a tag never moves, each push is scanned, what has no tag goes."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground

UNTAGGED_DAYS = 14


def registry(ground: Ground, key: pulumi.Output[str] | None) -> pulumi.Output[str]:
    """Its address, as images are named by it."""
    if ground.args.existing.registry:
        return pulumi.Output.from_input(ground.args.existing.registry)
    encryption = {"encryption_type": "AES256"} if key is None else {"encryption_type": "KMS", "kms_key": key}
    made = aws.ecr.Repository(
        ground.logical("registry"),
        name=ground.title(),
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
        encryption_configurations=[encryption],
        tags=ground.tags,
        # ECR cannot change it, and a repository that is made again has lost its images.
        opts=ground.opts("registry", kept=["encryptionConfigurations"]),
    )
    untagged = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
    aws.ecr.LifecyclePolicy(
        ground.logical("registry-lifecycle"),
        repository=made.name,
        policy=json.dumps({"rules": [untagged]}),
        opts=ground.opts("registry-lifecycle"),
    )
    url: pulumi.Output[str] = made.repository_url
    return url
