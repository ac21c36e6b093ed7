"""The rules of composite alarms: ALARM, OK and INSUFFICIENT_DATA of other alarms, TRUE, FALSE, AND, OR, NOT, brackets.

Source: "PutCompositeAlarm", AlarmRule. AT_LEAST is not emulated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s()\"']+))\s*\)|(TRUE|FALSE)|(AND|OR|NOT)\b|([()]))"
)
Test = Callable[[Mapping[str, str]], bool]  # of the states by alarm


class Unclear(Exception):
    """A rule that CloudWatch would refuse, or that this emulator does not know."""


@dataclass(frozen=True)
class Rule:
    """`alarms` are the names that it asks for."""

    alarms: tuple[str, ...]
    holds: Test


def parsed(text: str) -> Rule:
    """Raises Unclear."""
    reader = _Reader(text)
    test = reader.any()
    if reader.tokens:
        raise Unclear(f"'{reader.tokens[0][0]}' stands where nothing is expected")
    return Rule(tuple(dict.fromkeys(reader.alarms)), test)


def named(text: str) -> str:
    """The name in an alarm's ARN; a name is itself."""
    return text.partition(":alarm:")[2] if text.startswith("arn:") else text


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []  # a word, and the alarm that it is about
        self.alarms: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            token = TOKEN.match(text, position)
            if token is None:
                raise Unclear(f"'{text[position:].strip()[:40]}' is not understood")
            state, double, single, bare, constant, word, bracket = token.groups()
            self.tokens.append((state or constant or word or bracket, named(double or single or bare or "")))
            position = token.end()

    def any(self) -> Test:
        tests = [self._all()]
        while self._comes("OR"):
            tests.append(self._all())
        return lambda states: any(test(states) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._comes("AND"):
            tests.append(self._one())
        return lambda states: all(test(states) for test in tests)

    def _one(self) -> Test:
        if not self.tokens:
            raise Unclear("the rule ends too early")
        word, name = self.tokens.pop(0)
        if word == "NOT":
            inner = self._one()
            return lambda states: not inner(states)
        if word == "(":
            within = self.any()
            if not self._comes(")"):
                raise Unclear("a bracket is not closed")
            return within
        if word in ("TRUE", "FALSE"):
            return lambda _: word == "TRUE"
        if not name:
            raise Unclear(f"'{word}' stands where nothing is expected")
        self.alarms.append(name)
        return lambda states: states.get(name) == word

    def _comes(self, word: str) -> bool:
        there = bool(self.tokens) and self.tokens[0][0] == word
        if there:
            self.tokens.pop(0)
        return there
