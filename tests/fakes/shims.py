"""The shim as a worker of SageMaker's servers has it, and what is asked of it."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from fakes.serving import Answer, Running
from tradewind.serving.shims.fronts import Refusal

ROOT = Path(__file__).parents[2]
CODE = ROOT / "serving" / "shims" / "code"
PATH = f"{ROOT / 'src'}:{CODE}"  # PYTHONPATH in the container, by other folders

HANDLER = """
    import asyncio, os, time

    class Bad(ValueError):
        status = 422

    def load(model_dir):
        return {"beside": open("beside.txt").read()}

    def predict(model, inputs, context):
        if inputs == "boom":
            raise RuntimeError("boom in /somewhere/deep/file.py")
        if inputs == "bad":
            raise Bad("not this")
        if inputs == "stream":
            return ({"n": number} for number in range(3))
        if inputs == "broken":
            def half():
                yield 1
                raise RuntimeError("half way")
            return half()
        if inputs == "async":
            async def later():
                await asyncio.sleep(0)
                return "later"
            return later()
        if inputs == "image":
            context.media_type = "image/png"
            return b"\\x89PNG"
        if inputs == "slow":
            time.sleep(1.5)
        inputs = len(inputs) if isinstance(inputs, bytes) else inputs
        return {"model": model, "inputs": inputs, "accept": context.accept, "me": context.headers.get("x-me")}
"""
FILES = {"beside.txt": "hello"}
LIMITS = {"TW_REQUEST_TIMEOUT": "1", "TW_MAX_BODY": "5000", "TW_ACCESS_LOG": "0"}


@dataclass(frozen=True)
class Case:
    body: bytes
    content_type: str | None = "application/json"
    accept: str | None = None

    def __str__(self) -> str:
        return f"{self.body[:12]!r} {self.content_type} {self.accept}"


CASES = (
    Case(b'{"a": 1}'),
    Case(b'{"a": 1}', None),
    Case(b'{"a": 1}', accept="*/*"),
    Case(b'{"instances": [1]}', accept="application/json"),
    Case(b"1,2\n3,4", "text/csv", "text/csv"),
    Case(b"a,b\n3,4", "text/csv; header=present"),
    Case(b"hallo \xe4", "text/plain; charset=latin-1", "text/plain"),
    Case(b"\0\1" * 9, "application/octet-stream"),
    Case(b'"stream"'),
    Case(b'"stream"', accept="text/event-stream"),
    Case(b'"stream"', accept="application/json"),
    Case(b'"async"', accept="text/plain"),
    Case(b'"image"'),
    Case(b'"image"', accept="image/png"),
    Case(b'"image"', accept="application/json"),
    Case(b'"x"', accept="application/pdf"),
    Case(b"x", "application/pdf"),
    Case(b"{"),
    Case(b""),
    Case(b"\xff\xfe"),
    Case(b'"bad"'),
    Case(b'"boom"'),
    Case(b'"slow"'),
    Case(b'"' + b"x" * 5000 + b'"'),
)


def expected(server: Running, case: Case) -> tuple[int, str, bytes]:
    """What our own server answers."""
    said = {"x-me": "me"}
    found = server.ask(
        "POST", "/invocations", case.body, kind=case.content_type, accept=case.accept or "", **said
    )  # fmt: skip
    return plain(found)


def plain(found: Answer) -> tuple[int, str, bytes]:
    return found.status, found.headers["content-type"], found.body


def module() -> ModuleType:
    """The module as a toolkit imports it: by its name, from its folder on the path."""
    sys.modules.pop("tradewind_inference", None)
    return importlib.import_module("tradewind_inference")


def through(shim: ModuleType, model: Any, case: Case, *, accept: str | None = None) -> tuple[int, str, bytes]:
    """The four functions in a row, as the toolkits call them without a context. `accept`: what a toolkit makes of none."""
    data = shim.input_fn(case.body, case.content_type)
    try:
        body, kind = shim.output_fn(shim.predict_fn(data, model), case.accept or accept)
    except Refusal as error:
        return error.status_code, "application/json", error.message.encode()
    return 200, kind, body
