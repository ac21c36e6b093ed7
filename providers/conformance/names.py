"""The static half: what the offline plan, the schema and the docs are made from, without SDK, network or login."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from datetime import timedelta
from typing import Literal, NoReturn

import pytest
from pydantic import BaseModel

from tradewind.errors import SpecError
from tradewind.machines.instance import Instance
from tradewind.providers.base import Info, PlansOnly, Priced, Provider
from tradewind.providers.conformance.harness import Harness, Suite, digest, refused
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Traits, Wanted

POLICY = Policy("canary", (10, 50), timedelta(minutes=5), timedelta(minutes=15), 50, timedelta(hours=1), 0.01)
USES: tuple[Literal["train", "serve"], ...] = ("train", "serve")


def _no_network(*_args: object, **_kwargs: object) -> NoReturn:
    raise AssertionError("the static half of a provider touched the network")


class StaticConformance(Suite):
    """What can be asked without connecting: all that a target has which only plans so far (`PlansOnly`)."""

    @pytest.fixture
    def info(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Info:
        """The static half, with the network cut off."""
        monkeypatch.setattr(socket.socket, "connect", _no_network)
        monkeypatch.setattr(socket, "getaddrinfo", _no_network)
        return harness.info

    def test_says_who_it_is(self, info: Info) -> None:
        """`deploy providers` prints these, and the name is what people write in deploy.yaml."""
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", info.name)
        assert info.title.strip()
        assert isinstance(info.free, bool), "free must be said: an unknown price is not 0"

    def test_traits_are_usable(self, info: Info) -> None:
        """The engine makes names by these patterns before it calls anything, and waits by these lags."""
        assert type(info.traits) is Traits
        assert {"job", "endpoint"} <= set(info.traits.names), "patterns for the names of jobs and endpoints"
        for kind, pattern in info.traits.names.items():
            assert re.compile(pattern).fullmatch("a" * 8), f"no plain {kind} name matches {pattern}"
            longest = info.traits.max_name.get(kind)
            if longest is not None:
                assert longest >= 8, "too short for a hash: names could not be kept apart"
                assert re.fullmatch(pattern, "a" * longest), f"{kind}: max_name {longest} is refused by {pattern}"
        assert info.traits.log_lag >= timedelta(0)
        assert info.traits.metrics_lag >= timedelta(0)

    def test_settings_are_a_strict_block(self, info: Info) -> None:
        """The block is part of deploy.yaml: a typing error in it must be found, and it must show up in the schema."""
        assert issubclass(info.settings, BaseModel)
        assert info.settings.model_config.get("extra") == "forbid", "unknown keys must be errors"
        assert info.settings.model_config.get("frozen"), "validated settings cross borders: frozen"
        assert info.settings.model_json_schema()["type"] == "object"

    @pytest.mark.parametrize("use", USES)
    def test_a_machine_or_the_reason(self, info: Info, harness: Harness, use: Literal["train", "serve"]) -> None:
        """The plan shows a machine that is enough, or says what cannot be met; it never guesses and never raises."""
        machine = info.machine(Hardware(cpus=1, memory_gib=0.25), harness.settings, use)
        assert isinstance(machine, Machine), f"even the smallest need is not met: {machine}"
        assert machine.id
        assert machine.cpus >= 1
        impossible = info.machine(Hardware(cpus=1_000_000), harness.settings, use)
        if isinstance(impossible, Machine):
            assert impossible.cpus >= 1_000_000, "a machine smaller than the need was chosen without a word"
        else:
            assert impossible.path.startswith(use)
            assert impossible.reason

    def test_an_unknown_gpu_is_a_loss(self, info: Info, harness: Harness) -> None:
        """GPU names are open: one that the target does not have is said before anything is paid for."""
        loss = info.machine(Hardware(gpus=(("NoSuchGPU-9000", 1),)), harness.settings, "train")
        assert isinstance(loss, Loss)
        assert loss.path.startswith("train")
        assert loss.reason

    @pytest.mark.parametrize("use", USES)
    def test_an_image_or_the_reason(self, info: Info, harness: Harness, use: Literal["train", "serve"]) -> None:
        """Same question, same answer: the image is part of what a run is known by."""
        machine = info.machine(Hardware(cpus=1), harness.settings, use)
        assert isinstance(machine, Machine)
        image = info.image("sklearn", None, machine, use)
        assert isinstance(image, str | Loss)
        assert info.image("sklearn", None, machine, use) == image

    def test_foundation_needs_no_look(self, info: Info, harness: Harness) -> None:
        """Asked by the offline plan: a known ground, or None; the same every time."""
        found = info.foundation(harness.settings, "conformance", "default")
        assert found is None or isinstance(found, Foundation)
        assert info.foundation(harness.settings, "conformance", "default") == found

    def test_losses_are_pure(self, info: Info, harness: Harness) -> None:
        """Computed before anything is called and shown to people: same in, same out, and each with its words."""
        run = replace(harness.run("tw-losses", digest("losses")), nodes=2, spot=True, streams=frozenset({"train"}))
        scaled = {"scale_on": {"requests": 100.0, "cpu": 0.6}, "cooldown": timedelta(minutes=5)}
        a = harness.version("a", digest("1"))
        b = replace(harness.version("b", digest("2")), target=8, **scaled)  # type: ignore[arg-type]  # two kinds of value
        want = Wanted("tw-losses", (a, b), {"a": 90, "b": 10}, {"b": 10})
        assert list(info.losses(None, None, None)) == [], "nothing asked, nothing lost"
        losses = list(info.losses(run, want, POLICY))
        assert losses == list(info.losses(run, want, POLICY))
        for loss in losses:
            assert type(loss) is Loss
            assert re.fullmatch(r"[a-z_]+(\.[a-zA-Z0-9_-]+)*", loss.path), "a path into deploy.yaml"
            assert loss.reason
            assert loss.fatal or loss.instead, "what can be accepted says what is done instead"

    def test_losses_do_not_depend_on_parts_not_asked_for(self, info: Info, harness: Harness) -> None:
        """`train run` plans a run alone: losses of serving do not belong there."""
        run = harness.run("tw-losses", digest("losses"))
        assert all(not loss.path.startswith("serve") for loss in info.losses(run, None, None))
        want = Wanted("tw-losses", (harness.version("a", digest("1")),), {"a": 100})
        assert all(not loss.path.startswith("train") for loss in info.losses(None, want, None))

    def test_machines_with_prices(self, info: Info) -> None:
        """The engine offers what is priced in a region, cheapest first, and prices what was named in the block."""
        if not isinstance(info, Priced):
            pytest.skip("this target has no machine types in the catalogue")
        assert info.home
        assert info.pinned(None, "train") is info.pinned(None, "serve") is None, "nobody has named a machine"
        need = Hardware(cpus=2)
        small, right, large = (Instance(info.service, name, cpus, 16) for name, cpus in (("s", 1), ("r", 4), ("l", 8)))
        for use in USES:
            found = info.choose(need, None, use, (small, right, large))
            assert isinstance(found, Machine), found
            assert found.id == "r", "the first of those offered that meets the need"
            assert isinstance(info.choose(need, None, use, ()), Loss), "what is not offered cannot be had"

    def test_a_target_that_only_plans_says_so(self, info: Info) -> None:
        """Whoever would connect is told by an error that exits 2, and not by one that looks like a failure."""
        if not isinstance(info, PlansOnly):
            pytest.skip("this target connects")
        with pytest.raises(SpecError) as caught:
            info.connect(None, Foundation("file:///nowhere"))
        assert caught.value.problems == info.plans_only().problems
        assert info.title in caught.value.message


class NameConformance(StaticConformance):
    """The static half, and what the connected one makes of names."""

    def test_refuses_job_names_out_of_bounds(self, harness: Harness, provider: Provider) -> None:
        """A name that breaks the target's own rules is the caller's mistake: `invalid`, not a failure at some later time."""
        for name in _bad_names(harness.info.traits, "job"):
            with refused("invalid"):
                provider.trainer().ensure(harness.run(name, digest(name)))

    def test_refuses_endpoint_names_out_of_bounds(self, harness: Harness, provider: Provider) -> None:
        """As for jobs."""
        for name in _bad_names(harness.info.traits, "endpoint"):
            with refused("invalid"):
                provider.server().advance(Wanted(name, (harness.version("a", digest(name)),), {"a": 100}))


def _bad_names(traits: Traits, kind: str) -> list[str]:
    candidates = ["", "no spaces", "sla/sh", "../up", "new\nline", "a" * (traits.max_name.get(kind, 4096) + 1)]
    longest = traits.max_name.get(kind, 4096)
    return [name for name in candidates if len(name) > longest or not re.fullmatch(traits.names[kind], name)]
