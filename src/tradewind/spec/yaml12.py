"""YAML text to a tree of nodes: PyYAML's parser, YAML 1.2's core schema, and limits that no honest file meets.

The parser's events are composed here rather than by PyYAML, because a composer of its own recursion would fall to deep nesting,
expand aliases without bound and take the last of two equal keys.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from tradewind.errors import Problem, SpecError
from tradewind.spec.nodes import Dict, Float, Int, Mark, Node, Scalar, Sequence
from tradewind.spec.secretive import shown

MAX_BYTES = 256 * 1024  # a deploy.yaml is a few kB
MAX_NODES = 5_000  # after aliases were expanded
MAX_DEPTH = 40
MAX_DIGITS = 40

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
# Infinity and not-a-number stay texts: nothing here could mean them.
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_TAGS = (None, "!", "tag:yaml.org,2002:str")
_GROUP_TAGS = (None, "!", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


class _Wrong(Exception):
    def __init__(self, message: str, mark: Mark, *, value: str = "", suggestion: str = "") -> None:
        self.problem = Problem("", message, mark.file, mark.line, mark.column, value, suggestion)


def parse(text: str | bytes, name: str) -> tuple[Dict, list[Problem]]:
    """The one document of the file, which must be a mapping, and the keys that stand twice (the first one counts).

    Raises SpecError with the first thing that is not YAML.
    """
    try:
        composer = _Composer(_decoded(text, name), name)
        root = composer.document()
    except _Wrong as wrong:
        raise SpecError([wrong.problem]) from None
    except yaml.YAMLError as error:
        raise SpecError([_syntax(error, name)]) from None
    except RecursionError:
        raise SpecError([Problem("", "nested too deeply", name)]) from None
    return root, composer.problems


def value(text: str, mark: Mark) -> Node:
    """One value written outside of a file (`--set a.b=VALUE`); every mark in it is `mark`."""
    try:
        composer = _Composer(_decoded(text, mark.file), mark.file, mark)
        node = composer.one()
    except _Wrong as wrong:
        raise SpecError([wrong.problem]) from None
    except yaml.YAMLError as error:
        raise SpecError([replace(_syntax(error, mark.file), line=0, column=0)]) from None
    if composer.problems:
        raise SpecError(composer.problems)
    return node


def one(text: str, mark: Mark) -> Scalar:
    """One plain scalar written outside of a file, whatever characters it holds. Raises SpecError for what is no text."""
    try:
        text = _decoded(text, mark.file)
    except _Wrong as wrong:
        raise SpecError([replace(wrong.problem, line=0, column=0)]) from None
    return Scalar(scalar(text), text, mark)


def scalar(text: str) -> Any:
    """A plain scalar by the core schema: null, bool, Int, Float, else the text. `on`, `no` and `12:30` stay text."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        whole = Int(int(text[2:] if base != 10 else text, base)) if len(text) <= MAX_DIGITS else None
        if whole is None:
            return text
        whole.text = text
        return whole
    if _FLOAT.fullmatch(text):
        number = Float(text)
        number.text = text
        return number if math.isfinite(number) else text
    return text


