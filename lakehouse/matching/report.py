"""A result -> one HTML page for whoever decides whether to believe it: what was compared, as what, and how it came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import ConfigurationError
from lakehouse.matching.charts import share_bar, signed_bar, threshold_curves, weight_histogram
from lakehouse.matching.explanation import explain_pairs
from lakehouse.matching.masking import shown_id
from lakehouse.matching.page import Markup, page, paragraph, safe, section, table, tiles
from lakehouse.matching.report_rules import rules_section
from lakehouse.matching.sides import pair_ends
from lakehouse.matching.waterfall import signed, steps_of, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse.matching.evaluation import Evaluation
    from lakehouse.matching.explanation import Explanation
    from lakehouse.matching.model import FieldModel
    from lakehouse.matching.result import MatchResult
    from lakehouse.matching.summary import Summary

DOUBTFUL = 20
"""Pairs that are shown for a person to judge."""
_WORDS = (
    ("match weight", ("Evidence in bits: each bit doubles the odds that two records are the same. At 0 the odds are even, at "
     "+10 they are about 1,000 to 1, at −10 about 1 to 1,000.")),
    ("threshold", "Groups are joined while the mean weight between them is at least this."),
    ("precision", "Of the pairs that were put together, the share that is right."),
    ("recall", "Of the pairs that belong together, the share that was put together."),
    ("blocking rule", "What two records must have in common to be compared at all."),
    ("matches, strangers", ("Pairs of records that are the same person or thing, and random pairs. A level that is "
     "frequent among the first and rare among the second speaks for a match.")),
)  # fmt: skip


def write_report(
    result: MatchResult, path: str | Path, *, show_values: bool, evaluation: Evaluation | None = None
) -> None:
    """Write the report of a result; runs actions.

    Args:
        result: of `match`.
        path: of the file.
        show_values: show values and ids of the doubtful pairs instead of masking them.
        evaluation: figures against a known answer.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    text = build_report(result, show_values=show_values, evaluation=evaluation)
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            "The report cannot be written.", where=str(path), found=error.strerror or type(error).__name__,
            remedy="name a file in a folder that is there and may be written",
        ) from error  # fmt: skip


def build_report(result: MatchResult, *, show_values: bool = False, evaluation: Evaluation | None = None) -> str:
    """Build the page: the same result gives the same text."""
    summary = result.summary
    parts = [
        "<h1>Matching report</h1>", paragraph(_lead(summary)), tiles(_figures(summary)), paragraph(_belief(summary, evaluation)),
        *(f'<p class="warning"><strong>Warning.</strong> {safe(warning)}</p>' for warning in summary.warnings),
        _against_truth(evaluation), _columns(summary), rules_section(summary, evaluation), _fields(result), _threshold(result),
        _weights(summary), _sizes(summary), _pairs(result, show_values=show_values), _glossary(),
    ]  # fmt: skip
    return page("Matching report", parts)


def _lead(summary: Summary) -> str:
    total = sum(summary.records)
    tables = "one table" if len(summary.records) == 1 else "two tables, which were linked,"
    return (
        f"{total:,} records of {tables} were compared. {summary.grouped:,} of them form {summary.clusters:,} groups of two "
        f"records or more; the other {total - summary.grouped:,} stand alone."
    )


def _figures(summary: Summary) -> list[tuple[str, str]]:
    return [
        ("records", " + ".join(f"{count:,}" for count in summary.records)),
        ("groups", f"{summary.clusters:,}"), ("records in groups", f"{summary.grouped:,}"),
        ("largest group", f"{summary.largest:,}"), ("expected precision", f"{summary.expected_precision:.1%}"),
        ("expected recall", f"{summary.expected_recall:.1%}"), ("pairs to judge", f"{summary.review:,}"),
    ]  # fmt: skip


def _belief(summary: Summary, evaluation: Evaluation | None) -> str:
    if not summary.clusters:
        return "No two records were put together."
    check = "It has seen no known answer: judge some of the doubtful pairs below before you rely on it."
    if evaluation is not None:
        check = f"Measured by the known answer these are {evaluation.closure_precision:.1%} and {evaluation.closure_recall:.1%}."
    return (
        f"By its own estimate the model put the right records together in {summary.expected_precision:.1%} of the pairs and "
        f"found {summary.expected_recall:.1%} of the pairs that its rules could find. {check}"
    )


