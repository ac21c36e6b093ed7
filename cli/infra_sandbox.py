"""`deploy infra ... --sandbox`: Pulumi's real engine over the emulated account, with a state of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tradewind.cli import emulated
from tradewind.cli.context import Cli
from tradewind.cli.infra_place import Site, effective, emulated_folder

if TYPE_CHECKING:
    from tradewind.infra.adapter.workspace import Place


@contextmanager
def attached(cli: Cli, site: Site) -> Iterator[Place]:
    """Google's and Azure's resources have no service behind them there: they are checked and kept, and that is all."""
    assert site.cloud is not None  # an emulated ground is made by our own program
    folder = emulated_folder(site.cloud)
    address = None
    if site.cloud == "aws":
        from tradewind.spec.clouds.aws import Aws

        said = site.spec.block("aws") if site.spec else None
        settings = said if isinstance(said, Aws) else Aws()
        region = effective(site.place, site.cloud).get("region") or settings.region
        address, _ = emulated.enter(cli.out, settings.model_copy(update={"region": region, "profile": None}))
    with emulated.told():
        from tradewind.sandbox.pulumi import serve
    from tradewind.infra.adapter import passphrase

    (folder / "state").mkdir(parents=True, exist_ok=True)
    with serve(aws=address, gcp=site.cloud == "gcp", azure=site.cloud == "azure", folder=folder / "kept") as there:
        environ = {name: value for name, value in site.place.environ.items() if name != "AWS_PROFILE"}
        environ[passphrase.VARIABLES[0]] = ""  # nobody's secrets: the real ground's passphrase has no part in it
        backend = site.place.backend or (folder / "state").as_uri()
        yield replace(site.place, backend=backend, environ={**environ, **there.environ})
