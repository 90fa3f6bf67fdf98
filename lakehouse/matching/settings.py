"""What a matching run may be told; everything has a default that is found in the data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lakehouse.settings import Settings

KindName = Literal[
    "given_name", "middle_name", "family_name", "full_name", "date", "email", "phone", "street", "house_number", "postcode",
    "city", "region", "country", "category", "number", "identifier", "phrase", "text", "set", "ignore",
]  # fmt: skip
Links = Literal["auto", "one_to_one", "one_to_many", "many_to_many"]


class MatchSettings(Settings):
    """Settings of `match`; a missing entry is decided from the data and written into the model."""

    columns: dict[str, KindName] = Field(
        default_factory=dict, description="What a column means, where the guess would be wrong; `ignore` leaves it out."
    )
    rules: list[str] | None = Field(
        None, description="Blocking rules, for example `given_name<=2 & family_name<=1`; default: chosen from the data."
    )
    max_candidates: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Budget of candidate pairs; default: 2 million, or 15 for each record where that is more."
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
    random_pairs: Annotated[int, Field(ge=1000)] = Field(
        500_000, description="How many random pairs show by how much strangers agree."
    )
    max_edges: Annotated[int, Field(ge=1)] = Field(
        20_000_000, description="How many edges the driver may hold; more are split on the cluster first."
    )

    @model_validator(mode="after")
    def _bands_are_ordered(self) -> MatchSettings:
        if self.threshold is not None and self.review_threshold is not None and self.review_threshold > self.threshold:
            raise ValueError(
                "`review_threshold` lies above `threshold`, so that pairs would be joined but not reviewed"
            )
        return self
