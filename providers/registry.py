"""Which providers there are: our own as data, strangers' by the entry-point group `tradewind.providers`.

Listing imports no provider and no SDK; `info` imports the one that was asked for. A plug-in that is broken or that takes a
name already taken is reported in `problems()` and never stops another provider from working.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import importlib.util
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel

from tradewind.errors import Problem, ProviderError, SpecError
from tradewind.providers import later
from tradewind.providers.base import Info

GROUP = "tradewind.providers"


@dataclass(frozen=True)
class Entry:
    """One provider that can be named. `path` is `module:attribute` of its `Info`; "" means that it is not in this version.

    `hint` is the command that installs what it needs; `source` says who brings it ("tradewind", or a distribution's name).
    `packages` are what connecting imports: its `Info` needs none of them.
    """

    name: str
    path: str
    hint: str = ""
    title: str = ""
    source: str = "tradewind"
    packages: tuple[str, ...] = ()

    @property
    def available(self) -> bool:
        return bool(self.path)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Those of its packages that are not installed."""
        return tuple(name for name in self.packages if importlib.util.find_spec(name) is None)


BUILT_IN: Mapping[str, Entry] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            Entry("local", "tradewind.providers.local.info:INFO", title="This machine"),
            Entry(
                "aws",
                "tradewind.providers.aws.info:INFO",
                "pip install 'tradewind[aws]'",
                "Amazon SageMaker",
                packages=("boto3",),
            ),
            Entry("gcp", "tradewind.providers.gcp.info:INFO", "pip install 'tradewind[gcp]'", "Google Vertex AI"),
            Entry(
                "azure",
                "tradewind.providers.azure.info:INFO",
                "pip install 'tradewind[azure]'",
                "Azure Machine Learning",
            ),
        )
    }
)

ALIASES: Mapping[str, str] = MappingProxyType({"sagemaker": "aws", "vertex": "gcp", "azureml": "azure"})


class Registry:
    """The providers of one process: built in, announced by installed packages, or registered by a program.

    Safe from many threads. `strangers=False` leaves installed packages out of it.
    """

    def __init__(self, *, strangers: bool = True) -> None:
        self._registered: dict[str, tuple[Entry, Info | None]] = {}
        self._strangers = strangers
        self._lock = threading.RLock()

    def names(self) -> Mapping[str, Entry]:
        """Every provider by its canonical name: our own first, then the others in order of name."""
        return self._survey()[0]

    def problems(self) -> tuple[str, ...]:
        """What is wrong with installed plug-ins, a line each; found without importing them."""
        return self._survey()[1]

    def canonical(self, name: str) -> str:
        return ALIASES.get(name, name)

    def info(self, name: str) -> Info:
        """The static half of one provider.

        Raises SpecError for a name nobody has (with a suggestion) or that comes in a later version; ProviderError kind
        `missing` where its libraries are not installed, and `failed` where a plug-in is broken.
        """
        wanted = self.canonical(name)
        with self._lock:
            given = self._registered.get(wanted)
        if given is not None and given[1] is not None:
            return given[1]
        # Nobody can take a built-in name, so for those no installed package need be asked.
        entry = given[0] if given is not None else BUILT_IN.get(wanted) or self.names().get(wanted)
        if entry is None:
            raise self._unknown(name)
        if not entry.available:
            raise later.altogether(entry.title)
        return _load(entry)

    def settings(self) -> Mapping[str, type[BaseModel]]:
        """The settings block of every plug-in that can be imported, by name: what `spec.load` takes as `blocks`.

        A plug-in that cannot be imported is left out: its block is then an unknown key, and `broken()` says why.
        """
        return {name: info.settings for name, info in self._plugins() if info is not None}

    def broken(self) -> tuple[str, ...]:
        """`problems()`, and what comes to light only by importing each plug-in."""
        found = list(self.problems())
        for entry in self._foreign():
            try:
                self.info(entry.name)
            except ProviderError as error:
                found.append(error.message)
        return tuple(found)

    def register(self, entry: Entry, info: Info | None = None) -> None:
        """Add or replace a provider for this process, as a program that embeds tradewind does. `info` saves the import."""
        with self._lock:
            self._registered[entry.name] = (entry, info)

    def unregister(self, name: str) -> None:
        """Unknown: no error."""
        with self._lock:
            self._registered.pop(name, None)

    @contextmanager
    def registered(self, entry: Entry, info: Info | None = None) -> Iterator[None]:
        """`register` for the length of a `with`; what was registered under that name before comes back after it."""
        with self._lock:
            before = self._registered.get(entry.name)
        self.register(entry, info)
        try:
            yield
        finally:
            with self._lock:
                self._registered.pop(entry.name, None)
                if before is not None:
                    self._registered[entry.name] = before

    def _foreign(self) -> list[Entry]:
        return [entry for entry in self.names().values() if BUILT_IN.get(entry.name) is not entry]

    def _plugins(self) -> Iterator[tuple[str, Info | None]]:
        for entry in self._foreign():
            try:
                yield entry.name, self.info(entry.name)
            except ProviderError:
                yield entry.name, None

    def _survey(self) -> tuple[dict[str, Entry], tuple[str, ...]]:
        found = dict(BUILT_IN)
        problems: list[str] = []
        for entry in sorted(_announced(), key=lambda e: (e.name, e.source)) if self._strangers else ():
            if (fault := _objection(entry, found)) is not None:
                problems.append(fault)
            else:
                found[entry.name] = entry
        with self._lock:
            found.update({name: entry for name, (entry, _) in self._registered.items()})
        return found, tuple(problems)

    def _unknown(self, name: str) -> SpecError:
        names = [n for n, entry in self.names().items() if entry.available] + list(self.names()) + list(ALIASES)
        close = difflib.get_close_matches(name, dict.fromkeys(names), n=1)
        known = ", ".join(self.names())
        problem = Problem("provider", "no such provider", value=name, suggestion=close[0] if close else "")
        return SpecError([problem], code="TW062", hint=f"Known providers: {known}. `deploy providers` shows them.")


