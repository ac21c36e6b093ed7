"""What a refresh of the prices read, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from tradewind.cli.documents import PriceChange, RefreshedService, RefreshResult
from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper

_SIGNS = {
    "refreshed": ("✓", pieces.GOOD),
    "looked": ("✓", pieces.GOOD),
    "skipped": ("·", pieces.BUSY),
    "failed": ("✗", pieces.BAD),
}


def refresh(it: RefreshResult, paper: Paper) -> list[str]:
    label = max(len(service.provider) for service in it.services) + 2
    lines = [line for service in it.services for line in _service(service, label, paper)]
    return [*lines, *pieces.steps(paper, it.next)]


def _service(it: RefreshedService, label: int, paper: Paper) -> Iterator[str]:
    sign, color = _SIGNS[it.state]
    mark = paper.style(paper.sign(sign), color, bold=True)
    hang = label + 2
    yield from paper.wrap(f"{mark} {it.provider.ljust(label)}{_headline(it)}", 0, hang)
    for text in _details(it):
        yield from paper.wrap(paper.dim(text), hang, hang + 2)
    if it.hint:
        yield from paper.wrap(f"{paper.sign('→')} {it.hint}", hang, hang + 2)


def _headline(it: RefreshedService) -> str:
    if it.state == "skipped":
        return f"skipped: {it.message}"
    if it.state == "failed":
        return f"{it.message} ({it.code}); the old prices stay"
    counts = [pieces.plural(it.prices, "price"), f"in {pieces.plural(len(it.regions), 'region')}"]
    moved = [f"{it.risen} risen", f"{it.fallen} fallen", f"{it.new} new", f"{it.same} as before"]
    return f"{' '.join(counts)}: {', '.join(moved)}{'; not written' if it.state == 'looked' else ''}"


def _details(it: RefreshedService) -> Iterator[str]:
    if it.state != "failed":
        yield from map(_change, it.largest)
        if it.doubts:
            yield f"taken all the same (--force): {'; '.join(it.doubts)}"
    for why, count in it.left.items():
        yield f"left out: {count} {why}"
    yield from it.notes
    if it.file:
        yield f"in {it.file}"


def _change(it: PriceChange) -> str:
    return f"{it.instance} to {it.use} in {it.region}: {it.before:g} to {it.after:g} USD/h ({it.after / it.before - 1:+.1%})"
