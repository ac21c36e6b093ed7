"""deploy.yaml to a Spec: parse, overlay, override, fill in variables, validate; and every problem at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from tradewind.errors import Problem, SpecError
from tradewind.spec import sets as overrides
from tradewind.spec.interpolate import Interpolation, secret_names
from tradewind.spec.models.root import Spec
from tradewind.spec.models.shared import PROVIDER
from tradewind.spec.nodes import Dict, Mark, Node, Scalar, known, scalars
from tradewind.spec.notes import notes
from tradewind.spec.overlay import at_path, lay
from tradewind.spec.refs import PROVIDER_ALIASES, PROVIDERS
from tradewind.spec.refs import provider as canonical
from tradewind.spec.secretive import shown
from tradewind.spec.suggest import closest
from tradewind.spec.validate import BUILT_IN, MAX_PROBLEMS, block_model, too_many, validate
from tradewind.spec.yaml12 import MAX_BYTES, parse

ENVIRONMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")
HINT = "`deploy schema` prints every key and how it is written; docs/reference/deploy-yaml.md says what it means"
MAX_ENVIRONMENTS = 50  # each is laid over the file and validated, whichever is chosen
DEFAULT_ENVIRONMENT = "default"  # what is meant where none was said


def load(
    path: Path,
    *,
    environment: str | None = None,
    sets: Sequence[str] = (),
    environ: Mapping[str, str],
    blocks: Mapping[str, type[BaseModel]] | None = None,
    provider: str | None = None,
    region: str | None = None,
    providers: Collection[str] | None = None,
) -> Spec:
    """Read a deploy.yaml.

    `environment` is laid over the file, then `sets` ("a.b=c") in order, then `provider` and `region`. `environ` fills `${VAR}`.
    `blocks` are the settings models of plug-ins by provider's name. With `providers` (the names of all that are known) an
    unknown one is a problem here, with its place.
    Raises SpecError with every problem of the file, of each of its environments, and of the overrides.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SpecError(
            [Problem("", "there is no such file", str(path))], hint="`deploy init` writes one, -f FILE names another"
        ) from None
    except OSError as error:
        raise SpecError([Problem("", f"cannot be read: {error.strerror}", str(path))]) from None
    return loads(
        data,
        str(path),
        environment=environment,
        sets=sets,
        environ=environ,
        blocks=blocks,
        provider=provider,
        region=region,
        providers=providers,
    )


def loads(
    text: str | bytes,
    name: str = "deploy.yaml",
    *,
    environment: str | None = None,
    sets: Sequence[str] = (),
    environ: Mapping[str, str],
    blocks: Mapping[str, type[BaseModel]] | None = None,
    provider: str | None = None,
    region: str | None = None,
    providers: Collection[str] | None = None,
) -> Spec:
    """`load` on text; `name` stands for the file in errors."""
    root, found = parse(text, name)
    blocks = blocks or {}
    overlays, wrong = _overlays(root)
    found.extend(wrong)
    base = root.without("environments")
    if environment == DEFAULT_ENVIRONMENT:
        environment = None
    over = overlays.get(environment) if environment is not None else None
    if environment is not None and over is None:
        found.append(_no_environment(environment, overlays))
    arguments, wrong = _arguments(sets)
    found.extend(wrong)
    chosen = base if over is None else _lay(base, over)
    for argument in arguments:
        chosen = _lay(chosen, argument)
    chosen = _with_provider(chosen, provider, region, blocks, found)

    spec, wrong = _read(chosen, environ, blocks, providers, lenient=False)
    found.extend(wrong)
    for other, tree in _others(base, overlays, environment):
        if len(found) > MAX_PROBLEMS:
            break
        _, wrong = _read(tree, environ, blocks, providers, lenient=True)
        found.extend(_of_environment(wrong, other, overlays.get(other) if other else None))
    if found or spec is None:
        raise SpecError(_in_order(found), hint=HINT)
    spec._notes = notes(spec, chosen, environment, over)
    return spec


def environments(path: Path) -> tuple[str, ...]:
    """The names of the environments that a file has, in its order. Raises SpecError where it is not YAML."""
    root, _ = parse(path.read_bytes()[: MAX_BYTES + 1], str(path))
    return tuple(_overlays(root)[0])


def _lay(base: Dict, over: Dict) -> Dict:
    laid = lay(base, over)
    assert isinstance(laid, Dict)
    return laid


def _overlays(root: Dict) -> tuple[dict[str, Dict], list[Problem]]:
    node = root.items.get("environments")
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return {}, []
    if not isinstance(node, Dict):
        return {}, [_at(node.mark, "environments", "must be keys and values, like {prod: {...}}")]
    found: dict[str, Dict] = {}
    wrong: list[Problem] = []
    if len(node.items) > MAX_ENVIRONMENTS:
        return {}, [_at(node.mark, "environments", f"are more than {MAX_ENVIRONMENTS}")]
    for name, over in node.items.items():
        path = f"environments.{shown(name)}"
        if name == DEFAULT_ENVIRONMENT:
            wrong.append(
                _at(node.keys[name], path, "is what is meant where no environment is said; put its keys at the top")
            )
        elif not ENVIRONMENT.search(name):
            wrong.append(
                _at(node.keys[name], path, "an environment's name is letters, digits, - and _, at most 32 of them")
            )
        if isinstance(over, Dict):
            found[name] = over
        elif isinstance(over, Scalar) and over.value is None:
            found[name] = Dict({}, over.mark)
        else:
            wrong.append(_at(over.mark, path, "must be keys and values, like {replicas: {min: 2}}"))
    return found, wrong


