"""Metric math, as far as alarms on endpoints need it: arithmetic, comparisons, AND and OR, IF, FILL, MIN, MAX, SUM, AVG, ABS.

Source: "Using math expressions with CloudWatch metrics". A time without a data point on either side has none in the result;
so has a division by zero.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Series = Mapping[float, float]  # by time
Value = float | Series | list["Value"]
Binary = Callable[[float, float], float | None]

TOKEN = re.compile(
    r"\s*(?:([a-z]\w*)|([A-Z][A-Z_0-9]*)|(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(&&|\|\||[=!<>]=|[-+*/^()<>,\[\]]))"
)
WORDS = {"AND": "and", "OR": "or", "&&": "and", "||": "or", "^": "**"}
REPEAT = "f_REPEAT"
OPERATORS: Mapping[type[ast.AST], Binary] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right if right else None,
    ast.Pow: lambda left, right: _power(left, right),
    ast.Lt: lambda left, right: float(left < right),
    ast.LtE: lambda left, right: float(left <= right),
    ast.Gt: lambda left, right: float(left > right),
    ast.GtE: lambda left, right: float(left >= right),
    ast.Eq: lambda left, right: float(left == right),
    ast.NotEq: lambda left, right: float(left != right),
    ast.And: lambda left, right: float(bool(left) and bool(right)),
    ast.Or: lambda left, right: float(bool(left) or bool(right)),
}
FOLDS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "MIN": min,
    "MAX": max,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}
ARITIES = {"IF": (2, 3), "FILL": (2, 2), "ABS": (1, 1), **dict.fromkeys(FOLDS, (1, 1))}


class NotEmulated(Exception):
    """An expression that CloudWatch may know and this emulator does not."""


@dataclass(frozen=True)
class Expression:
    """A tree of the few nodes that are allowed. `names` are the identifiers that it needs."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]

    def series(self, known: Mapping[str, Value], times: Sequence[float]) -> Series:
        """At each of the times, where there is a value; a bare number is one at every time."""
        found = _value(self.tree, known, times)
        if isinstance(found, list):
            raise NotEmulated(f"{self.text} gives several time series")
        series = dict.fromkeys(times, found) if isinstance(found, float) else found
        return {time: value for time, value in series.items() if math.isfinite(value)}


def parsed(text: str) -> Expression:
    """Raises NotEmulated."""
    parts: list[str] = []
    names: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        token = TOKEN.match(text, position)
        if token is None:
            raise NotEmulated(f"'{text[position:].strip()[:20]}' in the expression '{text}'")
        name, word, number, sign = token.groups()
        if name:
            names.append(name)
        own = f"m_{name}" if name else f"f_{word}"  # set apart, since an identifier may be a word of Python's
        parts.append(WORDS.get(word or sign) or number or sign or own)
        position = token.end()
    try:
        tree = ast.parse(" ".join(parts), mode="eval").body
        _check(tree, text)
        expression = Expression(text, tree, tuple(dict.fromkeys(names)))
        expression.series({}, ())  # what is too deep or too large is refused now, not when it is needed
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise NotEmulated(f"the expression '{text[:200]}'") from error
    return expression


def _check(node: ast.AST, text: str) -> None:
    if isinstance(node, ast.Call):
        name = node.func.id.removeprefix("f_") if isinstance(node.func, ast.Name) else ""
        low, high = ARITIES.get(name, (1, 0))
        if not low <= len(node.args) <= high or node.keywords:
            raise NotEmulated(f"{name or 'a call'} with {len(node.args)} arguments in the expression '{text}'")
        parts: Sequence[ast.AST] = node.args[:1] if name == "FILL" and _is(node.args[1], REPEAT) else node.args
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        parts = (node.left, node.right)
    elif isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OPERATORS:
        parts = (node.left, *node.comparators)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        parts = (node.operand,)
    elif isinstance(node, ast.List):
        parts = node.elts
    elif _is(node, "m_") or (isinstance(node, ast.Constant) and isinstance(node.value, (int, float))):
        parts = ()
    else:
        raise NotEmulated(f"'{ast.unparse(node).replace('m_', '').replace('f_', '')}' in the expression '{text}'")
    for part in parts:
        _check(part, text)


