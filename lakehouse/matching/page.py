"""Pieces of an offline HTML page: frame and style, sections, tables; every text is escaped here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --card: #f4f6f8; --ink: #1c2733; --soft: #55616d; --line: #d5dbe1;
  --for: #1f7a4d; --against: #b3402a; --plain: #3d6a97; --warn: #fff3d6; --warn-line: #c98a00; }
@media (prefers-color-scheme: dark) { :root { --ground: #11171e; --card: #1a222b; --ink: #e6edf3; --soft: #9aa7b4;
  --line: #35404b; --for: #4fc38a; --against: #f0836b; --plain: #8ab4e0; --warn: #33290f; --warn-line: #d9a426; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { font-size: 1.7rem; margin: .8rem 0 .2rem; } h2 { font-size: 1.25rem; margin: 2.4rem 0 .4rem; } h3 { font-size: 1rem; margin: 0 0 .3rem; }
p { max-width: 46rem; margin: .4rem 0 .8rem; } .soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0; padding: 0; }
.tiles div { background: var(--card); border-radius: .5rem; padding: .6rem .8rem; }
.tiles dt { color: var(--soft); font-size: .85rem; } .tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; }
.warning { background: var(--warn); border-left: .3rem solid var(--warn-line); padding: .4rem .8rem; margin: .6rem 0; max-width: 46rem; }
.scroll { overflow-x: auto; max-width: 52rem; } .scroll:focus-visible { outline: 2px solid var(--plain); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; margin: .3rem 0 .8rem; }
caption { text-align: left; color: var(--soft); font-size: .85rem; padding-bottom: .2rem; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tbody th { min-width: 6.5rem; } td { min-width: 3rem; } code { background: var(--card); padding: 0 .25em; border-radius: .2em; }
thead th { color: var(--soft); font-weight: 500; overflow-wrap: normal; } tbody th { font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .number + :not(.number) { padding-left: .8rem; }
.drawn { width: 22%; min-width: 6rem; } .drawn svg { display: block; width: 100%; height: .9rem; margin-top: .3rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 29rem), 1fr)); gap: 1rem; }
.card { background: var(--card); border-radius: .5rem; padding: .7rem .9rem; min-width: 0; }
.chart { max-width: 40rem; margin: .6rem 0; } .chart svg { width: 100%; height: auto; display: block; }
details { border-bottom: 1px solid var(--line); } summary { cursor: pointer; padding: .4rem 0; }
svg text { font: 15px system-ui, sans-serif; fill: var(--ink); } svg .soft { fill: var(--soft); }
.for { fill: var(--for); } .against { fill: var(--against); } .plain { fill: var(--plain); } .axis { stroke: var(--line); }
.mark { stroke: var(--ink); stroke-dasharray: 4 3; } .curve { fill: none; stroke-width: 2.5; }
.curve.for { stroke: var(--for); } .curve.against { stroke: var(--against); } .curve.plain { stroke: var(--plain); }
@media print { details > * { display: block; } }
"""

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Markup:
    """A piece of HTML that is safe as it stands; every other text is escaped."""

    text: str


Cell = str | int | float | Markup


def safe(text: str) -> str:
    """Escape a text; control characters and marks that turn the direction of a text become a replacement character."""
    return escape("".join(sign if sign.isprintable() else "�" for sign in text))


def written(cell: Cell) -> str:
    """Write a cell: numbers with separators, texts escaped, markup as it is."""
    if isinstance(cell, Markup):
        return cell.text
    if isinstance(cell, int):
        return f"{cell:,}"
    # A long name may be broken behind an underscore, where people expect it.
    return safe(cell).replace("_", "_<wbr>") if isinstance(cell, str) else f"{cell:,.3f}"


def page(title: str, parts: Iterable[str]) -> str:
    """Write a whole page that asks nothing of the network."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{safe(title)}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main></body></html>\n"
    )


def section(title: str, *parts: str) -> str:
    """Write a section with a heading."""
    return f"<section><h2>{safe(title)}</h2>{''.join(parts)}</section>"


def paragraph(text: str, *, style: str = "") -> str:
    """Write a paragraph; what stands between backticks is what one types."""
    marked = _CODE.sub(r"<code>\1</code>", safe(text))
    return f'<p class="{style}">{marked}</p>' if style else f"<p>{marked}</p>"


def tiles(figures: Sequence[tuple[str, str]]) -> str:
    """Write figures side by side, each under its name."""
    cells = "".join(f"<div><dt>{safe(name)}</dt><dd>{safe(value)}</dd></div>" for name, value in figures)
    return f'<dl class="tiles">{cells}</dl>'


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Write a table; the first cell of a row names the row.

    Args:
        caption: what the table shows.
        columns: heads; one that ends in `#` is over numbers, one that ends in `~` over drawings.
        rows: a cell for each column.
    """
    kinds = [{"#": ' class="number"', "~": ' class="drawn"'}.get(name[-1:], "") for name in columns]
    heads = "".join(
        f'<th scope="col"{kind}>{safe(name.rstrip("#~"))}</th>' for name, kind in zip(columns, kinds, strict=True)
    )
    body = "".join(_row(row, kinds) for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(caption)}"><table><caption>{safe(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[Cell], kinds: Sequence[str]) -> str:
    first, *rest = zip(cells, kinds, strict=True)
    others = "".join(f"<td{kind}>{written(cell)}</td>" for cell, kind in rest)
    return f'<tr><th scope="row"{first[1]}>{written(first[0])}</th>{others}</tr>'
