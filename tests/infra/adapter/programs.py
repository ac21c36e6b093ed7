"""Programs for the adapter's tests: what only the engine needs, and one bucket that can be held."""

from __future__ import annotations

import sys
from pathlib import Path

import pulumi


def plain() -> None:
    pulumi.ComponentResource("tests:index:Thing", "thing")
    pulumi.export("root", "file:///somewhere")
    pulumi.export("word", pulumi.Output.secret("open-sesame"))


def renamed() -> None:
    pulumi.ComponentResource("tests:index:Thing", "other")
    pulumi.export("root", pulumi.Config().get("root"))


def shown() -> None:
    for key in ("root", "tags", "env"):
        if (said := pulumi.Config().get(key)) is not None:
            pulumi.export(key, said)


def bucket() -> None:
    import pulumi_gcp as gcp

    first = gcp.serviceaccount.Account("first", account_id="ground-first")
    gcp.storage.Bucket("bucket", name="ground-bucket", location="EU", opts=pulumi.ResourceOptions(depends_on=[first]))


def failing() -> None:
    raise ValueError("this program is broken")


if __name__ == "__main__":  # a process of its own, which tests kill
    from tradewind.cli.signals import stoppable
    from tradewind.errors import TradewindError
    from tradewind.infra.adapter.stack import Ground
    from tradewind.infra.adapter.workspace import Place

    place = Place("dev", backend=Path(sys.argv[1]).as_uri(), config={"gcp:project": "acme"}, program=bucket)
    with stoppable("first", "second") as stop:
        try:
            Ground.open(place, lambda event: print(event.subject, event.text, flush=True), stop).up()
        except TradewindError as error:
            print(f"{type(error).__name__} {error.message}", flush=True)
            sys.exit(int(error.exit))