def _is(node: ast.AST, start: str) -> bool:
    return isinstance(node, ast.Name) and node.id.startswith(start)


def _value(node: ast.AST, known: Mapping[str, Value], times: Sequence[float]) -> Value:
    def below(part: ast.AST) -> Value:
        return _value(part, known, times)

    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]  # a number, as `_check` has seen
    if isinstance(node, ast.Name):
        return known.get(node.id.removeprefix("m_"), {})
    if isinstance(node, ast.List):
        return [below(part) for part in node.elts]
    if isinstance(node, ast.UnaryOp):
        return _joined(OPERATORS[ast.Mult], -1.0 if isinstance(node.op, ast.USub) else 1.0, below(node.operand))
    if isinstance(node, ast.BinOp):
        return _joined(OPERATORS[type(node.op)], below(node.left), below(node.right))
    if isinstance(node, ast.Compare):
        return _joined(OPERATORS[type(node.ops[0])], below(node.left), below(node.comparators[0]))
    if isinstance(node, ast.BoolOp):
        first, *rest = (below(part) for part in node.values)
        for other in rest:
            first = _joined(OPERATORS[type(node.op)], first, other)
        return first
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return _called(node.func.id.removeprefix("f_"), node.args, below, times)


def _called(name: str, args: Sequence[ast.expr], below: Callable[[ast.AST], Value], times: Sequence[float]) -> Value:
    if name == "IF":
        return _chosen(*(below(part) for part in args))
    if name == "FILL":
        return _filled(below(args[0]), None if _is(args[1], REPEAT) else below(args[1]), times)
    if name == "ABS":
        return _joined(lambda value, _: abs(value), below(args[0]), 0.0)
    return _folded(FOLDS[name], below(args[0]))


def _power(left: float, right: float) -> float | None:
    try:
        found = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return None if isinstance(found, complex) else found


def _at(value: Value, time: float) -> float | None:
    if isinstance(value, list):
        raise NotEmulated("an array of time series there")
    return value if isinstance(value, float) else value.get(time)


def _times(*values: Value) -> set[float] | None:
    """All at which one of the series has a value; None where all are numbers."""
    series = [value for value in values if not isinstance(value, (float, list))]
    return {time for value in series for time in value} if series else None


def _joined(how: Binary, left: Value, right: Value) -> Value:
    times = _times(left, right)
    if times is None:
        number = how(_number(left), _number(right))
        return {} if number is None else number
    found: dict[float, float] = {}
    for time in times:
        one, other = _at(left, time), _at(right, time)
        if one is not None and other is not None and (result := how(one, other)) is not None:
            found[time] = result
    return found


def _chosen(condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    """Without a third part there is no value where the condition is false."""
    times = _times(condition)
    if times is None:
        chosen = then if _number(condition) else otherwise
        return {} if chosen is None else chosen
    found: dict[float, float] = {}
    for time in times:
        chosen = then if _at(condition, time) else otherwise
        if chosen is not None and (result := _at(chosen, time)) is not None:
            found[time] = result
    return found


def _filled(value: Value, filling: Value | None, times: Sequence[float]) -> Value:
    found: dict[float, float] = {}
    last: float | None = None
    for time in sorted(times):
        now = _at(value, time)
        if now is None:
            now = last if filling is None else _at(filling, time)
        if now is not None:
            found[time] = last = now
    return found


def _folded(how: Callable[[Sequence[float]], float], value: Value) -> Value:
    """Of an array: at each time, over its series. Of one series: a number."""
    if isinstance(value, float):
        return value
    if not isinstance(value, list):
        return float(how(list(value.values()))) if value else {}
    found: dict[float, float] = {}
    times = _times(*value)
    if times is None:
        return float(how([_number(part) for part in value])) if value else {}
    for time in times:
        there = [number for part in value if (number := _at(part, time)) is not None]
        found[time] = float(how(there))
    return found


def _number(value: Value) -> float:
    if not isinstance(value, float):
        raise NotEmulated("an array of time series there")
    return value
