"""The blocking rules of a result in its report: what each found, what it missed, and which were not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.matching.charts import share_bar
from lakehouse.matching.page import Cell, Markup, paragraph, section, table

if TYPE_CHECKING:
    from lakehouse.matching.evaluation import Evaluation
    from lakehouse.matching.summary import Summary

RULES_LEFT_OUT = 12
"""Blocking rules that were not used and are still shown, those that would find most first."""


def rules_section(summary: Summary, evaluation: Evaluation | None) -> str:
    """Build the section of the report that tells which pairs were compared, and what each rule found and missed."""
    found = evaluation.found_by_rule if evaluation else {}
    most = max((count.pairs for count in summary.rules.values()), default=0)
    columns = ["rule", "pairs#", "by no other rule#", *(["true pairs#"] if evaluation else []), "~"]
    rows: list[list[Cell]] = [
        [
            rule, count.pairs, count.alone, *([found.get(rule, 0)] if evaluation else []),
            Markup(share_bar(count.pairs, of=most)),
        ]
        for rule, count in summary.rules.items()
    ]  # fmt: skip
    share = summary.candidates / summary.possible if summary.possible else 0
    return section(
        "Which pairs were compared",
        paragraph(
            f"{summary.candidates:,} of {summary.possible:,} possible pairs of different records ({share:.3%}) were compared: "
            "every pair that one of these rules describes, without exception."
        ),
        table("Blocking rules and what they found", columns, rows),
        _missed(summary, evaluation),
        _left_out(summary),
    )


def _missed(summary: Summary, evaluation: Evaluation | None) -> str:
    """Show what each rule did not find: of the true pairs where they are known, else of those that reach the threshold."""
    if evaluation:
        told, total = "true pairs", evaluation.true_pairs
        counts = {
            rule: (evaluation.found_by_rule.get(rule, 0), evaluation.only_by_rule.get(rule, 0)) for rule in summary.rules
        }
    else:
        told, total = "pairs that reach the threshold", summary.pairs
        counts = {rule: (count.matches, count.matches_alone) for rule, count in summary.rules.items()}
    if not total:
        return ""
    rows = [
        (rule, total - found, f"{1 - found / total:.1%}", alone, Markup(share_bar(total - found, of=total, kind="against")))
        for rule, (found, alone) in counts.items()
    ]
    columns = ["rule", "missed#", "share#", "lost without it#", "~"]
    return table(f"What each rule missed, of {total:,} {told}", columns, rows)


def _left_out(summary: Summary) -> str:
    worth = [(name, one) for name, one in summary.left_out.items() if one.gain]
    if not worth:
        return ""
    rows = [(name, f"{one.gain:.2%}", one.candidates, one.reason) for name, one in worth[:RULES_LEFT_OUT]]
    shown = table(
        "What was expected of the rules that were not used",
        ["rule", "true pairs besides#", "candidates#", "why not"], rows,
    )  # fmt: skip
    return f"<details><summary>Rules that were considered and not used</summary>{shown}</details>"
