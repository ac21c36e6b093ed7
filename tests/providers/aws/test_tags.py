"""Tags as SageMaker takes them, and as they come back."""

from __future__ import annotations

import re

import pytest

from tradewind.providers.aws import tags


@pytest.mark.parametrize("text", ["plain", "Équipe naïve 日本", "a=b", "sha256:1a2b", "a@b.c", "x/y+z_1-2", ""])
def test_what_sagemaker_takes_stays_as_it_is(text: str) -> None:
    assert tags.escaped(text) == text


@pytest.mark.parametrize(
    "text", ["🚀", "it's, well", "=1F680=", "==3D==", "=", "a=1=🚀", "tab\tnew\nline", "e\u0301", "a==1F680==b"]
)
def test_everything_comes_back_as_it_was(text: str) -> None:
    written = tags.escaped(text)
    assert tags.plain(written) == text
    # SageMaker's own pattern, with Python's nearest words for \p{L}\p{N} and \p{Z}
    assert re.fullmatch(r"[\w .:/=+\-@]*", written)


def test_no_two_texts_become_one() -> None:
    texts = ["🚀", "=1F680=", "=3D=1F680=3D=", "==1F680==", "=3D=", "="]
    assert len({tags.escaped(text) for text in texts}) == len(texts)


def test_there_and_back() -> None:
    said = {"team": "Équipe naïve 日本 🚀", "it's": "here"}
    assert tags.mapping([*tags.pairs(said), {"Key": "aws:cloudformation:stack", "Value": "s"}]) == said
