"""Units as people write them: durations, sizes, money, percents. Parsing, formatting, and the pattern of each.

Every parser takes the text and raises `UnitError` with an example in the message and, where one is likely, what was meant.
Formatting is the inverse: `parse(format(value)) == value`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple


class UnitError(ValueError):
    """`message` says how the unit is written; `suggestion` is what was probably meant, or empty."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


class Amount(NamedTuple):
    """Money: a decimal amount in one currency (ISO 4217 code)."""

    amount: Decimal
    currency: str


_NUMBER = r"[0-9]{1,7}(\.[0-9]{1,3})?"
_DURATION = rf"(?=[0-9])({_NUMBER}d)?({_NUMBER}h)?({_NUMBER}m(?!s))?({_NUMBER}s)?({_NUMBER}ms)?"
DURATION = rf"^{_DURATION}$"
POSITIVE_DURATION = rf"^(?=.*[1-9]){_DURATION}$"
_SIZE = r"[0-9]{1,16}(\.[0-9]{1,3})?(B|[kK]B|MB|GB|TB|KiB|MiB|GiB|TiB)"
SIZE = rf"^(?=.*[1-9]){_SIZE}$"
SIZE_OR_MORE = rf"^(?=.*[1-9]){_SIZE}\+?$"
PERCENT = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%$"
MONEY = r"^[0-9]{1,9}(\.[0-9]{1,4})? ?[A-Z]{3}$"
CPUS = r"^(?=.*[1-9])[0-9]{1,4}(\.[0-9]{1,3})?\+?$"

_DURATION_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_SIZE_UNITS = {
    "TiB": 2**40,
    "GiB": 2**30,
    "MiB": 2**20,
    "KiB": 2**10,
    "TB": 10**12,
    "GB": 10**9,
    "MB": 10**6,
    "kB": 10**3,
    "KB": 10**3,
    "B": 1,
}

_LONGEST = 40  # no unit is written longer, and guessing at more would only take time

_SAID_DURATION = "a duration is written like 90s, 5m, 2h, 1d, 1h30m or 500ms"
_SAID_SIZE = "a size is written like 6MB (millions of bytes) or 16GiB (powers of 1024)"
_SAID_PERCENT = "a percentage is written like 1% or 0.5%, from 0% to 100%"
_SAID_MONEY = "an amount of money is written like 20 USD or 12.50 EUR"
_SAID_CPUS = "a number of CPUs is written like 4, 4+ or 0.5"


def duration(text: str, *, positive: bool = False) -> timedelta:
    """`90s 5m 2h 1d 1h30m 500ms`, largest unit first. `positive` refuses a length of zero."""
    if len(text) > _LONGEST or not re.search(DURATION, text):
        raise UnitError(_SAID_DURATION, _guess_duration(text))
    if positive and not re.search(POSITIVE_DURATION, text):
        raise UnitError("must be longer than 0s")
    total = sum(
        (Decimal(number) * _DURATION_UNITS[unit] for number, unit in re.findall(r"([0-9.]+)(ms|[dhms])", text)),
        Decimal(0),
    )
    return timedelta(microseconds=int(total * 1000))


def format_duration(value: timedelta) -> str:
    """Exact to the millisecond, largest units first; `0s` for nothing."""
    left, parts = value // timedelta(milliseconds=1), []
    for unit, size in _DURATION_UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def size(text: str, *, or_more: bool = False) -> int:
    """Bytes. MB and MiB are different. `or_more` allows the trailing + of a need, which changes nothing."""
    if len(text) > _LONGEST or not re.search(SIZE_OR_MORE if or_more else SIZE, text):
        raise UnitError(_SAID_SIZE, _guess_size(text, or_more))
    number, unit = re.findall(r"([0-9.]+)([A-Za-z]+)", text)[0]
    return int(Decimal(number) * _SIZE_UNITS[unit])


