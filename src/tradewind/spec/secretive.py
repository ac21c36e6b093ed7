"""What an error may show. Values whose name looks like a secret's are neither accepted in the file nor repeated."""

from __future__ import annotations

import re


def _any_case(word: str) -> str:
    """A pattern for any case that JSON Schema's dialect of regular expressions knows too."""
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in word)


def _any_of(*words: str) -> str:
    return "|".join(map(_any_case, words))


_ENDS = _any_of("TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "SECRETS", "CREDENTIAL", "CREDENTIALS", "APIKEY")
_WORDS = _any_of("KEY", "KEYS")  # whole words only: MONKEY is none
_TAILS = _any_of("PWD", "PASS", "AUTH")  # PWD alone is the shell's folder
SECRET_NAME = rf"({_ENDS}|(^|_)({_WORDS})|_({_TAILS}))$"
_SECRET = re.compile(SECRET_NAME)
_LOGIN = re.compile(r"://[^/@\s]+@")
HIDDEN = "***"


def looks_secret(name: str) -> bool:
    """By the end of the name, words split by _, - or a dot: HF_TOKEN, db-password, api_key."""
    return bool(_SECRET.search(re.sub(r"[-.]", "_", name)))


def shown(text: str, longest: int = 60) -> str:
    """For people, on one line: a file cannot write to a terminal's controls, nor fill it. Logins in addresses are hidden."""
    text = _LOGIN.sub(f"://{HIDDEN}@", text)
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
