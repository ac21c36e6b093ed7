"""Names and labels: everything that we make fits, and no two of them become one."""

from __future__ import annotations

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from tradewind.engine import names as ours
from tradewind.engine.session import Identity
from tradewind.providers.gcp import names

ENDPOINT_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")  # CreateEndpointRequest.endpoint_id
NAMES = string.ascii_letters + string.digits + "_.-"  # of projects and environments
LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
said = st.text(NAMES, min_size=1, max_size=80).filter(lambda name: name[0].isalnum())
text = st.text(max_size=90)


@given(said, said)
def test_a_name_fits_and_differs_where_the_identity_does(project: str, environment: str) -> None:
    identity = Identity(project, environment, "gcp", "us-central1", "me", ())
    for name in (
        ours.endpoint_name(identity, names.TRAITS),
        ours.job_name(identity, "sha256:" + "ab" * 32, 3, names.TRAITS),
    ):
        assert ENDPOINT_ID.fullmatch(name)
        assert names.fits(name)
        assert LABEL_VALUE.fullmatch(name), "a job is found again by its label"


def test_names_that_do_not_fit() -> None:
    for name in ("", "1a", "-a", "a-", "A", "a_b", "a.b", "a" * 64):
        assert not names.fits(name)
    assert names.fits("a" * 63)


@given(st.dictionaries(text, text, max_size=5))
def test_labels_hold_what_labels_can(tags: dict[str, str]) -> None:
    made = names.labels(tags)
    assert len(made) == len(tags), "two tags became one"
    assert all(LABEL_KEY.fullmatch(key) for key in made)
    assert all(LABEL_VALUE.fullmatch(value) for value in made.values())
    assert names.labels(tags) == made


@given(text, text)
def test_two_values_stay_two(one: str, other: str) -> None:
    made = [names.labels({"k": value})["k"] for value in (one, other)]
    assert (made[0] == made[1]) == (one == other)


def test_labels_stay_readable() -> None:
    tags = {"team": "growth", "cost-center": "4711", "tradewind-project": "churn"}
    assert names.labels(tags) == tags
    made = names.labels({"Team": "Jane Doe", "2nd": "x"})
    assert sorted(made.values())[0].startswith("jane-doe-")
    assert sorted(made)[0].startswith("t-2nd-")
