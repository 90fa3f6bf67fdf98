"""How each rule finds its pairs: the predicate to anchor on and how its texts are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.anchors import Texts
from lakehouse.matching.blocking.predicates import is_equality, require_types
from lakehouse.matching.blocking.rules import BlockingRule, Near, Predicate, SharedToken, Swapped, Within
from lakehouse.matching.blocking.segments import Segmentation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

MOST_RULES = 62
"""The rules of a pair are the bits of a bigint while pairs are joined."""

SURVIVORS = {0: 1, 1: 3, 2: 3, 3: 2}
"""Edit distance -> segments that a signature holds: more make fewer false candidates and more signatures."""


@dataclass(frozen=True)
class RulePlan:
    """How one rule finds its pairs.

    Attributes:
        rule: the rule.
        anchor: the predicate by which pairs are found; None where the equality of keys finds them.
        texts: how texts are cut where the anchor is an edit distance.
    """

    rule: BlockingRule
    anchor: Predicate | None
    texts: Texts | None

    @property
    def method(self) -> str:
        """How the pairs are found, for people."""
        match self.anchor:
            case None:
                return "equal values"
            case Within(column=column) | Swapped(column_a=column):
                return f"signatures of {column}"
            case SharedToken(column=column):
                return f"words of {column}"
            case _:
                return f"ranges of {self.anchor.columns[0]}"


@dataclass(frozen=True)
class BlockingPlan:
    """How every rule of a run finds its pairs, in the order of the rules."""

    rules: tuple[RulePlan, ...]


@dataclass(frozen=True)
class TextFacts:
    """What a plan has to know of a column of texts.

    Attributes:
        lengths: every length that occurs.
        distinct: about how many different texts there are.
    """

    lengths: tuple[int, ...]
    distinct: int


def plan_blocking(records: DataFrame, rules: Sequence[BlockingRule], *, other: DataFrame | None = None) -> BlockingPlan:
    """Plan how the rules find their pairs; one small job for each table looks at the lengths of the texts.

    Raises:
        ConfigurationError: no rule, too many, two of one name, or one that does not fit the columns.
    """
    _require_names(rules)
    tables = [records] if other is None else [records, other]
    for rule in rules:
        for predicate in rule.predicates:
            for table in tables:
                require_types(predicate, table, f"blocking rule `{rule.name}`")
    facts = _look(tables, rules)
    return BlockingPlan(tuple(plan_rule(rule, facts) for rule in rules))


def _require_names(rules: Sequence[BlockingRule]) -> None:
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if rules and len(rules) <= MOST_RULES and not twice:
        return
    found = f"the same name {', '.join(twice)}" if twice else f"{len(rules)} rules" if rules else "no rule"
    raise ConfigurationError(
        f"Blocking takes 1 to {MOST_RULES} rules with names of their own.", where="blocking rules", found=found,
        remedy="name each rule once; let one rule with a larger distance do the work of several",
    )  # fmt: skip


def text_columns(rules: Sequence[BlockingRule]) -> list[str]:
    """Name the columns that the rules compare by edit distance."""
    fuzzy = (one for rule in rules for one in rule.predicates if isinstance(one, Within | Swapped))
    return sorted({column for one in fuzzy for column in one.columns})


def _look(tables: Sequence[DataFrame], rules: Sequence[BlockingRule]) -> dict[str, TextFacts]:
    columns = text_columns(rules)
    if not columns:
        return {}
    facts = [part for name in columns for part in (F.collect_set(F.length(name)), F.approx_count_distinct(name, 0.03))]
    rows = [list(table.agg(*facts).collect()[0]) for table in tables]
    return {
        name: TextFacts(
            tuple(sorted({length for row in rows for length in row[2 * place]})),
            max(row[2 * place + 1] for row in rows),
        )
        for place, name in enumerate(columns)
    }


def plan_rule(rule: BlockingRule, facts: Mapping[str, TextFacts]) -> RulePlan:
    """Choose the anchor of a rule: an edit distance if there is one, of several that on the column with most values.

    Args:
        rule: the rule.
        facts: of the columns that it compares by edit distance.
    """
    fuzzy = [predicate for predicate in rule.predicates if not is_equality(predicate)]
    anchor = min(fuzzy, key=lambda predicate: _rank(predicate, facts), default=None)
    if not isinstance(anchor, Within | Swapped):
        return RulePlan(rule, anchor, None)
    distance = 2 if isinstance(anchor, Within) and anchor.transpositions else anchor.distance
    lengths = sorted({length for column in anchor.columns for length in facts[column].lengths})
    return RulePlan(rule, anchor, Texts(Segmentation(distance, SURVIVORS[distance]), lengths))


def _rank(predicate: Predicate, facts: Mapping[str, TextFacts]) -> tuple[int, float]:
    kind = (Within, Swapped, SharedToken, Near).index(type(predicate))
    # Twice as many values make up for the candidates of one more edit, roughly.
    many = facts[predicate.column].distinct / 2**predicate.distance if isinstance(predicate, Within) else 0.0
    return kind, -many
