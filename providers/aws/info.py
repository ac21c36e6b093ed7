"""The static half: what SageMaker is, before anything is called. No SDK, network or credentials."""

# ruff: noqa: ARG002 - the protocol names what a target may need

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel

from tradewind.machines import facts, matching
from tradewind.machines.instance import Instance, Service
from tradewind.providers.aws import calling, images, names
from tradewind.providers.aws import losses as lost
from tradewind.providers.aws import region as regions
from tradewind.providers.base import Info, Provider, Snippets
from tradewind.spec.clouds.aws import Aws, AwsTrain
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Run, Traits, Wanted


class AwsInfo:
    name = "aws"
    title = "Amazon SageMaker"
    settings: type[BaseModel] = Aws
    free = False
    scheme = "s3"
    service: Service = "sagemaker"
    home = "us-east-1"
    ground_hint = (
        "add to deploy.yaml, with a bucket and a role of yours:\n"
        "foundation:\n"
        "  root: s3://BUCKET/tradewind\n"
        "  identities: {runtime: arn:aws:iam::ACCOUNT:role/ROLE}\n"
        "or let `foundation: {stack: dev}` stand there and have one made: deploy infra up\n"
        "or try it without an account: --sandbox"
    )

    @property
    def traits(self) -> Traits:
        return names.traits(os.environ)

    def foundation(self, settings: BaseModel | None, project: str, environment: str) -> Foundation | None:
        """No bucket can be known without looking: `foundation:` must say."""
        return None

    def machine(self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"]) -> Machine | Loss:
        return self.choose(need, settings, use, facts.instances(self.service))

    def region(self, settings: BaseModel | None) -> str | None:
        said = settings if isinstance(settings, Aws) else Aws()
        return said.region or regions.of_environment(said.profile, os.environ)

    def pinned(self, settings: BaseModel | None, use: Literal["train", "serve"]) -> str | None:
        """Of several kinds in one cluster the first."""
        if not isinstance(settings, Aws):
            return None
        if use == "serve":
            return settings.serve.instance_type
        groups = settings.train.instance_groups
        return groups[0].instance_type if groups else settings.train.instance_type

    def cluster(self, run: Run) -> Sequence[tuple[str, int]]:
        options = run.container.options
        groups = options.instance_groups if isinstance(options, AwsTrain) else ()
        return [(it.instance_type, it.count) for it in groups] or [(run.container.machine.id, run.nodes)]

    def idle(self, run: Run) -> timedelta:
        """A warm pool's machines; interruptible ones are never kept (train_request)."""
        options = run.container.options
        kept = options.keep_alive if isinstance(options, AwsTrain) else None
        return kept if kept and not run.spot else timedelta(0)

    def choose(
        self,
        need: Hardware,
        settings: BaseModel | None,
        use: Literal["train", "serve"],
        offered: Sequence[Instance],
    ) -> Machine | Loss:
        name = self.pinned(settings, use)
        if name is None:
            return matching.choose(offered, need, use, "SageMaker")
        return matching.named(facts.find(self.service, name), name, need)

    def image(
        self, framework: str, version: str | None, machine: Machine, use: Literal["train", "serve"]
    ) -> str | Loss:
        """Named without its registry, which is a region's: see `images.address`."""
        try:
            return images.resolve(framework, version, machine.id, use)
        except images.NoImageError as error:
            return Loss(f"{use}.framework", str(error), "give `image:`", fatal=True)

    def losses(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
        return lost.losses(run, want, policy)

    def snippets(self, name: str, url: str, region: str) -> Snippets:
        return calling.snippets(name, url, region)

    def connect(self, settings: BaseModel | None, foundation: Foundation) -> Provider:
        from tradewind.providers.aws.provider import AwsProvider  # the SDK is imported here, and not before

        return AwsProvider(settings if isinstance(settings, Aws) else None, foundation)


INFO: Info = AwsInfo()