def _against_truth(evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return ""
    names = {
        "pair": "pairs that reach the threshold",
        "closure": "pairs in one group",
        "bcubed": "mean over records (B-cubed)",
    }
    rows = [
        (name, *(f"{getattr(evaluation, f'{key}_{part}'):.4f}" for part in ("precision", "recall", "f1")))
        for key, name in names.items()
    ]
    lost = (
        ("not compared (blocking)", evaluation.lost_in_blocking), ("below the threshold (scoring)", evaluation.lost_in_scoring),
        ("split apart (clustering)", evaluation.lost_in_clustering),
    )  # fmt: skip
    stages = [(name, count, Markup(share_bar(count, of=evaluation.true_pairs, kind="against"))) for name, count in lost]
    return section(
        "Against the known answer",
        table("Figures against the known answer", ["", "precision#", "recall#", "F1#"], rows),
        table(f"Where true pairs were lost, of {evaluation.true_pairs:,}", ["stage", "true pairs#", "~"], stages),
        paragraph(
            f"{evaluation.blocking_recall:.2%} of the true pairs were compared; groups won back {evaluation.won_by_clustering:,}. "
            f"The largest group has {evaluation.largest_cluster:,} records, the largest true one {evaluation.largest_true:,}."
        ),
    )


def _columns(summary: Summary) -> str:
    rows = [(name, kind, reason) for name, (kind, reason) in summary.columns.items()]
    return section(
        "How each column was understood",
        table("What each column was taken for, and why", ["column", "taken for", "because of"], rows),
        paragraph(
            "Where a guess is wrong, say so in the settings, as in `columns: {title: phrase, note: ignore}`, and run again.",
            style="soft",
        ),
    )


def _fields(result: MatchResult) -> str:
    weights = [level.weight for field in result.model.fields.values() for level in field.levels]
    low, high = min([0.0, *weights]), max([0.0, *weights])
    cards = "".join(_field(name, field, low, high) for name, field in result.model.fields.items())
    return section(
        "What agreement is worth",
        paragraph(
            "How frequent each level of agreement is among matches and among strangers, and how many bits it adds to the match "
            "weight. An equal value counts more where it is rare and less where it is common; shown is a value of usual frequency."
        ),
        f'<div class="cards">{cards}</div>',
    )


def _field(name: str, field: FieldModel, low: float, high: float) -> str:
    rows = [
        (
            level.label, f"{level.match:.1%}", f"{level.stranger:.2%}", f"{level.weight:+.2f}",
            Markup(signed_bar(level.weight, 0.0, low, high)),
        )
        for level in field.levels
    ]  # fmt: skip
    columns = ["level", "matches#", "strangers#", "bits#", "~"]
    head = f"<h3>{safe(name)}</h3>"
    return f'<div class="card">{head}{table(f"{name}, compared as {field.kind}", columns, rows)}</div>'


def _threshold(result: MatchResult) -> str:
    tried = result.clustering.tried or (result.clustering.expected,)
    rows = [
        (
            f"{one.threshold:+.2f}" + (" (chosen)" if one.threshold == result.model.threshold else ""), f"{one.precision:.3f}",
            f"{one.recall:.3f}", f"{one.f1:.3f}", one.clusters, one.largest,
        )
        for one in tried
    ]  # fmt: skip
    told = (
        "It was chosen for the best expected F1."
        if result.clustering.tried
        else "It was given, not chosen from these data."
    )
    columns = ["threshold", "precision#", "recall#", "F1#", "groups#", "largest#"]
    return section(
        "Where the line was drawn",
        paragraph(
            f"Groups of records are joined from a mean match weight of {result.model.threshold:+.2f} bits. {told}"
        ),
        threshold_curves(result.clustering.tried, result.model.threshold),
        table("What the model expects of thresholds, over distinct records", columns, rows),
    )


def _weights(summary: Summary) -> str:
    return section(
        "How the pairs spread",
        paragraph(
            "Compared pairs by match weight; a step of height is ten times as many. Two hills with a valley between them are a "
            "good sign; a single hill means that the columns hardly tell matches from strangers."
        ),
        weight_histogram(summary.weights, summary.threshold),
    )


def _sizes(summary: Summary) -> str:
    most = max(summary.sizes.values(), default=0)
    rows = [(size, count, Markup(share_bar(count, of=most))) for size, count in summary.sizes.items()]
    return section("How large the groups are", table("Groups by size", ["records", "groups#", "~"], rows))


def _pairs(result: MatchResult, *, show_values: bool) -> str:
    rows = result.review.limit(DOUBTFUL).collect()
    ends = [pair_ends(row, result.records) for row in rows]
    pairs = explain_pairs(result, ends, show_values=show_values)
    if not pairs:
        return section("Pairs to look at", paragraph("No pair is in doubt."))
    masked = "" if show_values else " Values are masked; `--show-values` shows them."
    return section(
        "Pairs to look at",
        paragraph(
            f"The {len(pairs):,} most doubtful of {result.summary.review:,} pairs for a person to judge.{masked}"
        ),
        *(
            _pair(one, row["reason"], sides=[f"{side} " * result.records.dedupe for side, _ in both], show_values=show_values)
            for one, row, both in zip(pairs, rows, ends, strict=True)
        ),
    )


def _pair(one: Explanation, reason: str, *, sides: Sequence[str], show_values: bool) -> str:
    keys = zip(sides, (one.left, one.right), strict=True)
    ids = " and ".join(f"{side}{safe(shown_id(key, show=show_values))}" for side, key in keys)
    steps = steps_of(one)
    ends = [0.0, *(step.end for step in steps)]
    rows = [
        (
            step.bar.name, step.bar.label, values_of(step.bar), signed(step.bar.bits),
            Markup(signed_bar(step.bar.bits, step.start, min(ends), max(ends))),
        )
        for step in steps
    ]  # fmt: skip
    columns = ["part", "agreement", "values", "bits#", "~"]
    return (
        f"<details><summary><strong>{ids}</strong>: {safe(reason)}; weight {signed(one.match_weight)}</summary>"
        f"{paragraph(one.verdict)}{table('How the weight adds up', columns, rows)}{paragraph(one.found_by, style='soft')}</details>"
    )


def _glossary() -> str:
    entries = "".join(f"<dt><strong>{safe(word)}</strong></dt><dd>{safe(text)}</dd>" for word, text in _WORDS)
    return section("Words", f"<dl>{entries}</dl>")
