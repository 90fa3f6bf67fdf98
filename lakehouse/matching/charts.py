"""Figures -> small SVG pictures for a page; each carries a title and what it shows in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lakehouse.matching.page import safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lakehouse.matching.thresholds import Expectation

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 560, 270, 50, 40, 26
_LABELS = 6
"""About so many labels fit below an axis."""


def _picture(title: str, told: str, body: str, *, height: int = _HEIGHT) -> str:
    return (
        f'<div class="chart"><svg role="img" viewBox="0 0 {_WIDTH} {height}"><title>{safe(title)}</title>'
        f"<desc>{safe(told)}</desc>{body}</svg></div>"
    )


def signed_bar(bits: float, start: float, low: float, high: float) -> str:
    """Draw a bar from a sum to the sum after it, within a range that holds zero."""
    span = max(high - low, 1e-9)
    first, last = sorted(((start - low) / span * 100, (start + bits - low) / span * 100))
    even = -low / span * 100
    kind = "for" if bits > 0 else "against"
    bar = (
        f'<rect class="{kind}" x="{first:.2f}" y="1" width="{max(last - first, 0.6):.2f}" height="8"/>' if bits else ""
    )
    return (
        f'<svg role="img" viewBox="0 0 100 10" preserveAspectRatio="none"><title>{bits:+.2f} bits</title>'
        f'<line class="axis" x1="{even:.2f}" x2="{even:.2f}" y1="0" y2="10"/>{bar}</svg>'
    )


def share_bar(share: float, *, of: float = 1.0, kind: str = "plain") -> str:
    """Draw a share of a whole."""
    part = 100 * share / of if of else 0.0
    return (
        f'<svg role="img" viewBox="0 0 100 10" preserveAspectRatio="none"><title>{part:.1f} % of the longest bar</title>'
        f'<rect class="{kind}" y="1" width="{part:.2f}" height="8"/></svg>'
    )


def weight_histogram(weights: Mapping[int, int], threshold: float) -> str:
    """Draw how many compared pairs have which weight; a step of height is ten times as many."""
    if not weights:
        return ""
    low, high = min(weights), max(weights) + 1
    tallest = math.log10(max(weights.values()) + 1)
    wide = (_WIDTH - _LEFT) / (high - low)
    bars = []
    for bits, count in sorted(weights.items()):
        tall = math.log10(count + 1) / tallest * (_HEIGHT - _BOTTOM - _TOP)
        kind = "for" if bits >= threshold else "against"
        bars.append(
            f'<rect class="{kind}" x="{_LEFT + (bits - low) * wide + 1:.1f}" y="{_HEIGHT - _BOTTOM - tall:.1f}" '
            f'width="{max(wide - 2, 1):.1f}" height="{tall:.1f}"><title>{bits:+d} bits: {count:,} pairs</title></rect>'
        )
    marks = "".join(_height_label(10**power, tallest) for power in range(int(tallest) + 1))
    at = _LEFT + (min(max(threshold, low), high) - low) * wide
    told = (
        f"Weights from {low:+d} to {high:+d} bits; {sum(weights.values()):,} pairs; the threshold is {threshold:+.2f}."
    )
    body = marks + "".join(bars) + _threshold_mark(at, threshold) + _axis(low, high, wide, "match weight, bits")
    return _picture("How many compared pairs have which match weight", told, body)


def _height_label(count: int, tallest: float) -> str:
    y = _HEIGHT - _BOTTOM - math.log10(count + 1) / tallest * (_HEIGHT - _BOTTOM - _TOP)
    text = f"{count // 1_000_000}M" if count >= 1_000_000 else f"{count // 1000}k" if count >= 1000 else str(count)  # noqa: PLR2004  - units
    return (
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="soft" x="{_LEFT - 6}" y="{y + 5:.1f}" text-anchor="end">{text}</text>'
    )


def _threshold_mark(x: float, threshold: float) -> str:
    side, shift = ("end", -5) if x > _WIDTH / 2 else ("start", 5)
    return (
        f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="6" y2="{_HEIGHT - _BOTTOM}"/>'
        f'<text x="{x + shift:.1f}" y="18" text-anchor="{side}">threshold {threshold:+.2f}</text>'
    )


def _axis(low: float, high: float, wide: float, name: str) -> str:
    step = max(1, round((high - low) / _LABELS))
    y = _HEIGHT - _BOTTOM
    labels = "".join(
        f'<text class="soft" x="{_LEFT + (at - low) * wide:.1f}" y="{y + 17}" text-anchor="middle">{at:+d}</text>'
        for at in range(math.ceil(low), math.floor(high) + 1)
        if at % step == 0
    )
    return (
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{y}" y2="{y}"/>{labels}'
        f'<text class="soft" x="{(_WIDTH + _LEFT) / 2:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">{safe(name)}</text>'
    )


def threshold_curves(tried: Sequence[Expectation], chosen: float) -> str:
    """Draw expected precision, recall and F1 over the thresholds that were tried."""
    if len(tried) < 2:  # noqa: PLR2004  - no line through one point
        return ""
    low, high = tried[0].threshold, tried[-1].threshold
    wide, tall = (_WIDTH - _LEFT - 20) / (high - low), _HEIGHT - _BOTTOM - _TOP
    floor = math.floor(min(min(one.precision, one.recall, one.f1) for one in tried) * 10) / 10
    floor = min(floor, 0.9)
    lines = []
    for name, kind in (("precision", "for"), ("recall", "against"), ("f1", "plain")):
        points = [
            (_LEFT + (one.threshold - low) * wide, _TOP + (1 - getattr(one, name)) / (1 - floor) * tall)
            for one in tried
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dots = "".join(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in points)
        lines.append(f'<polyline class="curve {kind}" points="{path}"/>{dots}')
    told = "; ".join(
        f"{one.threshold:+.0f}: precision {one.precision:.3f}, recall {one.recall:.3f}, F1 {one.f1:.3f}"
        for one in tried
    )
    at = _LEFT + (min(max(chosen, low), high) - low) * wide
    body = (
        _shares(floor, tall) + "".join(lines) + _threshold_mark(at, chosen) + _axis(low, high, wide, "threshold, bits")
    )
    return _picture("Expected precision, recall and F1 by threshold", told, body + _key(), height=_HEIGHT + 24)


def _shares(floor: float, tall: float) -> str:
    lines = []
    for part in range(5):
        share = floor + (1 - floor) * part / 4
        y = _TOP + (1 - share) / (1 - floor) * tall
        lines.append(
            f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="soft" x="{_LEFT - 6}" y="{y + 5:.1f}" text-anchor="end">{share:.2f}</text>'
        )
    return "".join(lines)


def _key() -> str:
    names = (("precision", "for"), ("recall", "against"), ("F1", "plain"))
    return "".join(
        f'<rect class="{kind}" x="{_LEFT + 110 * place}" y="{_HEIGHT + 8}" width="14" height="8"/>'
        f'<text x="{_LEFT + 110 * place + 20}" y="{_HEIGHT + 17}">{name}</text>'
        for place, (name, kind) in enumerate(names)
    )
