"""What `conf/entities/NAME.yaml` may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from lakehouse.matching.settings import MatchSettings
from lakehouse.quality.settings import GateSettings, RuleSettings, expand_shorthand
from lakehouse.settings import IDENTIFIER, Settings, one_or_many

_UP_TO_38 = r"(?:\d|[12]\d|3[0-8])"
TYPE_PATTERN = (
    rf"\A(string|int|bigint|double|boolean|date|timestamp|variant|decimal\((?!0){_UP_TO_38},\s*{_UP_TO_38}\))\Z"
)
Names = Annotated[list[str], BeforeValidator(one_or_many)]
Normalizer = Literal[
    "text", "lower", "upper", "email", "phone", "name", "address", "country", "currency", "postal_code", "language"
]
UNITS = ("kg", "g", "lb", "oz", "m", "cm", "mm", "in", "ft", "l", "ml")


class UnitSettings(Settings):
    """A number with a unit of measure, converted to one unit: `154 lb` becomes 69.853… for `to: kg`."""

    to: Literal["kg", "g", "lb", "oz", "m", "cm", "mm", "in", "ft", "l", "ml"] = Field(description="Target unit.")
    default: Literal["kg", "g", "lb", "oz", "m", "cm", "mm", "in", "ft", "l", "ml"] | None = Field(
        None, description="Unit of a bare number; without it a bare number cannot be typed."
    )


class MinorUnitsSettings(Settings):
    """An amount in the currency's minor unit (1999 cents) that becomes an amount in the currency (19.99)."""

    currency: str = Field(description="An ISO 4217 code, or the name of the entity's column that holds one.")


class ColumnSettings(Settings):
    """One column of an entity: where it comes from and how it becomes typed."""

    type: str = Field(
        "string",
        pattern=TYPE_PATTERN,
        description="string, int, bigint, double, decimal(p,s), boolean, date, timestamp (UTC) or variant.",
    )
    source: str | None = Field(
        None,
        alias="from",
        description="Path in the record: a field name, or a JSON path that starts with `$`. "
        "Default: the column's name.",
        examples=["Email", "$.address.city", "$.items[0].sku", "$['first name']"],
    )
    sql: str | None = Field(
        None, max_length=4000, description="Instead of `from`: a Spark SQL expression over other columns of the entity."
    )
    derived: bool = Field(False, description="Instead of `from`: the `transform` function adds this column.")
    formats: Names = Field(
        default_factory=list,
        description="For date and timestamp: the accepted patterns (yyyy-MM-dd, dd.MM.yyyy HH:mm, …), `iso`, "
        "`epoch_seconds` or `epoch_millis`, tried in this order. Default: iso.",
        examples=["iso", "dd.MM.yyyy", "yyyy-MM-dd HH:mm:ss", "epoch_millis"],
    )
    time_zone: str | None = Field(None, description="Zone of times that name none; default: the entity's.")
    decimal_separator: Literal[".", ","] = Field(".", description="For numbers; the other one separates thousands.")
    true_values: list[str] = Field(default_factory=lambda: ["true", "t", "yes", "y", "1"], description="For boolean.")
    false_values: list[str] = Field(default_factory=lambda: ["false", "f", "no", "n", "0"], description="For boolean.")
    null_values: list[str] = Field(
        default_factory=list, description="Texts that mean `no value` besides the blank text, for example NULL or n/a."
    )
    normalize: Annotated[list[Normalizer], BeforeValidator(one_or_many)] = Field(
        default_factory=list, description="Normalizers, applied in this order before typing."
    )
    region: str | None = Field(
        None, description="For phone and postal_code: an ISO 3166 country code, or the column that holds one."
    )
    mapping: dict[str, str] | None = Field(
        None,
        description="Categories and labels: spelling in the source -> value here; spellings are compared without "
        "case and outer white space.",
    )
    unmapped: Literal["keep", "null", "quarantine"] = Field(
        "quarantine", description="What a value that `mapping` does not know becomes."
    )
    unit: UnitSettings | None = Field(None, description="For double and decimal: a measure with its unit.")
    minor_units: MinorUnitsSettings | None = Field(None, description="For decimal: an amount in minor units.")
    description: str = Field("", description="Becomes the comment of the column.")
    personal: bool | None = Field(
        None,
        description="Whether the value can identify a person; masked in `show`. Default: by the normalizer and name.",
    )

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSettings:
        if sum([self.source is not None, self.sql is not None, self.derived]) > 1:
            raise ValueError("a column has one origin: `from`, `sql` or `derived`")
        return self


class HistorySettings(Settings):
    """What happens when a key comes again."""

    type: Literal["latest", "append", "scd2"] = Field(
        "append",
        description="latest: one row a key, the newest. append: every event once. scd2: one row a key and validity.",
    )
    order_by: str | None = Field(
        None,
        description="Column that says which of two rows is newer; for scd2 also the start of validity. "
        "Default for latest: the order of arrival.",
    )
    delete_when: str | None = Field(
        None, description="For scd2: a Spark SQL condition that marks a record as `this key was deleted`."
    )


class EntitySettings(Settings):
    """One entity of the cleansed zone: typed, normalized and checked rows of one source."""

    description: str = Field("", description="For people; becomes the comment of the table.")
    source: str = Field(description="The source whose records become rows of this entity.")
    keys: Names = Field(default_factory=list, description="Columns that identify a row; empty: every record is a row.")
    history: HistorySettings = Field(default_factory=HistorySettings)
    time_zone: str = Field("UTC", description="Zone of times that name none, as in Europe/Berlin.")
    on_type_error: Literal["quarantine", "rescue"] = Field(
        "quarantine",
        description="quarantine: the row is set aside. rescue: the row passes, the value is kept in `_rescued`.",
    )
    columns: dict[Annotated[str, Field(pattern=IDENTIFIER)], ColumnSettings] = Field(min_length=1)
    transform: str | None = Field(
        None,
        pattern=r"\A[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z",
        description="`package.module:function` that takes the typed rows and returns them, one row for each.",
        examples=["transforms.customers:with_salutation"],
    )
    rules: Annotated[list[Annotated[RuleSettings, BeforeValidator(expand_shorthand)]], Field(default_factory=list)]
    gate: GateSettings = Field(default_factory=GateSettings)
    match: MatchSettings | None = Field(
        None, description="How rows of the same person or thing are found; what is not said is decided from the data."
    )

    @field_validator("history", mode="before")
    @classmethod
    def _history_shorthand(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _keys_fit_history(self) -> EntitySettings:
        if self.history.type in ("latest", "scd2") and not self.keys:
            raise ValueError(f"history `{self.history.type}` needs `keys`")
        if self.history.type == "scd2" and not self.history.order_by:
            raise ValueError("history `scd2` needs `order_by`: the column with the start of validity")
        if self.history.delete_when and self.history.type != "scd2":
            raise ValueError("`delete_when` is for history `scd2`")
        return self

    @model_validator(mode="after")
    def _match_knows_the_columns(self) -> EntitySettings:
        unknown = sorted(set(self.match.columns if self.match else ()) - set(self.columns))
        if unknown:
            raise ValueError(f"`match` names {', '.join(unknown)}, which is no column of the entity")
        if self.match and not self.keys:
            raise ValueError("`match` needs `keys`: what tells the rows apart")
        return self
