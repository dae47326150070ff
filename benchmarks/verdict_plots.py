"""The two plots of the page on verdicts: how often harmless releases are rolled back, and what is paid.

Drawn as SVG by hand, so that they are the same bytes for the same figures, and readable in the dark.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 760, 250, 30, 24, 56
_NEAR_THE_EDGE = 0.6
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1c2733}.faint{fill:#5b6b7b;font-size:12px}"
    ".grid{stroke:#d5dde5}.line{stroke:#b3541e;stroke-dasharray:4 3}"
    ".ours{fill:#0b6e8f}.other{fill:#8795a3}.best{fill:#c58b17}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9fb0c0}.grid{stroke:#33414e}"
    ".ours{fill:#4cb8d8}.other{fill:#7f8e9c}.best{fill:#e2b34d}}"
)


def worst_false_rollbacks(worst: dict[str, float], *, limit: float) -> str:
    """Return the plot of each rule's worst cell: the share of harmless releases that it rolls back.

    Args:
        worst: share by rule, 0 to 1.
        limit: what was to be kept, drawn as a line.
    """
    low, high = math.log10(0.0005), 0.0
    ticks = (0.001, 0.01, 0.1, 1.0)

    def x(share: float) -> float:
        return _place((math.log10(max(share, 0.0005)) - low) / (high - low))

    height = _TOP + _ROW * len(worst) + 34
    body = list(_grid(((x(tick), f"{100 * tick:g} %") for tick in ticks), height))
    body.append(
        f'<line class="line" x1="{x(limit):.1f}" x2="{x(limit):.1f}" y1="{_TOP - 8}" y2="{height - 30}"/>'
    )
    body.append(_text(x(limit) + 5, _TOP - 12, f"to be kept: {100 * limit:g} %", "faint"))
    for row, (rule, share) in enumerate(worst.items()):
        y = _TOP + _ROW * row + 12
        kind = "ours" if rule.startswith("Strandline") else "other"
        body.append(_text(_LEFT - 12, y + 4, rule, "", anchor="end"))
        body.append(f'<circle class="{kind}" cx="{x(share):.1f}" cy="{y}" r="5.5"/>')
        at, anchor = (x(share) - 10, "end") if share > _NEAR_THE_EDGE else (x(share) + 10, "start")
        body.append(_text(at, y + 4, f"{100 * share:.1f}", "faint", anchor=anchor))
    return _svg("Harmless releases rolled back, in each rule's worst cell", height, body)


def price(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """Return the plot of canary requests until the right answer.

    Args:
        rows: cell, the oracle's expectation, median warm, median cold; infinity where half never decided.
    """
    finite = [value for row in rows for value in row[1:] if math.isfinite(value)]
    low, high = math.floor(math.log10(min(finite))), math.ceil(math.log10(max(finite)))

    def x(requests: float) -> float:
        return _place((math.log10(requests) - low) / (high - low))

    height = _TOP + _ROW * len(rows) + 34
    ticks = ((x(10.0**power), f"{10**power:,}") for power in range(low, high + 1))
    body = list(_grid(ticks, height))
    legend = (
        (_LEFT, "best", "oracle"),
        (_LEFT + 90, "ours", "Strandline, warm"),
        (_LEFT + 230, "other", "cold"),
    )
    for left, kind, words in legend:
        body.append(f'<circle class="{kind}" cx="{left}" cy="{_TOP - 17}" r="5"/>')
        body.append(_text(left + 9, _TOP - 13, words, "faint"))
    for row, (cell, *values) in enumerate(rows):
        y = _TOP + _ROW * row + 12
        body.append(_text(_LEFT - 12, y + 4, cell, "", anchor="end"))
        for kind, value in zip(("best", "ours", "other"), values, strict=True):
            if math.isfinite(value):
                body.append(f'<circle class="{kind}" cx="{x(value):.1f}" cy="{y}" r="5"/>')
    return _svg("Canary requests until the right answer", height, body)


def _place(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _grid(ticks: Iterable[tuple[float, str]], height: int) -> Iterable[str]:
    for x, words in ticks:
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{height - 30}"/>'
        yield _text(x, height - 12, words, "faint", anchor="middle")


def _text(x: float, y: float, words: str, kind: str, *, anchor: str = "start") -> str:
    mark = f' class="{kind}"' if kind else ""
    return f'<text{mark} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(title: str, height: int, body: Iterable[str]) -> str:
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style>",
            f'<text x="12" y="22" style="font-weight:600">{escape(title)}</text>',
            *body,
            "</svg>\n",
        )
    )
