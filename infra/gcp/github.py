"""GitHub Actions become planner and deployer by OIDC (workload identity federation); no key is kept anywhere."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from tradewind.infra.gcp import identities
from tradewind.infra.gcp.ground import Ground, cut
from tradewind.infra.gcp.identities import Account, Who

ISSUER = "https://token.actions.githubusercontent.com"
FEDERATED = "roles/iam.workloadIdentityUser"


def make(ground: Ground, accounts: dict[Who, Account]) -> None:
    asked = ground.args.github
    if asked is None:
        return
    pool = _pool(ground, accounts, asked.named)
    ends: dict[Who, tuple[str, ...]] = {"planner": asked.planner, "deployer": asked.deployer}
    for who, subjects in ends.items():
        for end in dict.fromkeys(subjects):
            subject = f"/subject/repo:{asked.repository}:{end}"
            principal = pulumi.Output.concat("principal://iam.googleapis.com/", pool, subject)
            identities.on_account(ground, f"{who}-github-{end}", accounts[who], FEDERATED, principal)


def _pool(ground: Ground, accounts: dict[Who, Account], repository: str) -> Any:
    """projects/NUMBER/locations/global/workloadIdentityPools/ID. A deleted pool keeps its id for 30 days."""
    if said := ground.args.existing.github_pool:
        return said.removeprefix("//iam.googleapis.com/").partition("/providers/")[0]
    pool = gcp.iam.WorkloadIdentityPool(
        ground.logical("github-pool"),
        project=ground.args.project,
        workload_identity_pool_id=identities.fresh(accounts, ground.title("github"), 32),
        display_name=cut(ground.title("github"), 32),
        opts=ground.opts("github-pool", kept=["workload_identity_pool_id"]),
    )
    gcp.iam.WorkloadIdentityPoolProvider(
        ground.logical("github-provider"),
        project=ground.args.project,
        workload_identity_pool_id=pool.workload_identity_pool_id,
        workload_identity_pool_provider_id="github",
        attribute_mapping={"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"},
        attribute_condition=f'assertion.repository == "{repository}"',
        oidc={"issuer_uri": ISSUER},
        opts=ground.opts("github-provider"),
    )
    return pool.name
