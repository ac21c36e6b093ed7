"""Where images of one's own lie."""

from __future__ import annotations

from typing import Any

import pulumi_gcp as gcp

from tradewind.infra.gcp.ground import Ground
from tradewind.infra.gcp.keys import Key

_DAY = 86400


def make(ground: Ground, key: Key | None) -> tuple[Any, Any]:
    """Its name within the project (for grants; None for one that was there) and its address."""
    if ground.args.existing.registry:
        return None, ground.args.existing.registry
    repository = gcp.artifactregistry.Repository(
        ground.logical("registry"),
        project=ground.args.project,
        location=ground.args.region,
        repository_id=ground.title(),
        format="DOCKER",
        docker_config={"immutable_tags": True},
        kms_key_name=key.id if key else None,
        cleanup_policies=[
            {
                "id": "untagged",
                "action": "DELETE",
                "condition": {"tag_state": "UNTAGGED", "older_than": f"{ground.args.old_version_days * _DAY}s"},
            },
        ],
        labels=ground.labels,
        opts=ground.opts("registry", depends=key.grants if key else ()),
    )
    host = f"{ground.args.region}-docker.pkg.dev/{ground.args.project.replace(':', '/')}"
    return repository.name, repository.repository_id.apply(lambda name: f"{host}/{name}")
