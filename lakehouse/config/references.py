"""Checks across the files of conf/, without Spark and without data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.config.checks import Problem
from lakehouse.config.checks.curated import check_curated, column_types
from lakehouse.config.checks.entities import check_entity
from lakehouse.config.checks.formats import find_zone_problem
from lakehouse.config.checks.sources import check_source, has_password
from lakehouse.config.draft import LAKE
from lakehouse.config.findings import refused
from lakehouse.curated.attributes import profile_attributes
from lakehouse.curated.language import find_segment_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse.config.document import Document
    from lakehouse.config.draft import Draft
    from lakehouse.config.model import LakeConfig, LakeSettings
    from lakehouse.errors import Finding

_ANY = "is_mailable"
"""A condition that can always be read; stands for those of segments with findings of their own."""


def find_problems(draft: Draft, config: LakeConfig) -> Iterator[Finding]:
    """Find what does not fit together; what depends on a file with findings of its own is passed over.

    Args:
        draft: the files.
        config: what of them is right; defaults where lake.yaml is not.
    """
    for name, source in draft.sources.settings.items():
        yield from _report(draft.sources.documents[name], check_source(source, config))
    for name, entity in draft.entities.settings.items():
        problems = check_entity(entity, draft.sources.settings, draft.sources.documents)
        yield from _report(draft.entities.documents[name], problems)
    if LAKE in draft.lake.settings:
        document = draft.lake.documents[LAKE]
        yield from _report(document, _check_lake(config.settings))
        yield from _report(document, check_curated(config.curated, draft.entities.settings, draft.entities.documents))
        yield from _find_segment_problems(draft, config)


def _report(document: Document, problems: Iterator[Problem]) -> Iterator[Finding]:
    return (document.finding(*problem) for problem in problems)


def _check_lake(settings: LakeSettings) -> Iterator[Problem]:
    if problem := find_zone_problem(settings.time_zone):
        yield Problem(("time_zone",), *problem)
    if has_password(settings.root):
        yield Problem(("root",), "a password stands in the URI", "give it as a Spark setting: ${env:NAME}")


def _find_segment_problems(draft: Draft, config: LakeConfig) -> Iterator[Finding]:
    customers = config.curated.customers
    if customers is not None and customers.entity not in draft.entities.settings:
        return
    types = column_types(draft.entities.settings[customers.entity]) if customers else {}
    conditions = dict.fromkeys(draft.segments.documents, _ANY)
    conditions |= {name: segment.where for name, segment in draft.segments.settings.items()}
    for name, error in find_segment_problems(conditions, profile_attributes(config.curated, types)).items():
        yield refused(("where",), error, draft.segments.documents[name])


def find_notes(config: LakeConfig) -> Iterator[str]:
    """Find what is not wrong, but worth a look."""
    read = {entity.source for entity in config.entities.values()}
    yield from (f"source `{name}`: no entity reads it" for name in config.sources if name not in read)
    customers = config.curated.customers
    if customers is not None and customers.consent is None:
        yield "lake.yaml: without `curated.customers.consent` nobody may be mailed, so segments stay empty"
    if config.segments and customers is None:
        yield "segments: without `curated.customers` in lake.yaml nobody may be mailed, so they stay empty"
