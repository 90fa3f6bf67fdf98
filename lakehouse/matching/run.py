"""The door: one table or two -> candidate pairs -> levels -> model -> weights -> clusters."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.matching.calibration import calibrate
from lakehouse.matching.clustering import Clustering, cluster_pairs
from lakehouse.matching.comparison import compare_pairs
from lakehouse.matching.fitting import fit_model
from lakehouse.matching.labels import Labels, read_labels
from lakehouse.matching.model import CalibrationModel, ColumnModel, MatchModel, describe_fields
from lakehouse.matching.pairing import find_candidates
from lakehouse.matching.records import prepare_records
from lakehouse.matching.result import MatchResult
from lakehouse.matching.rule_choice import MOST_CANDIDATES, Choice, choose_rules, model_rules
from lakehouse.matching.rule_texts import ALL_PAIRS
from lakehouse.matching.scoring import collect_patterns, with_weights
from lakehouse.matching.strangers import observe_strangers
from lakehouse.matching.understanding import understand_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.blocking.rules import BlockingRule
    from lakehouse.matching.fields import Field
    from lakehouse.matching.pair_classes import Fit, Patterns
    from lakehouse.matching.records import Prepared
    from lakehouse.matching.semantics import SourceColumn
    from lakehouse.matching.settings import MatchSettings
    from lakehouse.matching.strangers import Strangers


def ignore_words(_: str) -> None:
    """Do nothing with what a run says of its progress."""


def match(
    records: DataFrame,
    other: DataFrame | None = None,
    *,
    id: str,  # noqa: A002  - what users call it
    settings: MatchSettings | MatchModel | Mapping[str, object] | None = None,
    labels: DataFrame | None = None,
    listener: Callable[[str], None] = ignore_words,
) -> MatchResult:
    """Find the records that mean the same person or thing.

    Args:
        records: one row for each record, any columns.
        other: a second table to link with the first; columns are matched by name. With the setting `dedupe` the
            duplicates within each table are found in the same run.
        id: the column that identifies a record within its table.
        settings: what to decide otherwise than from the data, or a model that was fitted before.
        labels: pairs that a person has judged, `id_l`, `id_r` and `match` (true or false); of two tables `id_l` is of the
            first, unless `side_l` and `side_r` (`left` or `right`) say otherwise. They are obeyed: a match
            is joined, found by blocking or not, and what is none is never in one cluster. The model learns from them,
            unless it was fitted before, and those that `MatchResult.to_label` chose (`chosen_by` is `weight`) calibrate
            its scores, and of a linkage the weights.
        listener: is told in a word or two what is being done.

    Raises:
        ConfigurationError: no, null or repeated ids, no column to compare, settings that do not fit the columns, labels
            about no records or without a yes or no.
    """
    tables = [records] if other is None else [records, other]
    listener("understanding the columns")
    understood = understand_tables(tables, key=id, settings=settings)
    listener("preparing the records")
    prepared = prepare_records(tables, understood.fields, key=id, dedupe=understood.dedupe)
    judged = None if labels is None else read_labels(labels, prepared)
    run = _Run(prepared, understood.fields, understood.columns, understood.settings, understood.model, judged, listener)
    return run.result()


@dataclass(frozen=True)
class _Run:
    """One run over prepared records: what the steps hand on to each other."""

    prepared: Prepared
    fields: list[Field]
    columns: list[SourceColumn]
    settings: MatchSettings
    model: MatchModel | None
    labels: Labels | None
    listener: Callable[[str], None]

    def result(self) -> MatchResult:
        """Block, compare, fit, score and cluster."""
        self.listener("blocking")
        if self.model:
            choice = Choice(model_rules(self.prepared, self.fields, self.model), MOST_CANDIDATES)
            compared, fit = self._compared(choice.rules), self.model.fit()
        else:
            strangers = observe_strangers(self.prepared, self.fields, self.settings.random_pairs)
            choice = choose_rules(self.prepared, self.fields, strangers, self.settings)
            compared = self._compared(choice.rules)
            self.listener("fitting the model")
            patterns = collect_patterns(
                compared, self.fields, pairs=self.prepared.pairs, records=self.prepared.most_matched
            )
            fit = self._fit(patterns, strangers)
        self.listener("clustering")
        scored = with_weights(compared, self.fields, fit)
        clustering = cluster_pairs(scored, self._copies(fit), self.prepared, self.settings, self.model)
        if self.labels:
            clustering = replace(clustering, warnings=(*clustering.warnings, *self.labels.warnings))
        model = self.model or self._describe(fit, [rule.name for rule in choice.rules] or [ALL_PAIRS], clustering)
        return MatchResult(
            self.prepared, tuple(self.fields), fit, model, scored, clustering, tuple(choice.left_out)
        )

    def _compared(self, rules: Sequence[BlockingRule]) -> DataFrame:
        self.listener("comparing pairs")
        candidates = find_candidates(self.prepared, rules)
        if self.labels:
            candidates = self.labels.added_to(candidates)
        return compare_pairs(candidates, self.prepared, self.fields).localCheckpoint()

    def _fit(self, patterns: Patterns, strangers: Strangers) -> Fit:
        kinds = [field.kind for field in self.fields]
        fit = fit_model(patterns, kinds, strangers.shares, strangers.neighbors)
        if not self.labels:
            return fit
        line = calibrate(patterns, kinds, strangers.shares, strangers.neighbors)
        return replace(fit, calibration=replace(line, moves_weights=self.prepared.is_linkage))

    def _copies(self, fit: Fit) -> DataFrame:
        """Records that stand for several equal ones, with the weight of the pair of two of them: `_id`, `match_weight`."""
        twins = self.prepared.distinct.where("_copies > 1").select(
            F.col("_id").alias("id_l"), F.col("_id").alias("id_r")
        )
        scored = with_weights(compare_pairs(twins, self.prepared, self.fields), self.fields, fit)
        return scored.select(F.col("id_l").alias("_id"), "match_weight")

    def _describe(self, fit: Fit, rules: list[str], clustering: Clustering) -> MatchModel:
        expected = clustering.expected
        return MatchModel(
            columns={
                one.name: ColumnModel(
                    kind=one.kind, reason=one.reason, month_first=one.month_first, placeholders=list(one.placeholders),
                    numbers=one.numbers, prefix=one.prefix,
                )
                for one in self.columns
            },
            fields=describe_fields(self.fields, fit, self.prepared.typical, self.prepared.piles),
            rules=rules, matches=fit.match, related=fit.related, namesakes=fit.namesake,
            siblings=fit.sibling, neighbors=fit.neighbor, moved=fit.moved, threshold=clustering.threshold,
            review_threshold=clustering.review_threshold, links=clustering.links, dedupe=self.prepared.dedupe,
            records=list(self.prepared.counts[: 1 + self.prepared.two_tables]), steps=fit.steps, converged=fit.converged,
            expected_precision=round(expected.precision, 4), expected_recall=round(expected.recall, 4),
            calibration=CalibrationModel(**asdict(fit.calibration)) if self.labels else None,
            warnings=[*fit.warnings, *clustering.warnings],
        )  # fmt: skip
