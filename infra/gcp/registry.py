"""Where images of one's own lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pulumi_gcp as gcp

from tradewind.infra.gcp.ground import Ground
from tradewind.infra.gcp.keys import Key

_DAY = 86400


@dataclass(frozen=True)
class Registry:
    """`name` is what grants are bound to: None for one that was there and is not of this project, whose roles end with it."""

    address: Any
    name: Any = None
    location: str = ""


def make(ground: Ground, key: Key | None) -> Registry:
    if ground.args.existing.registry:
        return _there(ground.args.existing.registry, ground.args.project)
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
        # Google cannot change its key, and a repository that is made again has lost its images.
        opts=ground.opts("registry", kept=["kms_key_name"], depends=key.grants if key else ()),
    )
    host = f"{ground.args.region}-docker.pkg.dev/{ground.args.project.replace(':', '/')}"
    address = repository.repository_id.apply(lambda name: f"{host}/{name}")
    return Registry(address, repository.name, ground.args.region)


def _there(address: str, project: str) -> Registry:
    """By "Repository and image names" of Artifact Registry; any other registry is taken as it is said."""
    of = re.escape(project.replace(":", "/"))
    found = re.match(rf"(?:https://)?(?P<at>[a-z0-9-]+)-docker\.pkg\.dev/{of}/(?P<name>[^/]+)", address)
    return Registry(address, found["name"], found["at"]) if found else Registry(address)