def format_size(value: int) -> str:
    """Exact: the largest unit, of 1024 or of 1000, that divides the number of bytes."""
    for unit, factor in _SIZE_UNITS.items():
        if value >= factor and value % factor == 0:
            return f"{value // factor}{unit}"
    return f"{value}B"


def percent(text: str) -> float:
    """`1%` is 0.01."""
    if len(text) > _LONGEST or not re.search(PERCENT, text):
        raise UnitError(_SAID_PERCENT, _guess_percent(text))
    return float(Decimal(text.strip().rstrip("%")) / 100)


def format_percent(value: float) -> str:
    return f"{(Decimal(repr(value)) * 100).normalize():f}%"


def money(text: str) -> Amount:
    """`20 USD`: a decimal amount and a currency's three letters."""
    if len(text) > _LONGEST or not re.search(MONEY, text):
        raise UnitError(_SAID_MONEY, _guess_money(text))
    text = text.strip()
    return Amount(Decimal(text[:-3].rstrip()), text[-3:])


def format_money(amount: Decimal, currency: str) -> str:
    return f"{amount:f} {currency}"


def cpus(text: str) -> float:
    """At least so many: `4` means exactly or more, as `4+` does."""
    if len(text) > _LONGEST or not re.search(CPUS, text):
        raise UnitError(_SAID_CPUS, _guess_cpus(text))
    return float(text.strip().rstrip("+"))


def format_cpus(value: float) -> str:
    return f"{value:g}+"


# What was probably meant: only ever a suggestion, and only one that parses.

_WORDS = {
    "ms": "ms|msec|msecs|millis|milliseconds?",
    "s": "s|secs?|seconds?",
    "m": "m|mins?|minutes?",
    "h": "h|hrs?|hours?",
    "d": "d|days?",
}


def _guess_duration(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    if re.fullmatch(_NUMBER, text):
        return f"{text}s"
    found = re.findall(r"([0-9.]+)\s*([A-Za-z]+)", text)
    units = [next((u for u, words in _WORDS.items() if re.fullmatch(words, word.lower())), None) for _, word in found]
    guess = "".join(f"{number}{unit}" for (number, _), unit in zip(found, units, strict=True))
    return guess if found and None not in units and re.search(DURATION, guess) else ""


def _guess_size(text: str, or_more: bool) -> str:
    if len(text) > _LONGEST:
        return ""
    match = re.fullmatch(r"([0-9.]+)\s*([A-Za-z]*)\s*(\+?)", text)
    if not match:
        return ""
    number, unit, more = match.groups()
    same = next((u for u in _SIZE_UNITS if u.lower() == unit.lower()), None)
    longer = {"": "GiB", "k": "KiB", "m": "MiB", "g": "GiB", "t": "TiB"}.get(
        unit.lower().removesuffix("i")  # Kubernetes writes 16Gi
    )
    guess = f"{number}{same or longer}{more if or_more else ''}"
    return guess if (same or longer) and re.search(SIZE_OR_MORE, guess) else ""


def _guess_percent(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    if re.fullmatch(r"0?\.[0-9]{1,4}", text):
        return format_percent(float(text))
    guess = f"{text.rstrip('%').strip()}%"
    return guess if re.search(PERCENT, guess) else ""


_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}


def _guess_money(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    number = re.search(r"[0-9]+(\.[0-9]{1,4})?", text)
    code = re.search(r"[A-Za-z]{3}", text)
    if not number:
        return ""
    currency = code.group().upper() if code else next((c for s, c in _SIGNS.items() if s in text), "USD")
    guess = f"{number.group()} {currency}"
    return guess if re.search(MONEY, guess) else ""


def _guess_cpus(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    if re.fullmatch(r"[0-9]{1,7}m", text):  # Kubernetes' millicores
        guess = f"{Decimal(text[:-1]) / 1000:f}"
        return guess if re.search(CPUS, guess) else ""
    number = re.search(r"[0-9]+(\.[0-9]+)?", text)
    return number.group() if number and not text.startswith("-") and re.search(CPUS, number.group()) else ""
