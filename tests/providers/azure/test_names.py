"""Names and tags: everything that we make fits, and no two of them become one."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.engine import names as ours
from tradewind.engine.session import Identity
from tradewind.providers.azure import names, tags

JOB_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}")  # JobsOperations.create_or_update
NAMES = string.ascii_letters + string.digits + "_.-"  # of projects and environments
said = st.text(NAMES, min_size=1, max_size=80).filter(lambda name: name[0].isalnum())


def allowed(name: str) -> bool:
    """By the words of "Manage resources and quotas": 3 to 32, a letter first, letters, digits and single dashes."""
    plain = all(char in string.ascii_letters + string.digits + "-" for char in name)
    return 3 <= len(name) <= 32 and name[0].isalpha() and plain and "--" not in name and not name.endswith("-")


@given(said, said)
def test_a_name_fits(project: str, environment: str) -> None:
    identity = Identity(project, environment, "azure", "westeurope", "me", ())
    endpoint = ours.endpoint_name(identity, names.TRAITS)
    assert allowed(endpoint)
    assert names.fits(endpoint)
    assert JOB_ID.fullmatch(ours.job_name(identity, "sha256:" + "ab" * 32, 3, names.TRAITS))


@given(said, said, said, said)
def test_two_identities_have_two_names(project: str, environment: str, other: str, another: str) -> None:
    one, two = (Identity(*who, "azure", "westeurope", "me", ()) for who in ((project, environment), (other, another)))
    for name in (ours.endpoint_name, lambda it, traits: ours.job_name(it, "sha256:" + "ab" * 32, 1, traits)):
        same = name(one, names.TRAITS) == name(two, names.TRAITS)
        assert same == ((project, environment) == (other, another))


@given(st.text(string.ascii_lowercase + string.digits + "-_A", min_size=0, max_size=40))
def test_what_fits_is_what_microsoft_allows(name: str) -> None:
    assert names.fits(name) == (allowed(name) and name == name.lower())


def test_names_that_do_not_fit() -> None:
    for name in ("", "ab", "1ab", "-ab", "ab-", "a--b", "a_b", "Abc", "a.b", "a" * 33, "abc\n"):
        assert not names.fits(name), name
    for name in ("abc", "a-b", "a" * 32, "a1-b2"):
        assert names.fits(name), name


def test_a_seat_is_a_deployment_and_back() -> None:
    for slot in ("a", "b"):
        assert names.fits(names.deployment(slot))
        assert names.slot(names.deployment(slot)) == slot
    assert names.slot("blue") is None
    assert names.slot("seat-") is None


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=5))
def test_tags_come_back_as_they_were(asked: dict[str, str]) -> None:
    made = tags.written(asked)
    assert len(made) == len(asked), "two tags became one"
    assert tags.read(made) == asked
    assert not any(set(name) & set("<>%&\\?/") for name in made)


@given(st.dictionaries(st.text("=2F/%a", max_size=12), st.just("x"), max_size=4))
def test_what_looks_like_an_escape_comes_back_too(asked: dict[str, str]) -> None:
    made = tags.written(asked)
    assert len(made) == len(asked), "two tags became one"
    assert tags.read(made) == asked


def test_plain_tags_stay_as_they_are() -> None:
    asked = {"team": "growth", "cost-center": "4711/9", "k=v": "Jane Doe"}
    assert tags.written(asked) == asked
    assert tags.written({"org/team": "x"}) == {"org=2F=team": "x"}
    assert tags.written({"org=2F=team": "x"}) == {"org=3D=2F=3D=team": "x"}


@pytest.mark.parametrize(
    ("asked", "same"),
    [({"Team": "", "team": "", "other": ""}, ("Team", "team")), ({"team": "", "teams": ""}, ())],
)
def test_names_that_are_one_name_to_azure(asked: dict[str, str], same: tuple[str, ...]) -> None:
    assert tags.clashing(asked) == same
