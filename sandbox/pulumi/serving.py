"""The attached providers' life: a server on loopback for each package, in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2_grpc

from tradewind.sandbox.pulumi.aws.account import OnAccount
from tradewind.sandbox.pulumi.carrier import Carrier
from tradewind.sandbox.pulumi.hooks import Held, Hooks
from tradewind.sandbox.pulumi.kept import Kept
from tradewind.sandbox.pulumi.servicer import Servicer

AT_ONCE = 32  # calls; the engine asks for 16 resources at once by default on 4 cores
LARGEST = 400 * 1024 * 1024  # bytes of a message, as the engine allows itself


@dataclass(frozen=True)
class Attached:
    ports: dict[str, int]
    hooks: Hooks
    kept: dict[str, Kept]  # by package: what has no service behind it

    @property
    def environ(self) -> dict[str, str]:
        """What leads Pulumi's engine here; it loads no plug-in of these packages then, and asks nobody for newer ones."""
        return {
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package, port in self.ports.items()),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    @property
    def creates(self) -> dict[str, int]:
        """By URN: how often it was created."""
        return dict(self.hooks.creates)

    def slow(self, token: str, seconds: float) -> None:
        self.hooks.slow(token, seconds)

    def fail(self, token: str, message: str) -> None:
        self.hooks.fail(token, message)

    def hold(self, token: str) -> Held:
        return self.hooks.hold(token)

    def lose(self, package: str, id: str) -> None:
        """A thing without a service behind it is gone, behind Pulumi's back. KeyError: it was not there."""
        self.kept[package].lose(id)


@contextlib.contextmanager
def serve(*, aws: str | None = None, gcp: bool = True, azure: bool = True, folder: Path) -> Iterator[Attached]:
    """`aws`: the emulated account's address; without one AWS is left out. `folder` holds what has no service behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"aws": aws is not None, "gcp": gcp, "azure-native": azure}
    kept = {package: Kept(folder / f"{package}.json") for package, there in wanted.items() if there}
    carriers: dict[str, Carrier] = dict(kept)
    if aws is not None:
        carriers["aws"] = OnAccount(aws, kept["aws"])
    hooks = Hooks()
    servers, ports = [], {}
    with ThreadPoolExecutor(AT_ONCE * len(carriers) or 1, "pulumi") as threads:
        try:
            for package, carrier in carriers.items():
                sizes = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
                server = grpc.server(threads, options=sizes)
                provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(package, carrier, hooks), server)
                ports[package] = server.add_insecure_port("127.0.0.1:0")
                server.start()
                servers.append(server)
            yield Attached(ports, hooks, kept)
        finally:
            hooks.let_go()
            for server in servers:
                server.stop(grace=1).wait()
