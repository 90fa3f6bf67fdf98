"""What `conf/lake.yaml` may say, and a whole conf/ folder once it has been read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from lakehouse.cleansed.settings import EntitySettings
from lakehouse.curated.settings import CuratedSettings, SegmentSettings
from lakehouse.settings import IDENTIFIER, Settings
from lakehouse.sources.settings import SourceSettings

if TYPE_CHECKING:
    from pathlib import Path

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # one letter before the colon is a drive, not a scheme
SPARK_KEY = r"\Aspark(\.[A-Za-z0-9_-]+)+\Z"
_FIXED = ("spark.sql.session.timeZone", "spark.sql.ansi.enabled", "spark.sql.caseSensitive",
          "spark.sql.legacy.timeParserPolicy")  # fmt: skip


def _as_text(value: Any) -> Any:
    """Let a YAML author write `spark.executor.cores: 4` and `true`; Spark's settings are texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


SparkKey = Annotated[str, Field(pattern=SPARK_KEY)]
SparkValue = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int | float | bool)]


class LakeSettings(Settings):
    """The lake as a whole."""

    name: str = Field("lake", pattern=IDENTIFIER, description="Names the lake in reports.", examples=["shop"])
    description: str = Field("", description="For people.")
    root: str = Field(
        "lake",
        min_length=1,
        description="Folder in which the lake lies, relative to the folder that holds conf/, or a URI such as s3a://…",
        examples=["lake", "/srv/lake", "s3a://bucket/lake", "${env:LAKE_ROOT}"],
    )
    time_zone: str = Field(
        "UTC",
        description="Zone of the days that windows count, as in `within last 30 days`. Times are stored in UTC.",
        examples=["UTC", "Europe/Berlin"],
    )
    parallel_steps: int = Field(
        3,
        ge=1,
        le=64,
        description="How many steps of a run are done at the same time: each as soon as what it reads is there. A small "
        "step is mostly planning on one core; large ones share the executors.",
        examples=[1, 8],
    )
    curated: CuratedSettings = Field(
        default_factory=CuratedSettings,
        description="Which entities are the customers, orders, e-mail and web events of profiles and segments.",
    )
    spark: dict[SparkKey, SparkValue] = Field(
        default_factory=dict,
        repr=False,
        description="Spark settings for the session that lakehouse builds; without effect where there is one already, "
        "as under spark-submit. Write secrets as ${env:NAME} or ${file:PATH}.",
        examples=[{"spark.sql.shuffle.partitions": 16}],
    )

    @field_validator("spark")
    @classmethod
    def _results_do_not_depend_on_spark_settings(cls, spark: dict[str, str]) -> dict[str, str]:
        fixed = sorted(spark.keys() & set(_FIXED))
        if fixed:
            raise ValueError(f"lakehouse sets this itself, results depend on it: {', '.join(fixed)}")
        return spark


@dataclass(frozen=True, repr=False)
class LakeConfig:
    """What a conf/ folder says, read and checked.

    Attributes:
        folder: the conf/ folder, absolute.
        project: the folder that holds it; relative paths start here.
        root: folder or URI of the lake, absolute.
        settings: conf/lake.yaml.
        sources: conf/sources/*.yaml by name, in the order of names; likewise entities and segments.
        notes: what is not wrong, but worth a look.
    """

    folder: Path
    project: Path
    root: str
    settings: LakeSettings
    sources: Mapping[str, SourceSettings]
    entities: Mapping[str, EntitySettings]
    segments: Mapping[str, SegmentSettings]
    notes: tuple[str, ...] = ()

    @property
    def time_zone(self) -> str:
        """The zone of calendar days."""
        return self.settings.time_zone

    @property
    def curated(self) -> CuratedSettings:
        """Which entities play which part in profiles and segments."""
        return self.settings.curated

    def resolve_path(self, path: str) -> str:
        """Return a path of conf/ as an absolute one; URIs stay as they are."""
        return resolve_path(path, self.project)

    def __repr__(self) -> str:
        """Name the parts only: settings may hold what came from ${env:…} or ${file:…}."""
        parts = {kind: list(getattr(self, kind)) for kind in ("sources", "entities", "segments")}
        return f"LakeConfig({str(self.folder)!r}, {', '.join(f'{kind}={names}' for kind, names in parts.items())})"


def resolve_path(path: str, base: Path) -> str:
    """Return a path as an absolute one; `~` is the home folder, URIs stay as they are."""
    return path if _URI.match(path) else os.path.normpath(base / os.path.expanduser(path))  # noqa: PTH111  - never raises
