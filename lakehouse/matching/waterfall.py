"""An explanation -> a waterfall of bits: as text for a terminal, and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse.matching.explanation import Bar, Explanation

CELLS = 28
"""Characters of the widest bar on a terminal."""
_ROW, _TOP, _NAMES, _WIDTH, _CHART, _TOTALS = 26, 62, 330, 880, 360, 720
_STYLE = """
.wf { font: 13px system-ui, sans-serif; fill: #1c2733; } .wf-b { fill: #ffffff; } .wf-s { fill: #5b6875; }
.wf-for { fill: #1f7a4d; } .wf-against { fill: #b3402a; } .wf-sum { fill: #33506e; } .wf-l { stroke: #c3ccd5; }
@media (prefers-color-scheme: dark) { .wf { fill: #e6edf3; } .wf-b { fill: #11171e; } .wf-s { fill: #9aa7b4; }
.wf-for { fill: #4fc38a; } .wf-against { fill: #f0836b; } .wf-sum { fill: #8ab4e0; } .wf-l { stroke: #3b4652; } }
"""


@dataclass(frozen=True)
class Step:
    """A bar with the sums before and after it."""

    bar: Bar
    start: float
    end: float


def steps_of(explanation: Explanation) -> list[Step]:
    """Return the bars with running sums."""
    sums = list(accumulate((bar.bits for bar in explanation.bars), initial=0.0))
    return [Step(bar, *ends) for bar, ends in zip(explanation.bars, pairwise(sums), strict=True)]


def signed(bits: float) -> str:
    """Write bits with their sign; nothing has none."""
    text = f"{bits:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text


def values_of(bar: Bar) -> str:
    """Write both values of a bar."""
    if bar.left is None and bar.right is None:
        return ""
    left, right = ("–" if value is None else value for value in (bar.left, bar.right))
    return f"{left} | {right}"


def _range(steps: list[Step]) -> tuple[float, float]:
    ends = [0.0, *(step.end for step in steps)]
    low, high = min(ends), max(ends)
    return (low, high) if high > low else (low - 1, high + 1)


def write_waterfall(explanation: Explanation) -> str:
    """Write a waterfall as aligned text."""
    steps = steps_of(explanation)
    low, high = _range(steps)
    cells = [[_printable(text) for text in (step.bar.name, step.bar.label, values_of(step.bar))] for step in steps]
    widths = [max(len(row[place]) for row in cells) for place in range(3)]
    lines = [f"{_printable(explanation.left)} and {_printable(explanation.right)}", ""]
    for step, row in zip(steps, cells, strict=True):
        texts = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        lines.append(f"  {texts}  {signed(step.bar.bits):>8}  {_track(step, low, high)}".rstrip())
    lines.append(f"  {'total':<{sum(widths) + 4}}  {signed(explanation.match_weight):>8}")
    return "\n".join([*lines, "", explanation.verdict, _printable(explanation.found_by), *explanation.notes])


def _track(step: Step, low: float, high: float) -> str:
    """Draw one bar between the sums before and after it; a line where the odds are even."""
    start, end, even = (round((at - low) / (high - low) * CELLS) for at in (step.start, step.end, 0.0))
    first, last = min(start, end), max(start, end)
    sign = "█" if step.bar.bits > 0 else "░"
    drawn = (sign if first <= cell < last else "│" if cell == even else " " for cell in range(CELLS + 1))
    return "".join(drawn).rstrip()


def _printable(text: str) -> str:
    """Return a text without what could steer a terminal."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def draw_waterfall(explanation: Explanation) -> str:
    """Draw a waterfall as SVG, readable on light and on dark ground, with all that it shows as text."""
    steps = steps_of(explanation)
    low, high = _range(steps)
    rows = [_drawn_row(step, place, low, high) for place, step in enumerate(steps)]
    bottom = _TOP + _ROW * len(steps)
    even = _at(0.0, low, high)
    title = f"{explanation.left} and {explanation.right}"
    told = "; ".join(f"{step.bar.name}, {step.bar.label}: {signed(step.bar.bits)}" for step in steps)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {bottom + 64}" class="wf">',
        f"<title>{_safe(f'Match weight of {title}')}</title><desc>{_safe(told)}</desc><style>{_STYLE}</style>",
        f'<rect class="wf-b" width="{_WIDTH}" height="{bottom + 64}"/>',
        _text(12, 24, title, weight=600), _text(12, 46, "bits that speak for a match", style="wf-s"),
        f'<line class="wf-l" x1="{even:.1f}" x2="{even:.1f}" y1="{_TOP - 6}" y2="{bottom}"/>', *rows,
        _total(explanation, bottom, even, _at(explanation.match_weight, low, high)),
        _text(12, bottom + 52, f"{explanation.verdict} {explanation.found_by}", style="wf-s"), "</svg>",
    ]  # fmt: skip
    return "".join(parts)


def _at(bits: float, low: float, high: float) -> float:
    return _NAMES + (bits - low) / (high - low) * _CHART


def _drawn_row(step: Step, place: int, low: float, high: float) -> str:
    y = _TOP + _ROW * place
    ends = sorted((_at(step.start, low, high), _at(step.end, low, high)))
    kind = "wf-for" if step.bar.bits > 0 else "wf-against"
    return (
        _text(12, y + 15, f"{step.bar.name}: {step.bar.label}")
        + f'<rect class="{kind}" x="{ends[0]:.1f}" y="{y + 3}" width="{max(ends[1] - ends[0], 1):.1f}" height="{_ROW - 9}"/>'
        + _text(_TOTALS, y + 15, signed(step.bar.bits))
        + _text(_TOTALS + 60, y + 15, values_of(step.bar)[:18], style="wf-s")
    )


def _total(explanation: Explanation, y: int, even: float, end: float) -> str:
    first, last = sorted((even, end))
    return (
        _text(12, y + 15, "total", weight=600)
        + f'<rect class="wf-sum" x="{first:.1f}" y="{y + 3}" width="{max(last - first, 1):.1f}" height="{_ROW - 9}"/>'
        + _text(_TOTALS, y + 15, signed(explanation.match_weight), weight=600)
    )


def _text(x: int, y: int, text: str, *, style: str = "", weight: int = 400) -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x}" y="{y}"{kind} font-weight="{weight}">{_safe(text)}</text>'


def _safe(text: str) -> str:
    """Escape a text for markup, without the control characters that XML does not allow."""
    return escape(_printable(text))