def _announced() -> list[Entry]:
    entries = []
    for point in importlib.metadata.entry_points(group=GROUP):
        source = point.dist.name if point.dist is not None else "an unnamed distribution"
        entries.append(Entry(point.name, point.value, f"pip install {source}", point.name, source))
    return entries


def _objection(entry: Entry, found: Mapping[str, Entry]) -> str | None:
    said = f"plug-in {entry.source!r} announces provider {entry.name!r}"
    if not entry.name.replace("-", "_").isidentifier() or not entry.name.islower():
        return f"{said}: not a name for a provider (lower-case letters, digits, - and _); it is left out"
    if entry.name in ALIASES:
        return f"{said}: that is an alias of {ALIASES[entry.name]!r}; it is left out"
    if entry.name in found:
        return f"{said}: {found[entry.name].source!r} already has that name; it is left out"
    return None


def _load(entry: Entry) -> Info:
    during = f"load provider {entry.name!r}"
    module, _, attribute = entry.path.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute or "INFO")
    except ModuleNotFoundError as error:
        if _is_within(error.name, module):
            raise _defect(entry, f"module {module!r} does not exist") from error
        said = f"{error.name} is not installed"
        raise ProviderError("missing", said, during=during, code="TW064", hint=_install(entry)) from error
    except Exception as error:  # a stranger's module may raise anything while it is imported
        raise _defect(entry, f"{type(error).__name__}: {error}") from error
    if (fault := _not_an_info(entry, found)) is not None:
        raise _defect(entry, f"{entry.path} {fault}")
    info: Info = found
    return info


_INFO_MEMBERS = (
    "name", "title", "traits", "settings", "free", "foundation", "machine", "image", "losses", "connect",
)  # fmt: skip


def _not_an_info(entry: Entry, found: object) -> str | None:
    if isinstance(found, type):
        return "is a class; the entry point must name an instance of it"
    if missing := [name for name in _INFO_MEMBERS if not hasattr(found, name)]:
        return f"is not a provider's Info: it has no {', '.join(missing)}"
    called = getattr(found, "name", None)
    return None if called == entry.name else f"calls itself {called!r}, but is announced as {entry.name!r}"


def _is_within(name: str | None, module: str) -> bool:
    return name is not None and (module == name or module.startswith(f"{name}."))


def _install(entry: Entry) -> str:
    return f"Install what it needs: {entry.hint}" if entry.hint else "Install the library that is named."


def _defect(entry: Entry, said: str) -> ProviderError:
    hint = f"Update or uninstall {entry.source!r}; other providers are not affected."
    return ProviderError("failed", f"{said} (from {entry.source!r})", during=f"load provider {entry.name!r}",
                         code="TW065", hint=hint)  # fmt: skip


REGISTRY = Registry()

names = REGISTRY.names
problems = REGISTRY.problems
broken = REGISTRY.broken
canonical = REGISTRY.canonical
info = REGISTRY.info
plugin_settings = REGISTRY.settings
register = REGISTRY.register
unregister = REGISTRY.unregister
registered = REGISTRY.registered
