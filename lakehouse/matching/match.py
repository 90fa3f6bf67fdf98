"""The door: one table or two -> candidate pairs -> levels -> model -> weights -> clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.clustering import Clustering, cluster_pairs
from lakehouse.matching.comparison import compare_pairs
from lakehouse.matching.fields import build_fields
from lakehouse.matching.fitting import fit_model
from lakehouse.matching.model import ColumnModel, MatchModel, describe_fields
from lakehouse.matching.pairing import ALL_PAIRS, choose_blocking, find_candidates, observe_strangers
from lakehouse.matching.profiles import profile_values
from lakehouse.matching.records import prepare_records
from lakehouse.matching.result import MatchResult
from lakehouse.matching.rule_texts import read_rule
from lakehouse.matching.scoring import collect_patterns, with_weights
from lakehouse.matching.semantics import guess_columns
from lakehouse.matching.settings import MatchSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse.matching.fields import Field
    from lakehouse.matching.fitting import Fit
    from lakehouse.matching.records import Prepared
    from lakehouse.matching.semantics import SourceColumn

LOOKED_AT = 10_000
"""Records whose values are looked at to tell what the columns mean."""


def match(
    records: DataFrame,
    other: DataFrame | None = None,
    *,
    id: str,  # noqa: A002  - what users call it
    settings: MatchSettings | MatchModel | Mapping[str, object] | None = None,
) -> MatchResult:
    """Find the records that mean the same person or thing.

    Args:
        records: one row for each record, any columns.
        other: a second table to link with the first; columns are matched by name.
        id: the column that identifies a record within its table.
        settings: what to decide otherwise than from the data, or a model that was fitted before.

    Raises:
        ConfigurationError: no, null or repeated ids, no column to compare, settings that do not fit the columns.
    """
    tables = [records] if other is None else [records, other]
    model = settings if isinstance(settings, MatchModel) else None
    chosen = (
        settings
        if isinstance(settings, MatchSettings)
        else MatchSettings.model_validate({} if model else settings or {})
    )
    names = _common_columns(tables, id)
    columns = model.source_columns() if model else _understand(tables, names, chosen, id)
    types = {name: type_ for name, type_ in tables[0].dtypes if name in names}
    fields = build_fields([column for column in columns if column.name in types], types)
    _require_fields(fields, columns, model)
    prepared = prepare_records(tables, fields, key=id)
    return _Run(prepared, fields, columns, chosen, model).result()


@dataclass(frozen=True)
class _Run:
    """One run over prepared records: what the steps hand on to each other."""

    prepared: Prepared
    fields: list[Field]
    columns: list[SourceColumn]
    settings: MatchSettings
    model: MatchModel | None

    def result(self) -> MatchResult:
        """Block, compare, fit, score and cluster."""
        if self.model:
            rules = [read_rule(text) for text in self.model.rules if text != ALL_PAIRS]
            compared, fit = self._compared(rules), self.model.fit()
        else:
            strangers = observe_strangers(self.prepared, self.fields, self.settings.random_pairs)
            rules = choose_blocking(self.prepared, self.fields, strangers, self.settings)
            compared = self._compared(rules)
            smaller = min((count for count in self.prepared.counts if count), default=0)
            patterns = collect_patterns(compared, self.fields, pairs=self.prepared.pairs, records=smaller)
            fit = fit_model(patterns, [field.kind for field in self.fields], strangers.shares)
        scored = with_weights(compared, self.fields, fit)
        clustering = cluster_pairs(scored, self._copies(fit), self.prepared, self.settings, self.model)
        model = self.model or self._describe(fit, [rule.name for rule in rules] or [ALL_PAIRS], clustering)
        return MatchResult(self.prepared, tuple(self.fields), fit, model, scored, clustering)

    def _compared(self, rules: Sequence[object]) -> DataFrame:
        candidates = find_candidates(self.prepared, rules)  # type: ignore[arg-type]
        return compare_pairs(candidates, self.prepared, self.fields).localCheckpoint()

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
                one.name: ColumnModel(kind=one.kind, reason=one.reason, month_first=one.month_first) for one in self.columns
            },
            fields=describe_fields(self.fields, fit, self.prepared.typical, self.prepared.piles),
            rules=rules, matches=fit.match, related=fit.related, threshold=clustering.threshold,
            review_threshold=clustering.review_threshold, links=clustering.links,
            records=[count for count in self.prepared.counts if count], steps=fit.steps, converged=fit.converged,
            expected_precision=round(expected.precision, 4), expected_recall=round(expected.recall, 4),
            warnings=[*fit.warnings, *clustering.warnings],
        )  # fmt: skip


def _common_columns(tables: Sequence[DataFrame], key: str) -> list[str]:
    for table in tables:
        if key not in table.columns:
            raise ConfigurationError(
                "There is no id column of this name.", where=f"column {key}", found=", ".join(table.columns[:20]),
                remedy="say which column identifies a record (`id=`, on the command line `--id`)",
            )  # fmt: skip
    shared = set.intersection(*(set(table.columns) for table in tables))
    return [name for name in tables[0].columns if name in shared and name != key and not name.startswith("_")]


def _understand(tables: Sequence[DataFrame], names: list[str], settings: MatchSettings, key: str) -> list[SourceColumn]:
    """Look at the values of some records, the same ones in every run, and guess what the columns mean."""
    unknown = sorted(set(settings.columns) - set(names))
    if unknown:
        raise ConfigurationError(
            "The settings name columns that are not there.", where="settings, columns", found=", ".join(unknown),
            remedy=f"use columns of the records: {', '.join(names)}",
        )  # fmt: skip
    texts = [F.col(f"`{name}`").cast("string").alias(name) for name in names]
    values: dict[str, list[str | None]] = {name: [] for name in names}
    for table in tables:
        identity = F.col(f"`{key}`").cast("string")
        some = (
            table.select(*texts, F.xxhash64(identity).alias("_order")).orderBy("_order").limit(LOOKED_AT // len(tables))
        )
        found = some.toArrow()
        for name in names:
            values[name] += found.column(name).to_pylist()
    return guess_columns({name: profile_values(column) for name, column in values.items()}, settings.columns)


def _require_fields(fields: Sequence[Field], columns: Sequence[SourceColumn], model: MatchModel | None) -> None:
    if not fields:
        raise ConfigurationError(
            "There is nothing to compare.", where="records",
            found="; ".join(f"{one.name}: {one.reason}" for one in columns) or "no column besides the id",
            remedy="give at least one column whose values differ, or name its kind in the settings",
        )  # fmt: skip
    names = [field.name for field in fields]
    if len(set(names)) != len(names):
        raise ConfigurationError(
            "Two columns have the same name but for case and signs.", where="records", found=", ".join(sorted(names)),
            remedy="rename one of them",
        )  # fmt: skip
    if model and names != list(model.fields):
        raise ConfigurationError(
            "The model was fitted on other columns.", where="model, fields", found=", ".join(names),
            remedy=f"give the columns of the model: {', '.join(model.columns)}; or fit a new one",
        )  # fmt: skip
