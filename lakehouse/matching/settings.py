"""What a matching run may be told; everything has a default that is found in the data."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lakehouse.errors import ConfigurationError
from lakehouse.settings import Settings

KindName = Literal[
    "given_name", "middle_name", "family_name", "full_name", "date", "email", "phone", "street", "house_number", "postcode",
    "city", "region", "country", "category", "number", "year", "identifier", "phrase", "text", "set", "ignore",
]  # fmt: skip
Links = Literal["auto", "one_to_one", "one_to_many", "many_to_many"]
_SHOWN = 10


class MatchSettings(Settings):
    """Settings of `match`; a missing entry is decided from the data and written into the model."""

    columns: dict[str, KindName] = Field(
        default_factory=dict, description="What a column means, where the guess would be wrong; `ignore` leaves it out."
    )
    placeholders: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Values of a column that stand for `not known`, as `1900-01-01`; an empty list where every value is "
        "meant. Default: of dates, e-mail addresses, phones and identifiers those that far too many records share.",
    )
    rules: list[str] | None = Field(
        None, description="Blocking rules, for example `given_name<=2 & family_name<=1`; default: chosen from the data."
    )
    max_candidates: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Budget of candidate pairs; default: 60 for each record up to 4 million, or 12 for each record where "
        "that is more, and 100 million for `rules` that are given.",
    )
    threshold: float | None = Field(
        None, description="Mean match weight (log2 odds) from which clusters are joined; default: best expected F1."
    )
    review_threshold: float | None = Field(
        None,
        description="Pairs of at least this weight that are not joined go to the review list; default: threshold - 3.",
    )
    min_precision: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.75, description="Least expected precision of a threshold that is chosen from the data."
    )
    links: Links = Field("auto", description="Two tables: how many partners a record may have.")
    dedupe: bool = Field(
        False,
        description="Two tables: find the duplicates within each of them too, and group everything that is the same; a "
        "record may then have any number of partners.",
    )
    random_pairs: Annotated[int, Field(ge=1000)] = Field(
        500_000, description="How many random pairs show by how much strangers agree."
    )
    max_edges: Annotated[int, Field(ge=1)] = Field(
        20_000_000,
        description="How many weighed pairs the driver may hold; more are split into parts on the cluster first.",
    )

    @model_validator(mode="after")
    def _bands_are_ordered(self) -> MatchSettings:
        if self.threshold is not None and self.review_threshold is not None and self.review_threshold > self.threshold:
            raise ValueError(
                "`review_threshold` lies above `threshold`, so that pairs would be joined but not reviewed"
            )
        return self

    @model_validator(mode="after")
    def _groups_have_any_size(self) -> MatchSettings:
        if self.dedupe and self.links not in ("auto", "many_to_many"):
            raise ValueError(f"`dedupe` groups any number of records, and `links: {self.links}` allows one partner")
        return self

    @classmethod
    def load(cls, path: str | Path) -> MatchSettings:
        """Read settings from a YAML file.

        Raises:
            ConfigurationError: no file, no YAML, unknown entries, or entries that contradict each other.
        """
        try:
            content = YAML(typ="safe").load(Path(path).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, YAMLError) as error:
            raise ConfigurationError(
                "The settings cannot be read.", where=str(path), found=type(error).__name__,
                remedy="name a YAML file of `key: value` lines, in UTF-8",
            ) from error  # fmt: skip
        return cls.parse({} if content is None else content, str(path))

    @classmethod
    def parse(cls, content: Any, where: str = "settings") -> MatchSettings:
        """Check settings that were written as a mapping.

        Args:
            content: the mapping.
            where: what it is called in messages.

        Raises:
            ConfigurationError: everything that is wrong, at once.
        """
        if not isinstance(content, dict):
            raise ConfigurationError(
                "Settings are a mapping.", where=where, found=type(content).__name__,
                remedy=f"write `key: value` lines; known: {', '.join(cls.model_fields)}",
            )  # fmt: skip
        if content.get("format") is not None and "fields" in content:
            raise ConfigurationError(
                "This is a fitted model, not settings.", where=where, found="`format` and `fields`",
                remedy="give it as the model: `--model FILE`, in Python `settings=MatchModel.load(FILE)`",
            )  # fmt: skip
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            found = "; ".join(_finding(one, list(cls.model_fields)) for one in error.errors()[:_SHOWN])
            raise ConfigurationError(
                "The settings are wrong.", where=where, found=found,
                remedy=f"known entries: {', '.join(cls.model_fields)}",
            ) from error  # fmt: skip


def _finding(error: Any, known: list[str]) -> str:
    """Write one finding of Pydantic as place and problem, with the nearest known entry."""
    place = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        near = get_close_matches(place, known, n=1)
        return f"there is no entry `{place}`" + (f"; did you mean `{near[0]}`?" if near else "")
    problem = error["msg"].removeprefix("Value error, ")
    return f"{place}: {problem}" if place else problem
