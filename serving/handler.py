"""A user's handler file: `load(model_dir)` and `predict(model, inputs)` or `predict(model, inputs, context)`."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Mapping

from tradewind.serving.errors import StartError


class Folder(str):
    """The model's folder as text that also joins like a Path: both `os.path.join(model_dir, "x")` and `model_dir / "x"` work."""

    __slots__ = ()

    def __truediv__(self, other: str) -> Path:
        return Path(self) / other

    def __rtruediv__(self, other: str) -> Path:
        return other / Path(self)


@dataclass
class Context:
    """What a handler may want to know of the request. It may set `media_type`, the type of bytes or text that it returns."""

    parameters: dict[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    accept: str = ""
    request_id: str = ""
    media_type: str = ""


class Model:
    """Something that answers: a user's handler or a built-in loader.

    `predict(inputs, context)` may return a value, an awaitable, or an iterator (also an asynchronous one) to be streamed.
    """

    wants_headers: bool = False  # whether the context's headers are looked at
    asynchronous: bool = False  # predict only makes an awaitable or an async iterator, so it runs on the loop
    bounded: bool = False  # predict's time depends on the number of rows alone, so quick batches need no thread
    types: frozenset[str] = frozenset()  # content types taken as bytes beside those of bodies.py
    name: str = ""

    def predict(self, inputs: Any, context: Context) -> Any:
        raise NotImplementedError

    def rows(self, inputs: Any) -> int:
        return len(inputs) if isinstance(inputs, (list, tuple)) else 1 << 30


class Handler(Model):
    def __init__(self, module: ModuleType, model: Any) -> None:
        self._function: Callable[..., Any] = module.predict
        self._model = model
        self.wants_headers = _takes_context(module.predict)
        self.asynchronous = inspect.iscoroutinefunction(module.predict) or inspect.isasyncgenfunction(module.predict)
        self.types = frozenset(str(kind).lower() for kind in getattr(module, "CONTENT_TYPES", ()))
        self.name = os.path.basename(str(module.__file__))

    def predict(self, inputs: Any, context: Context) -> Any:
        if self.wants_headers:
            return self._function(self._model, inputs, context)
        return self._function(self._model, inputs)


def _takes_context(predict: Callable[..., Any]) -> bool:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = [p for p in inspect.signature(predict).parameters.values() if p.kind in positional]
    except (TypeError, ValueError):
        return False
    if len(parameters) < 2:
        raise StartError("the handler's predict must take (model, inputs), or (model, inputs, context)")
    return len(parameters) > 2 and (parameters[2].name == "context" or parameters[2].default is inspect.Parameter.empty)


def import_file(path: str, code_dir: str) -> ModuleType:
    """The handler's module; its folder and the code folder come first on the path, so that it finds its siblings."""
    for folder in (code_dir, os.path.dirname(path)):
        if folder and folder not in sys.path[:2]:
            sys.path.insert(0, folder)
    stem = os.path.splitext(os.path.basename(path))[0]
    name = stem if stem.isidentifier() and stem not in sys.modules else "tradewind_handler"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise StartError(f"the handler {os.path.basename(path)!r} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: pickles and dataclasses look it up by name
    spec.loader.exec_module(module)
    if not callable(getattr(module, "predict", None)):
        raise StartError(f"the handler {os.path.basename(path)!r} has no function predict(model, inputs)")
    return module


async def load(path: str, code_dir: str, model_dir: str, builtin: Callable[[], Any | None], run: Any) -> Handler:
    """Import the file and load its model; what may block runs through `run(function, *arguments)`, in another thread.

    `builtin` gives the model where the handler has no `load` of its own.
    """
    module: ModuleType = await run(import_file, path, code_dir)
    loader = getattr(module, "load", None)
    if loader is None:
        return Handler(module, await run(builtin))
    if inspect.iscoroutinefunction(loader):
        return Handler(module, await loader(Folder(model_dir)))
    model = await run(loader, Folder(model_dir))
    return Handler(module, await model if inspect.isawaitable(model) else model)
