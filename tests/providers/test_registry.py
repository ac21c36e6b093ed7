"""Providers by name: listing imports nothing, and every way of not finding one has its own clear answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fakes.provider import FakeInfo

from tradewind.errors import Exit, ProviderError, SpecError
from tradewind.providers import registry
from tradewind.providers.base import PlansOnly
from tradewind.providers.registry import BUILT_IN, Entry, Registry
from tradewind.values import Foundation


def test_ours_come_first_and_are_titled() -> None:
    names = registry.names()
    assert list(names)[:4] == ["local", "aws", "gcp", "azure"]
    assert all(entry.title and entry.source for entry in names.values())


def test_listing_imports_no_provider_and_no_sdk() -> None:
    code = (
        "import sys; from tradewind.providers import registry; registry.names(); registry.problems();"
        "bad = [m for m in sys.modules if m.startswith(('tradewind.providers.local', 'boto', 'google.cloud', 'azure'))];"
        "sys.exit(str(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_a_name_that_is_kept_for_a_cloud_to_come_says_so() -> None:
    mine = Registry(strangers=False)
    mine.register(Entry("nimbus", "", title="Nimbus ML"))
    with pytest.raises(SpecError, match="Nimbus ML comes in a later version") as caught:
        mine.info("nimbus")
    assert (caught.value.code, caught.value.exit) == ("TW063", Exit.USAGE)


@pytest.mark.parametrize("entry", [it for it in BUILT_IN.values() if it.path], ids=lambda it: it.name)
def test_who_only_plans_says_so_when_it_is_to_connect(entry: Entry) -> None:
    info = registry.info(entry.name)
    if not isinstance(info, PlansOnly):
        return
    with pytest.raises(SpecError, match=f"{info.title}: planning and prices only") as caught:
        info.connect(None, Foundation("gs://bucket"))
    assert (caught.value.code, caught.value.exit) == ("TW063", Exit.USAGE)


@pytest.mark.parametrize("name", ["aws", "sagemaker"])
def test_the_cloud_that_is_there_needs_no_sdk_to_be_known(name: str) -> None:
    code = (
        f"import sys; from tradewind.providers import registry; info = registry.info({name!r});"
        "bad = [m for m in sys.modules if m.partition('.')[0] in ('boto3', 'botocore')];"
        "sys.exit(str(bad) if bad or info.name != 'aws' else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


@pytest.mark.parametrize(
    ("typed", "meant"), [("lokal", "local"), ("asw", "aws"), ("sagemakr", "sagemaker"), ("zzzz", "")]
)
def test_unknown_name_suggests(typed: str, meant: str) -> None:
    with pytest.raises(SpecError) as caught:
        registry.info(typed)
    error = caught.value
    assert (error.code, error.exit, error.problems[0].suggestion) == ("TW062", Exit.USAGE, meant)
    assert "deploy providers" in error.hint


def test_registered_for_a_while() -> None:
    mine = Registry(strangers=False)
    info = FakeInfo()
    with mine.registered(Entry("fake", "fakes.provider:FakeInfo"), info):
        assert mine.info("fake") is info
        assert mine.settings() == {"fake": info.settings}
        with mine.registered(Entry("fake", "fakes.provider:FakeInfo")):
            assert mine.names()["fake"].available
        assert mine.info("fake") is info
    assert "fake" not in mine.names()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_missing_sdk_names_the_extra(module: Path) -> None:
    (module / "needs_sdk_7.py").write_text("import no_such_sdk_at_all\n")
    mine = Registry(strangers=False)
    mine.register(Entry("needy", "needs_sdk_7:INFO", "pip install 'tradewind[aws]'", "Needy"))
    with pytest.raises(ProviderError, match="no_such_sdk_at_all is not installed") as caught:
        mine.info("needy")
    assert (caught.value.kind, caught.value.code) == ("missing", "TW064")
    assert "pip install 'tradewind[aws]'" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("1 +", "SyntaxError"),
        ("INFO = 3", "not a provider's Info"),
        ("from fakes.provider import FakeInfo as INFO", "is a class"),
        ("from fakes.provider import FakeInfo; INFO = FakeInfo()", "calls itself 'fake'"),
        ("", "has no attribute 'INFO'"),
        (None, "does not exist"),
    ],
)
def test_broken_plugin_is_told_and_harms_nobody(
    module: Path, request: pytest.FixtureRequest, text: str | None, said: str
) -> None:
    name = f"broken_{request.node.callspec.indices['text']}_7"
    if text is not None:
        (module / f"{name}.py").write_text(text)
    mine = Registry(strangers=False)
    mine.register(Entry("bad", f"{name}:INFO", title="Bad", source="bad-dist"))
    mine.register(Entry("good", ""), FakeInfo())
    with pytest.raises(ProviderError, match=said) as caught:
        mine.info("bad")
    assert caught.value.code == "TW065"
    assert "bad-dist" in caught.value.hint
    assert list(mine.settings()) == ["good"]
    assert [said in line for line in mine.broken()] == [True]
    assert mine.info("good").name == "fake"


def _announce(folder: Path, dist: str, line: str) -> None:
    info = folder / f"{dist.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[tradewind.providers]\n{line}\n")


def test_names_already_taken_are_reported(module: Path) -> None:
    _announce(module, "zz-thief", "aws = thief:INFO")
    _announce(module, "zz-alias", "vertex = thief:INFO")
    _announce(module, "zz-first", "shared_cloud = first:INFO")
    _announce(module, "zz-second", "shared_cloud = second:INFO")
    _announce(module, "zz-ugly", "Ugly Name = ugly:INFO")
    names, problems = registry.names(), registry.problems()
    assert names["aws"] is BUILT_IN["aws"]
    assert names["shared_cloud"].source == "zz-first"
    text = "\n".join(problems)
    for dist in ("zz-thief", "zz-alias", "zz-second", "zz-ugly"):
        assert dist in text
    assert "zz-first'" not in text.split("zz-second", 1)[0]


def test_an_entry_without_attribute_is_the_modules_info(module: Path) -> None:
    (module / "plain_7.py").write_text("from fakes.provider import FakeInfo\nINFO = FakeInfo()\n")
    mine = Registry(strangers=False)
    mine.register(Entry("fake", "plain_7"))
    assert mine.info("fake").title == "Fake cloud"
