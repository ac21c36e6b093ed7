"""`deploy cost ...`: what is asked for, what is answered in every form, and what is told of bad input."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from fakes.shell import deploy

from tradewind.cli import cost
from tradewind.cost.catalogue import load
from tradewind.cost.rates import money
from tradewind.engine.target_rows import Sort
from tradewind.machines import facts

SPECS = sorted((Path(__file__).parents[1] / "examples" / "costs").glob("*.yaml"))
SPEC = """\
name: churn
provider: aws
train: {command: python train.py, framework: sklearn, hardware: {cpus: 4+}, max_runtime: 2h}
serve: {model: train, framework: sklearn, hardware: {cpus: 2+}, replicas: {min: 2, max: 5}}
"""
GPU = """\
name: see
provider: gcp
serve: {model: weights/, framework: pytorch, handler: serve.py, hardware: {gpu: [L4, T4]}}
"""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cost, "today", lambda: date(2026, 11, 25))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("HOME", str(tmp_path))  # gcloud and az keep a region there
    (tmp_path / "deploy.yaml").write_text(SPEC)
    return tmp_path


def compared(*words: str) -> Any:
    said = deploy("cost", "compare", *words, "--output", "json")
    assert said.code == 0, said.err
    return said.json


def names(found: Any) -> list[str]:
    return [f"{target['provider']} {target['region']}" for target in found["targets"]]


def figures(target: Any) -> Iterator[str]:
    """As the table writes them."""
    for use in ("train", "serve"):
        if (part := target[use]) is None:
            continue
        for value in (part["hour"]["amount"], part["amount"]["expected"]):
            yield "unknown" if value is None else money(Decimal(repr(value)))


# ---- one answer in every form


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_every_form_says_the_same(spec: Path) -> None:
    found = compared("-f", str(spec))
    table = deploy("cost", "compare", "-f", str(spec)).out
    rows = list(csv.DictReader(io.StringIO(deploy("cost", "compare", "-f", str(spec), "-o", "csv").out)))
    comment = deploy("cost", "compare", "-f", str(spec), "-o", "markdown").out
    page = deploy("cost", "compare", "-f", str(spec), "-o", "html").out
    assert [f"{row['provider']} {row['region']}" for row in rows] == names(found)
    at = {form: 0 for form in ("table", "comment", "page")}
    for target, row in zip(found["targets"], rows, strict=True):
        fits = all(target[use] is None or target[use]["machine"] for use in ("train", "serve"))
        for form, text in (("table", table), ("comment", comment), ("page", page.partition('id="targets"')[2])):
            if form == "table" and not fits:
                continue
            begin = text.index(f"{target['provider']} {target['region']}", at[form])
            at[form] = begin  # in the same order
            end = text.find("\n\n" if form == "table" else "\n", begin)
            assert all(one in text[begin:end] for one in figures(target) if fits), (form, target)
        for use, of in (("train", "run"), ("serve", "month")):
            for column, value in ((f"{use}_hour", "hour"), (f"{of}_expected", "amount")):
                part = target[use]
                said = None if part is None else part[value]["amount" if value == "hour" else "expected"]
                assert (row[column] == "") if said is None else float(row[column]) == said


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_amounts_are_in_order_and_add_up(spec: Path) -> None:
    for target in compared("-f", str(spec), "--regions", "all")["targets"]:
        parts = [target[use]["amount"] for use in ("train", "serve") if target[use]]
        for amount in (*parts, target["total"]):
            if amount["expected"] is not None:
                assert amount["low"] <= amount["expected"] <= amount["high"]
                assert amount["high"] > 0
        if all(part["expected"] is not None for part in parts):
            assert target["total"]["expected"] == pytest.approx(sum(part["expected"] for part in parts), rel=1e-12)
        else:  # what is unknown is never 0, and never part of a sum
            assert target["total"]["expected"] is None
            assert target["why_not"]


# ---- what is asked for


def test_the_regions_of_a_plan_unless_others_are_asked_for() -> None:
    assert sorted(names(compared())) == ["aws us-east-1", "azure eastus", "gcp us-central1"]
    assert [t["chosen"] for t in compared("--sort", "provider")["targets"]] == [True, False, False]
    (moved,) = compared("--provider", "aws", "--region", "eu-west-1")["targets"]
    assert (moved["region"], moved["chosen"]) == ("eu-west-1", True)


def test_every_region_that_has_a_price() -> None:
    found, catalogue = compared("--regions", "all"), load()
    assert len(found["targets"]) == found["of"] == sum(len(catalogue.regions(service)) for service in facts.services())


def test_globs_and_lists_of_regions() -> None:
    found = compared("--regions", "eu-*,us-east*", "--sort", "region")
    assert {name.split()[1] for name in names(found)} == {
        "eu-central-1", "eu-north-1", "eu-west-1", "us-east-1", "us-east-2", "us-east1", "us-east4",
    }  # fmt: skip
    assert found["targets"] == sorted(found["targets"], key=lambda t: (t["region"], t["provider"]))


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("total", lambda t: t["total"]["expected"]),
        ("run", lambda t: t["train"]["amount"]["expected"]),
        ("month", lambda t: t["serve"]["amount"]["expected"]),
        ("train", lambda t: t["train"]["hour"]["amount"]),
        ("serve", lambda t: t["serve"]["hour"]["amount"]),
    ],
)
def test_the_cheapest_first_and_what_is_unknown_last(sort: str, key: Any) -> None:
    found = [key(target) for target in compared("--regions", "all", "--sort", sort)["targets"]]
    known = [value for value in found if value is not None]
    assert known == sorted(known)
    assert found == known + [None] * (len(found) - len(known))


def test_every_order_there_is_can_be_asked_for() -> None:
    option = next(param for param in cost.compare.params if param.name == "sort")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == get_args(Sort)


def test_top_says_how_many_there_are() -> None:
    found = compared("--regions", "all", "--top", "4")
    assert (len(found["targets"]), found["targets"]) == (4, compared("--regions", "all")["targets"][:4])
    assert (
        f"shown 4 of {found['of']}, cheapest first" in deploy("cost", "compare", "--regions", "all", "--top", "4").out
    )


def test_another_card_than_the_spec_asks_for(here: Path) -> None:
    (here / "deploy.yaml").write_text(GPU)
    found = compared("--gpu", "l4")
    assert {t["serve"]["machine"]["gpu"] for t in found["targets"] if t["serve"]["machine"]} == {"L4"}
    assert {t["serve"]["machine"]["gpu"] for t in compared()["targets"]} == {"T4"}


def test_discounts_and_own_prices_count(here: Path) -> None:
    (here / "mine.yaml").write_text("date: 2026-11-01\nprices: [{provider: gcp, instance: '*', amount: 0.01 USD}]\n")
    (here / "deploy.yaml").write_text(SPEC + "prices: {discount: {aws: 50%}, file: mine.yaml}\n")
    found = {t["provider"]: t for t in compared()["targets"]}
    (here / "deploy.yaml").write_text(SPEC)
    listed = {t["provider"]: t for t in compared()["targets"]}
    half, whole = found["aws"]["serve"]["hour"], listed["aws"]["serve"]["hour"]
    assert half["amount"] == pytest.approx(whole["amount"] / 2)
    assert half["derived"]
    assert (found["gcp"]["serve"]["each"]["amount"], found["gcp"]["serve"]["each"]["source"]) == (0.01, "mine.yaml:2")
    assert found["azure"] == listed["azure"]


def test_what_is_in_another_currency_comes_last_and_says_why(here: Path) -> None:
    (here / "deploy.yaml").write_text(SPEC + "prices: {file: mine.yaml}\n")
    (here / "mine.yaml").write_text("date: 2026-11-01\nprices: [{provider: gcp, instance: '*', amount: 0.01 EUR}]\n")
    last = compared()["targets"][-1]
    assert (last["provider"], last["total"]["currency"]) == ("gcp", "EUR")
    assert "in EUR, which is not compared with USD: it comes after all that is" in last["notes"]
    (here / "mine.yaml").write_text(
        "date: 2026-11-01\nprices: [{provider: gcp, instance: '*', use: train, amount: 0.01 EUR}]\n"
    )
    mixed = next(it for it in compared()["targets"] if it["provider"] == "gcp")
    assert mixed["total"].get("expected") is None
    assert "its parts are in EUR and USD, so there is no total" in mixed["notes"]


def test_over_budget_is_no_place_to_run(here: Path) -> None:
    (here / "deploy.yaml").write_text(SPEC + "budget: {month: 1 USD}\n")
    assert all(not t["possible"] and "budget.month" in " ".join(t["why_not"]) for t in compared()["targets"])


# ---- the age of prices


@pytest.mark.parametrize(("day", "old"), [(date(2026, 11, 5), False), (date(2026, 11, 6), True)])
def test_prices_are_old_after_sixty_days(monkeypatch: pytest.MonkeyPatch, day: date, old: bool) -> None:
    monkeypatch.setattr(cost, "today", lambda: day)
    (azure,) = [it for it in compared()["prices"] if it["provider"] == "azure"]
    assert (azure["date"], azure["days"], azure["old"]) == ("2026-09-06", 60 + old, old)
    said = deploy("cost", "compare").out
    assert "by prices up to 2026-09-27 (aws), 2026-09-06 (azure)" in said
    assert ("days old; `deploy cost refresh` reads new ones" in said) == old


# ---- estimate and prices


def test_an_estimate_adds_up_and_says_where_prices_are_from() -> None:
    found = deploy("cost", "estimate", "-o", "json").json
    for of in ("run", "month"):
        lines = [line for line in found["cost"]["lines"] if line["of"] == of]
        assert sum(line["expected"] for line in lines) == pytest.approx(found["cost"][of]["expected"])
        assert all(line["price"]["source"] and line["price"]["date"] for line in lines)
    said = deploy("cost", "estimate").out
    assert "2 to 5 x" in said
    assert "[1] " in said


def test_an_estimate_of_this_machine_is_free() -> None:
    assert "nothing is to be paid" in deploy("cost", "estimate", "--provider", "local").out


def test_prices_are_browsed_by_card_region_use_and_name() -> None:
    said = deploy("cost", "prices", "--gpu", "H100", "--region", "eu*", "--top", "0", "-o", "json").json
    assert said["of"] == len(said["rows"]) > 0
    assert {row["machine"]["gpu"] for row in said["rows"]} <= {"H100", "H100-MEGA", "H100-NVL"}
    assert all(row["region"].startswith("eu") for row in said["rows"])
    amounts = [row["price"]["amount"] for row in said["rows"]]
    assert amounts == sorted(amounts)
    one = deploy(
        "cost", "prices", "--provider", "sagemaker", "--machine", "ml.g5.*", "--use", "serve", "-o", "json"
    ).json
    assert {(row["provider"], row["use"], row["machine"]["id"][:6]) for row in one["rows"]} == {
        ("aws", "serve", "ml.g5.")
    }
    assert "* not portable" in deploy("cost", "prices", "--gpu", "trainium").out


def test_every_price_of_the_catalogue_is_there() -> None:
    """Of each use that the service takes the machine for."""
    found = deploy("cost", "prices", "--top", "0", "-o", "csv").out
    uses = {(service, it.id): it.uses for service in facts.services() for it in facts.instances(service)}
    taken = [quote for quote in load().every() if quote.use in uses[quote.service, quote.instance]]
    assert len(list(csv.reader(io.StringIO(found)))) - 1 == len(taken)


def test_prices_need_no_spec(here: Path) -> None:
    (here / "deploy.yaml").unlink()
    assert deploy("cost", "prices", "--top", "3").code == 0


def test_what_an_estimate_does_not_know_is_told_with_its_reason_and_costs_no_column() -> None:
    tpu = ("--provider", "gcp", "--set", "gcp.train.machine_type=ct5lp-hightpu-4t")
    said = deploy("cost", "estimate", *tpu).out
    assert "Not known\n" in said
    assert "1 x ct5lp-hightpu-4t: no price of ct5lp-hightpu-4t for training in us-central1 is known" in said
    assert "/GB-hour" in said  # a reason in a cell would take the room of other columns
    assert "e+" not in deploy("cost", "estimate", *tpu, "--set", "train.max_runtime=20d").out


def test_an_estimate_that_holds_all_has_nothing_unknown() -> None:
    assert "Not known" not in deploy("cost", "estimate").out


def test_spaces_between_regions_are_none_of_their_names() -> None:
    assert sorted(names(compared("--regions", " us-east-1 , eu-west-1,"))) == ["aws eu-west-1", "aws us-east-1"]


# ---- what a reader could take for something else


def test_where_nothing_fits_is_told_and_is_no_question_of_money(here: Path) -> None:
    (here / "deploy.yaml").write_text(GPU.replace("[L4, T4]", "L4") + "budget: {month: 1 USD}\n")
    (here / "serve.py").touch()
    (here / "weights").mkdir()
    (here / "weights" / "w").touch()
    found = {target["provider"]: target for target in compared()["targets"]}
    assert found["azure"]["serve"]["machine"] is None
    assert [why[:36] for why in found["azure"]["why_not"]] == ["no Azure ML machine has 1 x L4; the "]
    assert found["gcp"]["why_not"][0].startswith("budget.month allows")
    assert "; nothing fits on azure eastus" in deploy("cost", "compare").out
    assert deploy("plan", "--provider", "azure").code == 0  # a budget cannot be held against nothing
    assert deploy("plan").code == 4


def test_a_price_that_nobody_knows_is_told_once(here: Path) -> None:
    (here / "deploy.yaml").write_text(SPEC + "budget: {run: 9 USD}\ngcp: {train: {machine_type: ct5lp-hightpu-4t}}\n")
    (target,) = compared("--provider", "gcp")["targets"]
    assert sum("no price of ct5lp-hightpu-4t" in why for why in target["why_not"]) == 1


def test_what_is_wrong_in_an_own_price_is_told_where_clouds_are_compared(here: Path) -> None:
    (here / "deploy.yaml").write_text(SPEC + "prices: {file: our.yaml}\n")
    (here / "our.yaml").write_text("date: 2026-11-01\nprices: [{provider: aws, instance: ml.c5.larg, amount: 1 USD}]\n")
    assert "did you mean ml.c5.large?" in " ".join(deploy("cost", "compare").out.split())


def test_the_most_is_marked_as_what_is_expected_is() -> None:
    azure = next(
        line
        for line in deploy("cost", "compare", "--top", "9").out.splitlines()
        if "Standard_F" in line and "2 x" in line
    )
    assert azure.count("+") == 2


def test_what_a_table_does_not_show_is_not_explained() -> None:
    comment = deploy("cost", "compare", "-o", "markdown").out
    assert "| A run | At most | Serve on | An hour | A month | At most |" in comment
    assert "spot:" not in comment


def test_the_own_target_is_marked_where_it_cannot_run(here: Path) -> None:
    (here / "deploy.yaml").write_text(SPEC + "budget: {month: 1 USD}\n")
    assert "| **aws us-east-1** (the spec’s own) ✗ |" in deploy("cost", "compare", "-o", "markdown").out


def test_a_csv_has_its_header_where_it_has_no_row_and_the_source_of_each_price() -> None:
    empty = deploy("cost", "prices", "--machine", "none*", "-o", "csv").out
    assert empty.startswith("provider,region,use,machine,")
    assert empty.splitlines()[0] == deploy("cost", "prices", "--top", "1", "-o", "csv").out.splitlines()[0]
    assert deploy("cost", "estimate", "--provider", "local", "-o", "csv").out.startswith("of,part,what,")
    assert "no price of such a machine is known" in deploy("cost", "prices", "--machine", "none*").out
    for row in csv.DictReader(io.StringIO(deploy("cost", "compare", "-o", "csv").out)):
        assert all(row[f"{use}_{what}"] for use in ("train", "serve") for what in ("source", "date"))


def test_an_old_price_of_a_service_with_newer_ones_is_told(here: Path) -> None:
    said = "its price is of 2025-11-04; `deploy cost refresh` reads new ones"
    assert said in compared("--provider", "aws", "--region", "eu-west-1")["targets"][0]["notes"]
    assert not any("its price is of" in note for note in compared("--provider", "aws")["targets"][0]["notes"])
    (here / "deploy.yaml").write_text(SPEC + "prices: {file: our.yaml}\n")
    (here / "our.yaml").write_text("date: 2025-01-01\nprices: [{provider: aws, instance: '*', amount: 1 USD}]\n")
    own = compared("--provider", "aws", "--region", "eu-west-1")["targets"][0]["notes"]
    assert not any("its price is of" in note for note in own)  # when it was agreed is no age


# ---- bad input


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "--regions", "us-esat-1"], "did you mean 'us-east-1'?"),
        (["compare", "--regions", "all,mars-*"], "no region that prices are known of is named like that (got 'mars-*')"),
        (["compare", "--gpu", "L44"], "did you mean 'L4'?"),
        (["compare", "--gpu", "TRAINIUM"], "code must be written for it"),
        (["compare", "--gpu", "L4"], "no part of the spec asks for a GPU"),
        (["compare", "--provider", "local"], "no prices are known of it"),
        (["compare", "--provider", "awz"], "did you mean 'aws'?"),
        (["compare", "--sort", "price"], "'price' is not one of"),
        (["compare", "--top", "0"], "0 is not in the range"),
        (["prices", "--gpu", "H10O"], "did you mean 'H100'?"),
        (["prices", "--region", "eu-wset-1"], "did you mean 'eu-west-1'?"),
        (["prices", "--provider", "azur"], "did you mean 'azure'?"),
        (["prices", "--output", "html"], "'html' is not one of"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_what_was_meant(words: list[str], said: str) -> None:
    found = deploy("cost", *words)
    assert (found.code, found.out) == (2, "")
    assert said in " ".join(found.err.split())


def test_a_region_of_the_spec_that_nobody_has_prices_of_is_told() -> None:
    said = " ".join(deploy("cost", "compare", "--provider", "aws", "--region", "eu-wset-1").out.split())
    assert "no price at all is known in eu-wset-1; did you mean eu-west-1?" in said
    assert "0 USD" not in said


def test_the_spec_s_own_provider_is_told_where_it_has_no_prices(here: Path) -> None:
    (here / "deploy.yaml").write_text(SPEC.replace("provider: aws", "provider: local"))
    found = compared()
    assert len(found["targets"]) == 3
    assert found["notes"] == ["the spec's own provider, local, has no list prices and is not compared"]
    assert not any(target["chosen"] for target in found["targets"])


def test_what_is_wrong_on_every_cloud_is_an_error(here: Path) -> None:
    (here / "deploy.yaml").write_text(SPEC + "foundation: {file: nowhere.json}\n")
    found = deploy("cost", "compare")
    assert (found.code, found.out) == (2, "")
    assert "nowhere.json is not there" in found.err


@pytest.mark.parametrize("verb", ["compare", "estimate", "prices"])
def test_a_broken_price_file_is_told_with_line_and_column(here: Path, verb: str) -> None:
    (here / "mine.yaml").write_text(
        "date: 2026-11-01\nprices:\n  - {provider: aws, instance: ml.m5.large, amount: cheap}\n"
    )
    (here / "deploy.yaml").write_text(SPEC + "prices: {file: mine.yaml}\n")
    found = deploy("cost", verb)
    assert found.code == 2
    assert "mine.yaml:3:" in found.err
    problem = deploy("cost", verb, "-o", "json").json["problems"][0]
    assert (problem["line"], problem["column"] > 0) == (3, True)


def test_an_output_that_a_verb_has_not_is_refused_before_the_verb_too() -> None:
    found = deploy("--output", "html", "plan")
    assert found.code == 2
    assert "answers as table, json, ndjson" in found.err


# ---- what it takes


def test_nothing_heavy_is_loaded_and_nobody_is_called() -> None:
    code = (
        "import sys, json, socket\n"
        "def refuse(*_): raise AssertionError('a connection')\n"
        "socket.socket.connect = refuse\nfrom tradewind.cli.main import main\n"
        "try:\n    main('cost compare --regions all -o html'.split(), prog_name='deploy')\nexcept SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    heavy = {
        "rich",
        "aiohttp",
        "numpy",
        "boto3",
        "botocore",
        "google.cloud",
        "azure.ai",
        "psutil",
        "asyncio",
        "requests",
    }
    assert not loaded & heavy
    assert "tradewind.engine.runs" not in loaded


@pytest.mark.parametrize("verb", ["compare", "estimate"])
def test_no_emulated_account_is_made_for_a_price(verb: str, guarded_environment: Path) -> None:
    assert deploy("cost", verb, "--sandbox").code == 0
    assert not (guarded_environment / "sandbox").exists()


# ---- the same as a plan


@pytest.mark.parametrize("spec", [SPEC, GPU, SPEC + "prices: {discount: {gcp: 10%}}\n"], ids=["cpu", "gpu", "discount"])
def test_a_comparison_says_what_the_plans_say(here: Path, spec: str) -> None:
    (here / "deploy.yaml").write_text(spec)
    (here / "train.py").touch()
    (here / "serve.py").touch()
    (here / "weights").mkdir()
    (here / "weights" / "model.pt").write_bytes(b"x")
    plans = {plan["provider"]: plan for plan in deploy("plan", "--all", "--output", "json").json["plans"]}
    rows = {target["provider"]: target for target in compared()["targets"]}
    assert set(rows) == {"aws", "azure", "gcp"}
    for name, row in rows.items():
        plan = plans[name]
        assert plan["region"] == row["region"]
        assert plan["machine"] == (row["serve"]["machine"] or plan["machine"])
        assert (plan["cost"]["after"], plan["cost"]["month"]) == (row["serve"]["hour"], row["serve"]["amount"])
        if row["train"]:
            assert plan["train_machine"] == row["train"]["machine"]
            assert (plan["cost"]["train"], plan["cost"]["run"]) == (row["train"]["hour"], row["train"]["amount"])
        assert [loss for loss in plan["losses"] if not loss["fatal"]] == row["lost"] or not row["serve"]["machine"]
    said = deploy("plan", "--all").out
    assert all(f"({name} {row['region']})" in said for name, row in rows.items())