def _no_environment(name: str, overlays: Mapping[str, Dict]) -> Problem:
    listed = f"it has {shown(', '.join(overlays), 200)}" if overlays else "it has no `environments:`"
    return Problem("", f"the file has no environment {name!r}; {listed}", "--env", suggestion=closest(name, overlays))


def _arguments(sets: Sequence[str]) -> tuple[list[Dict], list[Problem]]:
    trees: list[Dict] = []
    wrong: list[Problem] = []
    for text in sets:
        try:
            trees.append(overrides.parse(text))
        except SpecError as error:
            wrong.extend(error.problems)
    return trees, wrong


def _with_provider(
    tree: Dict,
    provider: str | None,
    region: str | None,
    blocks: Mapping[str, type[BaseModel]],
    found: list[Problem],
) -> Dict:
    if provider is not None:
        mark = Mark("--provider")
        tree = _lay(tree, at_path(("provider",), Scalar(provider, provider, mark), mark))
    if region is None:
        return tree
    said = tree.items.get("provider")
    name = canonical(str(said.value)) if isinstance(said, Scalar) and said.value else "local"
    model = block_model(name, blocks)
    if model is None or "region" not in model.model_fields:
        found.append(Problem("", f"{name} has no regions", "--region", value=region))
        return tree
    mark = Mark("--region")
    return _lay(tree, at_path((name, "region"), Scalar(region, region, mark), mark))


def _read(
    tree: Dict,
    environ: Mapping[str, str],
    blocks: Mapping[str, type[BaseModel]],
    providers: Collection[str] | None,
    *,
    lenient: bool,
) -> tuple[Spec | None, list[Problem]]:
    fill = Interpolation(environ, secret_names(tree), lenient)
    filled = fill.fill(tree)
    assert isinstance(filled, Dict)
    unknown = [path for path, node in scalars(filled) if node.unknown]
    left = known(filled) if unknown else filled
    assert isinstance(left, Dict)
    spec, wrong = validate(left, blocks, unknown)
    if providers is not None:
        wrong.extend(_unknown_provider(left, providers))
    return spec, [*fill.problems, *wrong]


def _others(base: Dict, overlays: Mapping[str, Dict], chosen: str | None) -> Iterator[tuple[str | None, Dict]]:
    if chosen is not None:
        yield None, base
    for name, over in overlays.items():
        if name != chosen:
            yield name, _lay(base, over)


def _of_environment(wrong: list[Problem], name: str | None, over: Dict | None) -> Iterator[Problem]:
    """Problems as seen from an environment that was not chosen, or from the bare file where one was."""
    marks = {(node.mark.line, node.mark.column) for _, node in _nodes(over)} if over else set()
    for problem in wrong:
        if name is None and problem.message == "is required":
            continue  # an environment may be what says it
        inside = (problem.line, problem.column) in marks
        yield replace(problem, path=f"environments.{shown(name or '')}.{problem.path}") if inside else problem


def _nodes(node: Node) -> Iterator[tuple[Mark, Node]]:
    yield node.mark, node
    if isinstance(node, Dict):
        for key, value in node.items.items():
            if key in node.keys:
                yield node.keys[key], Scalar(None, "", node.keys[key])
            yield from _nodes(value)
    elif not isinstance(node, Scalar):
        for value in node.items:
            yield from _nodes(value)


def _unknown_provider(tree: Dict, providers: Collection[str]) -> Iterator[Problem]:
    said = tree.items.get("provider")
    if not isinstance(said, Scalar) or not re.search(PROVIDER, str(said.value or "")):
        return  # not said, or no name at all, which its model says
    name = canonical(str(said.value))
    if name not in {*providers, *PROVIDERS}:
        names = ", ".join(sorted({*providers, *BUILT_IN}))
        message = f"is no provider that is installed; there are {names}"
        meant = closest(name, [*providers, *PROVIDERS, *PROVIDER_ALIASES])
        yield Problem("provider", message, said.mark.file, said.mark.line, said.mark.column, shown(said.raw), meant)


def _at(mark: Mark, path: str, message: str) -> Problem:
    return Problem(path, message, mark.file, mark.line, mark.column)


def _in_order(found: list[Problem]) -> list[Problem]:
    """By place, each said once; what has no line (arguments) after the file. No more than anybody reads."""
    once: dict[tuple[str, int, int, str], Problem] = {}
    for problem in found:
        once.setdefault((problem.file, problem.line, problem.column, problem.message), problem)
    ordered = sorted(once.values(), key=lambda p: (p.line == 0, p.line, p.column))
    return ordered if len(ordered) <= MAX_PROBLEMS else [*ordered[:MAX_PROBLEMS], too_many(ordered[0].file)]
