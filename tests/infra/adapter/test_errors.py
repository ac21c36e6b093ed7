"""Pulumi's failures as ours, from the words that its command line really says (v3.260)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import create_command_error

from tradewind.errors import Exit, SpecError, TradewindError
from tradewind.infra.adapter import errors, locks
from tradewind.infra.adapter.events import Seen
from tradewind.infra.adapter.hiding import Hiding
from tradewind.infra.results import Lock, Told

HELD = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock "
    "file with `pulumi cancel`.\n  file:///state/.pulumi/locks/organization/tradewind/dev/1f0c.json: "
    "created by ann@build-7 (pid 4711) at 2026-11-25T09:30:00Z"
)


def again(verb: str) -> str:
    return f"deploy infra {verb} --stack dev"


def told(stderr: str, *said: Told, stopped: bool = False, hiding: Hiding | None = None) -> TradewindError:
    seen = Seen(lambda _event: None, hiding or Hiding())
    seen.told += said
    error = create_command_error(CommandResult("", stderr, 255))
    return errors.told(error, seen, "up of stack dev", hiding or Hiding(), again=again, stopped=stopped)


def test_a_language_comes_with_pulumi_itself() -> None:
    found = told("error: no language plugin 'pulumi-language-nodejs' in the workspace or on your $PATH")
    assert (found.code, "plugin install" in found.hint) == ("TW812", False)


def test_what_failed_before_anything_began_is_not_told_to_go_on() -> None:
    assert told("error: read meta.yaml: Invalid region").hint == errors.UNBEGUN


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        ("error: no resource named 'urn:a' found", "--target"),
        ("error: Target 'urn:a' could not be found in the stack. Did you forget to escape $?", "--target or --replace"),
        ("error: a stack name cannot exceed 100 characters", "--stack"),
        ("error: a stack name may only contain alphanumeric, hyphens: invalid character 'x' at position 1", "--stack"),
        ("error: organization name must be 'organization'", "--stack"),
    ],
)
def test_a_slip_in_a_flag_is_a_slip(words: str, flag: str) -> None:
    found = told(words)
    assert isinstance(found, SpecError)
    assert found.problems[0].path == flag


def test_a_lock_says_whose_it_is_since_when_and_how_it_is_freed() -> None:
    found = told(HELD)
    assert (found.exit, found.code) == (Exit.LOCKED, "TW810")
    assert "ann@build-7 (pid 4711)" in found.message
    assert "2026-11-25 09:30:00" in found.message
    assert "deploy infra unlock --stack dev" in found.hint


@pytest.mark.parametrize(
    ("words", "code", "exit_"),
    [
        ("error: incorrect passphrase", "TW811", Exit.CREDENTIALS),
        ("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE", "TW811",
         Exit.CREDENTIALS),
        ("error: no resource plugin 'pulumi-resource-aws' found in the workspace at version v7.51.1", "TW812", Exit.FAILED),
        ("error: Could not automatically download and install resource plugin 'pulumi-resource-aws' at version v7.51.1, install"
         " the plugin using `pulumi plugin install resource aws v7.51.1`: failed all 5 attempts", "TW812", Exit.FAILED),
        ("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", "TW815",
         Exit.CREDENTIALS),
        ("error: failed to load checkpoint: EOF", "TW810", Exit.LOCKED),
        ("error: Target 'bucket' could not be found in the stack. Did you forget to escape $ in your shell?", "TW002",
         Exit.USAGE),
        ("error: something that nobody has seen before", "TW813", Exit.FAILED),
        ("error: [409] Conflict: Another update is currently in progress.", "TW810", Exit.LOCKED),
    ],
)  # fmt: skip
def test_what_the_command_line_says_decides_where_no_event_does(words: str, code: str, exit_: Exit) -> None:
    found = told(words)
    assert (found.code, found.exit) == (code, exit_)
    assert found.hint


def test_a_wrong_configuration_comes_back_as_it_was_told_by_our_program() -> None:
    said = "TW801: tradewind:regoin: is no key that is known here\ntradewind:region: is needed\n`pulumi config` shows what is set"
    found = told("error: update failed", Told("error", said))
    assert (found.exit, found.code) == (Exit.USAGE, "TW801")
    assert found.message.splitlines() == said.removeprefix("TW801: ").splitlines()[:2]
    assert found.hint == "`pulumi config` shows what is set"


def test_a_stop_is_no_failure() -> None:
    found = told("error: update canceled", stopped=True)
    assert (found.exit, found.code) == (Exit.INTERRUPTED, "TW816")


def test_no_secret_of_the_environment_is_in_a_failure() -> None:
    found = told("error: cannot reach https://sesame-1234@state", hiding=Hiding({"MY_TOKEN": "sesame-1234"}))
    assert "sesame-1234" not in f"{found.message} {found.said}"
    assert "[secret]" in found.message


def test_a_lock_in_words_without_an_owner_is_told_as_it_is() -> None:
    assert told("error: [409] Conflict: Another update is currently in progress.").said


@pytest.mark.parametrize("url", ["s3://acme-state/x", "gs://acme-state", "azblob://state", "file:///state"])
def test_each_bucket_says_whose_a_lock_is_in_the_same_words(url: str) -> None:
    key = ".pulumi/locks/organization/tradewind/dev/1f0c.json"
    found = locks.told(
        "error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock "
        f"file with `pulumi cancel`.\n  {url}/{key}?region=eu-west-1&awssdk=v2: created by ACME\\Ann Lee@build-7 (pid 4711)"
        f" at 2026-11-25T09:30:00+01:00\n  {url}/{key}2: created by bob@build-8 (pid 12) at 2026-11-25T09:31:00Z"
    )
    assert found.by == "ACME\\Ann Lee@build-7 (pid 4711)"
    assert found.since is not None
    assert found.since.utcoffset() == timedelta(hours=1)
    assert f"{url}/{key}: created by" in found.said
    assert "bob@build-8 (pid 12)" in found.said


@pytest.mark.parametrize("kind", ["Update", "Refresh"])
def test_pulumis_service_says_what_is_under_way(kind: str) -> None:
    said = (
        f"Current stack is prod:\n    Owner: acme\n    {kind} in progress:\n\tStarted: 5 minutes ago\n\tRequested By: alice\n"
        "    Pulumi version used: v3.260.0\n"
    )
    found = locks.of_service(said)
    assert found == Lock("alice", None, f"{kind} in progress, started 5 minutes ago by alice")
    assert locks.of_service("Current stack is prod:\n    Owner: acme\n    Last updated: 1 day ago\n") is None


def test_a_moment_with_nanoseconds_is_read() -> None:
    found = locks.told(HELD.replace("09:30:00Z", "09:30:00.123456789Z"))
    assert found.since == datetime(2026, 11, 25, 9, 30, 0, 123456, tzinfo=UTC)


def test_a_program_that_fell_over_is_told_by_its_last_words() -> None:
    trace = 'Traceback (most recent call last):\n  File "/x/run.py", line 95, in run\n    go()\n    ^^\n  File "y", line 1\n'
    said = f"an unhandled error occurred: no such zone\n{trace}Exception: no such zone"
    found = told(f"error: update failed\n{said}", Told("error", said))
    assert "Traceback" not in found.message
    assert "line 95" not in found.message
    assert found.message.count("Exception: no such zone") == 1