def _decoded(data: str | bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise _Wrong(f"is too large for a deploy.yaml (at most {MAX_BYTES:,} bytes)", Mark(name))
    if isinstance(data, bytes):
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _Wrong("is UTF-16; save it as UTF-8", Mark(name, 1, 1))
        try:
            data = data.decode("utf-8")
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            line, column = before.count(0x0A) + 1, error.start - before.rfind(0x0A)
            message = f"is not UTF-8 (byte 0x{error.object[error.start]:02x}); save the file as UTF-8"
            raise _Wrong(message, Mark(name, line, column)) from None
    elif (half := _SURROGATE.search(data)) is not None:
        raise _Wrong(f"is not text: character {half.start() + 1} is half of one", Mark(name))
    if (control := _CONTROL.search(data)) is not None:
        line, column = data.count("\n", 0, control.start()) + 1, control.start() - data.rfind("\n", 0, control.start())
        raise _Wrong(f"holds a control character (U+{ord(control.group()):04X})", Mark(name, line, column))
    return data.removeprefix("\ufeff")


class _Composer:
    def __init__(self, text: str, name: str, fixed: Mark | None = None) -> None:
        self.name = name
        self.fixed = fixed
        self.events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.open: set[str] = set()
        self.count = 0
        self.problems: list[Problem] = []

    def document(self) -> Dict:
        next(self.events)  # the stream's start
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise _Wrong("is empty; `deploy init` writes one to start from", Mark(self.name, 1, 1))
        root = self.node(next(self.events), 0)
        next(self.events)  # the document's end
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise _Wrong("has a second document (---); a deploy.yaml is one", self.mark(event))
        if isinstance(root, Dict):
            return root
        if isinstance(root, Scalar) and root.value is None:
            raise _Wrong("is empty; `deploy init` writes one to start from", Mark(self.name, 1, 1))
        kind = "a list" if isinstance(root, Sequence) else "a single value"
        raise _Wrong(f"must be keys and values (name: ...), but is {kind}", root.mark)

    def one(self) -> Node:
        """A document of any kind; nothing at all is null."""
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            return Scalar(None, "", self.fixed or Mark(self.name))
        node = self.node(next(self.events), 0)
        next(self.events)
        if not isinstance(next(self.events), yaml.StreamEndEvent):
            raise _Wrong("is more than one value", self.fixed or Mark(self.name))
        return node

    def mark(self, event: Any) -> Mark:
        if self.fixed:
            return self.fixed
        return Mark(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def node(self, event: Any, depth: int) -> Node:
        mark = self.mark(event)
        self.grow(1, mark)
        if depth > MAX_DEPTH:
            raise _Wrong(f"is nested deeper than {MAX_DEPTH} levels", mark)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, mark)
        before, anchor = self.count, event.anchor
        if anchor:
            self.open.add(anchor)
        if isinstance(event, yaml.ScalarEvent):
            node: Node = self.scalar(event, mark)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.refuse_tag(event, mark)
            node = self.sequence(mark, depth)
        else:
            self.refuse_tag(event, mark)
            node = self.mapping(mark, depth)
        if anchor:
            self.open.discard(anchor)
            self.anchors[anchor] = (node, self.count - before + 1)
        return node

    def grow(self, by: int, mark: Mark) -> None:
        self.count += by
        if self.count > MAX_NODES:
            raise _Wrong(f"holds more than {MAX_NODES:,} values once its aliases (*name) are written out", mark)

    def alias(self, event: Any, mark: Mark) -> Node:
        if event.anchor in self.open:
            raise _Wrong(f"*{shown(event.anchor)} stands inside of what it names", mark)
        if event.anchor not in self.anchors:
            raise _Wrong(f"*{shown(event.anchor)} names no anchor (&{shown(event.anchor)}) above it", mark)
        node, size = self.anchors[event.anchor]
        self.grow(size, mark)
        return node

    def scalar(self, event: Any, mark: Mark) -> Scalar:
        plain = bool(event.implicit[0]) and not event.style
        if event.tag not in _TAGS:
            raise _Wrong(f"the tag {shown(event.tag)} is not used here", mark)
        value = scalar(event.value) if plain else event.value
        return Scalar(value, event.value, mark, plain)

    def refuse_tag(self, event: Any, mark: Mark) -> None:
        if event.tag not in _GROUP_TAGS:
            raise _Wrong(f"the tag {shown(event.tag)} is not used here", mark)

    def sequence(self, mark: Mark, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Sequence(tuple(items), mark)

    def mapping(self, mark: Mark, depth: int) -> Dict:
        items: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        merged: list[Dict] = []
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key_mark = self.mark(event)
            key = self.key(event, key_mark)
            value = self.node(next(self.events), depth + 1)
            if key == "<<" and not event.style:
                merged.extend(self.merge(value))
                continue
            if key in items:
                message = f"the key {shown(key)!r} stands here twice (first on line {keys[key].line})"
                self.problems.append(_Wrong(message, key_mark).problem)
                continue
            items[key], keys[key] = value, key_mark
        for base in merged:  # the file's own keys win, then the earlier of the merged
            for key, value in base.items.items():
                if key not in items:
                    items[key], keys[key] = value, base.keys[key]
        return Dict(items, mark, keys)

    def key(self, event: Any, mark: Mark) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _Wrong("a key must be a text; did you mean to quote ${...} or {...}?", mark)
        self.grow(1, mark)
        return str(event.value)

    def merge(self, value: Node) -> list[Dict]:
        found = list(value.items) if isinstance(value, Sequence) else [value]
        for node in found:
            if not isinstance(node, Dict):
                raise _Wrong("<< takes a mapping (*name) or a list of them", node.mark)
        return [node for node in found if isinstance(node, Dict)]


def _syntax(error: yaml.YAMLError, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).splitlines()[0]
    return Problem("", f"is not YAML: {_in_words(shown(said, 200))}", name, line, column)


def _in_words(said: str) -> str:
    if "cannot start any token" in said:
        return (
            "a tab or a reserved character (@ ` %) stands where a value begins; indent with spaces, or quote the value"
        )
    if "',' or '}'" in said:
        return f"{said}; inside of {{...}} a ${{VAR}} must be quoted"
    if "mapping values are not allowed" in said:
        return "a second ': ' on one line; quote the value, or check the indentation"
    return said
