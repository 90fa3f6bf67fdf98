"""Everything a matching run decided, as one readable, versioned YAML file: fields, levels, rules, shares, threshold."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import Field as Entry
from pydantic import ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lakehouse.errors import ConfigurationError
from lakehouse.matching.comparison import level_condition
from lakehouse.matching.pair_classes import Calibration, FieldShares, Fit, level_bits
from lakehouse.matching.semantics import SourceColumn
from lakehouse.matching.settings import KindName
from lakehouse.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse.matching.fields import Field

FORMAT = 2
"""Version of the file; a file of another version is refused."""


class ColumnModel(Settings):
    """What a column of the records was taken for, and why."""

    kind: str
    reason: str = ""
    month_first: bool = False
    numbers: bool = Entry(False, description="Of a text: the numbers in it are a field of their own.")
    prefix: str = Entry("", description="What stands before a part of the identifiers and says nothing.")
    placeholders: list[str] = Entry(default_factory=list, description='Values that many records have for "not known".')

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in get_args(KindName):
            raise ValueError(f"no kind of column; use one of {', '.join(get_args(KindName))}")
        return kind


class LevelModel(Settings):
    """One level of a field: its share in each class of pairs, and the bits that it speaks for a match."""

    level: int
    label: str
    condition: str = ""
    match: float
    related: float
    namesake: float
    sibling: float = 0.0
    neighbor: float = 0.0
    stranger: float
    weight: float = Entry(description="For the reader: log2(match / stranger). What is weighed by is the shares.")


class FieldModel(Settings):
    """One field with its levels, best first."""

    kind: str
    sources: list[str]
    typical_frequency: float
    first_of_january_means_year: bool = False
    levels: list[LevelModel]


class CalibrationModel(Settings):
    """What labels said of the weights: calibrated weight = slope * weight + offset, in bits."""

    slope: float
    offset: float
    moves_weights: bool = Entry(False, description="The line holds for weights, and not for scores alone.")
    right: int = Entry(description="Pairs that people judged to be a match.")
    wrong: int = Entry(description="Pairs that people judged to be none.")
    loss_before: float | None = Entry(None, description="Mean log loss of held out labels by the bare weights.")
    loss_after: float | None = Entry(None, description="The same by calibrated weights.")


class MatchModel(Settings):
    """A fitted model; `match(..., settings=model)` scores other records by it without fitting again."""

    format: Literal[2] = 2
    columns: dict[str, ColumnModel]
    fields: dict[str, FieldModel]
    rules: list[str] = Entry(description="Blocking rules; `all pairs` where the table is small enough for that.")
    matches: float = Entry(description="Share of matches among all pairs.")
    related: float = Entry(description="Share of pairs of people who share a home or an employer.")
    namesakes: float = Entry(0.0, description="Share of pairs of people of the same name.")
    siblings: float = Entry(0.0, description="Share of pairs of things of one series.")
    moved: float = Entry(0.0, description="Share of the true pairs whose address changed as a whole.")
    neighbors: float = Entry(0.0, description="Share of pairs of strangers of one origin, who agree more often than others.")
    threshold: float
    review_threshold: float
    links: str | None = None
    dedupe: bool = Entry(False, description="Of two tables, duplicates within each were looked for, too.")
    calibration: CalibrationModel | None = Entry(None, description="What labels taught; none without labels.")
    records: list[int] = Entry(description="Distinct records of each table when the model was fitted.")
    steps: int = 0
    converged: bool = True
    expected_precision: float = 1.0
    expected_recall: float = 1.0
    warnings: list[str] = Entry(default_factory=list)

    def save(self, path: str | Path) -> None:
        """Write the model as YAML."""
        text = io.StringIO()
        yaml = YAML()
        yaml.width = 4096
        yaml.dump(self.model_dump(mode="json"), text)
        Path(path).write_text(
            "# Model of `lakehouse match`: readable, reusable, no values of records but those that many have for `not known`.\n"
            "# Pairs are weighed by the shares `match`, `stranger` and so on; `weight` follows from them and is not read.\n"
            + text.getvalue(),
            "utf-8",
        )

    @classmethod
    def load(cls, path: str | Path) -> MatchModel:
        """Read a model.

        Raises:
            ConfigurationError: no file, no YAML, another format, or unknown or missing entries.
        """
        try:
            content = YAML(typ="safe").load(Path(path).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, YAMLError) as error:
            raise _unreadable(path, type(error).__name__) from error
        return cls.parse(content, str(path))

    @classmethod
    def parse(cls, content: Any, where: str) -> MatchModel:
        """Check the content of a model file."""
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            found = content.get("format") if isinstance(content, dict) else type(content).__name__
            raise ConfigurationError(
                "The model has another format.", where=where, found=f"format {found}, expected {FORMAT}",
                remedy="fit the model again with this version of lakehouse",
            )  # fmt: skip
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            places = "; ".join(".".join(map(str, one["loc"])) + ": " + one["msg"] for one in error.errors()[:5])
            raise _unreadable(where, places) from error

    def source_columns(self) -> list[SourceColumn]:
        """The columns as `build_fields` takes them."""
        return [
            SourceColumn(name, **{**one.model_dump(), "placeholders": tuple(one.placeholders)})
            for name, one in self.columns.items()
        ]

    def fit(self) -> Fit:
        """The shares as the scoring takes them."""
        fields = []
        for field in self.fields.values():
            levels = sorted(field.levels, key=lambda level: level.level)
            classes = ("match", "related", "namesake", "sibling", "neighbor", "stranger")
            fields.append(FieldShares(*(np.array([getattr(level, name) for level in levels]) for name in classes)))
        sizes = (self.matches, self.related, self.namesakes, self.siblings, self.neighbors, self.moved)
        line = Calibration(**self.calibration.model_dump()) if self.calibration else Calibration()
        return Fit(tuple(fields), *sizes, self.steps, self.converged, (), tuple(self.warnings), line)


def _unreadable(where: str | Path, found: str) -> ConfigurationError:
    return ConfigurationError(
        "The model cannot be read.", where=str(where), found=found, remedy="fit the model again, or undo the last edit"
    )


def describe_fields(
    fields: Sequence[Field], fit: Fit, typical: dict[str, float], piles: frozenset[str]
) -> dict[str, FieldModel]:
    """Write fields and shares for the model; the weight of an equal value is that of a value of typical frequency."""
    described = {}
    for field, shares in zip(fields, fit.fields, strict=True):
        bits = level_bits(shares.match, shares.stranger)
        bits[-1] -= np.log2(typical.get(field.name, 1.0))
        described[field.name] = FieldModel(
            kind=field.kind.name,
            sources=list(field.sources),
            # In full: what later records are weighed by must be what these were weighed by.
            typical_frequency=typical.get(field.name, 1.0),
            first_of_january_means_year=field.name in piles,
            levels=[
                LevelModel(
                    level=number, label=field.kind.level(number).label,
                    condition=level_condition(field, number, fields, field.name in piles),
                    match=round(float(shares.match[number]), 9), related=round(float(shares.related[number]), 9),
                    namesake=round(float(shares.namesake[number]), 9), sibling=round(float(shares.sibling[number]), 9),
                    neighbor=round(float(shares.neighbor[number]), 12),
                    stranger=round(float(shares.stranger[number]), 12), weight=round(float(bits[number]), 3),
                )
                for number in range(field.kind.top, -1, -1)
            ],
        )  # fmt: skip
    return described
