"""A key of one's own for what is stored, and who may use it: the service agents that store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi_gcp as gcp

from tradewind.infra.gcp.ground import Ground

ROTATION = f"{90 * 86400}s"
USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
# Service agents, which use it in Google's name ("Customer-managed encryption keys" of each service). Until a service is first
# used they are not there, and a grant to them fails: ServiceIdentity makes them.
AGENTS = ("aiplatform", "artifactregistry")


@dataclass(frozen=True)
class Key:
    """`grants` come before anything that is encrypted with it."""

    id: Any
    grants: tuple[Any, ...]


def make(ground: Ground) -> Key | None:
    """None where Google's own key is used. A key that is there is granted to the agents, too."""
    said = ground.args.existing.kms_key
    if said is None and ground.args.key == "managed":
        return None
    key = said or _key(ground)
    storage = gcp.storage.get_project_service_account_output(project=ground.args.project, opts=ground.asked())
    members: dict[str, Any] = {"storage": storage.email_address.apply(lambda mail: f"serviceAccount:{mail}")}
    for agent in AGENTS:
        identity = gcp.projects.ServiceIdentity(
            ground.logical(f"agent-{agent}"),
            project=ground.args.project,
            service=f"{agent}.googleapis.com",
            opts=ground.opts(f"agent-{agent}"),
        )
        members[agent] = identity.member
    return Key(key, tuple(grant(ground, key, agent, member) for agent, member in members.items()))


def grant(ground: Ground, key: Any, agent: str, member: Any) -> Any:
    short = f"key-{agent}"
    return gcp.kms.CryptoKeyIAMMember(
        ground.logical(short), crypto_key_id=key, role=USE, member=member, opts=ground.opts(short)
    )


def _key(ground: Ground) -> Any:
    """Neither ring nor key can ever be deleted ("Object lifetime"), nor their names used again: so Pulumi gives them names of
    their own, and a ground that was destroyed can be made again."""
    ring = gcp.kms.KeyRing(
        ground.logical("ring"),
        project=ground.args.project,
        location=ground.args.region,
        opts=ground.opts("ring"),
    )
    made = gcp.kms.CryptoKey(
        ground.logical("key"),
        key_ring=ring.id,
        purpose="ENCRYPT_DECRYPT",
        rotation_period=ROTATION,
        labels=ground.labels,
        opts=ground.opts("key", protect=ground.args.protect),
    )
    return made.id
