"""How each rule finds its pairs: the predicate to anchor on and how its texts are cut."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.anchors import Texts
from lakehouse.matching.blocking.cuts import LONGEST, SURVIVORS, TextSample, choose_segmentation
from lakehouse.matching.blocking.keyed_sides import Search
from lakehouse.matching.blocking.predicates import is_equality, require_types
from lakehouse.matching.blocking.rules import BlockingRule, Near, Predicate, SharedToken, Swapped, Within
from lakehouse.matching.blocking.segments import Segmentation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

MOST_RULES = 62
"""The rules of a pair are the bits of a bigint while pairs are joined."""

SAMPLED = 20_000
"""Different texts of a column from which its cuts are chosen."""
_TOTAL = 1 << 20


@dataclass(frozen=True)
class RulePlan:
    """How one rule finds its pairs.

    Attributes:
        rule: the rule.
        search: its predicates and the one by which pairs are found.
        by_texts: pairs of similar texts are found first and then the groups that hold them, because groups share their texts.
    """

    rule: BlockingRule
    search: Search
    by_texts: bool = False

    @property
    def anchor(self) -> Predicate | None:
        """The predicate by which pairs are found; None where the equality of keys finds them."""
        return self.search.anchor

    @property
    def text_search(self) -> Search:
        """The search for the similar texts alone, where it comes first."""
        return self.search if self.anchor is None else replace(self.search, predicates=(self.anchor,))

    @property
    def method(self) -> str:
        """How the pairs are found, for people."""
        match self.anchor:
            case None:
                return "equal values"
            case Within(column=column) if self.by_texts:
                return f"similar texts of {column}"
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

    @property
    def bundles(self) -> list[dict[int, RulePlan]]:
        """The rules that find their pairs together, by their place: those that begin with the same similar texts.

        Rules that have an equality beside are together only where another rule lets all pairs of the texts meet anyway.
        """
        begun: dict[Within, dict[int, RulePlan]] = defaultdict(dict)
        for place, plan in enumerate(self.rules):
            if plan.by_texts and isinstance(plan.anchor, Within):
                begun[plan.anchor][place] = plan
        together = [some for some in begun.values() if not all(_has_equality(plan.rule) for plan in some.values())]
        bundled = {place for some in together for place in some}
        return together + [{place: plan} for place, plan in enumerate(self.rules) if place not in bundled]

    @property
    def beginnings(self) -> dict[int, RulePlan]:
        """For the first rule of those that let all records with similar texts meet, by its place: the rule of the texts alone."""
        found = {}
        for some in self.bundles:
            place, plan = next(iter(some.items()))
            if plan.by_texts and not all(_has_equality(one.rule) for one in some.values()):
                found[place] = _beginning(plan)
        return found


@dataclass(frozen=True)
class TextFacts:
    """What a plan has to know of a column of texts.

    Attributes:
        lengths: every length that occurs.
        distinct: about how many different texts there are.
        samples: some of them, of each table; none where a plan may not depend on the records.
    """

    lengths: tuple[int, ...]
    distinct: int
    samples: tuple[TextSample, ...] = ()
    _chosen: dict[int, Segmentation] = field(default_factory=dict, init=False, repr=False, compare=False)

    def segmentation(self, distance: int) -> Segmentation:
        """Choose how the texts are cut; several rules that ask for it get the same answer."""
        if not self.samples:
            return Segmentation(distance, SURVIVORS[distance])
        if distance not in self._chosen:
            self._chosen[distance] = choose_segmentation(self.samples, distance)
        return self._chosen[distance]


def plan_blocking(records: DataFrame, rules: Sequence[BlockingRule], *, other: DataFrame | None = None) -> BlockingPlan:
    """Plan how the rules find their pairs; two small jobs for each table look at the lengths of the texts, and at some texts.

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
    return BlockingPlan(_sharing([plan_rule(rule, facts) for rule in rules]))


def _sharing(plans: Sequence[RulePlan]) -> tuple[RulePlan, ...]:
    """Let rules with an equality begin with similar texts, too, where another rule needs them anyway."""
    needed = [plan.anchor for plan in plans if plan.by_texts and isinstance(plan.anchor, Within)]
    return tuple(replace(plan, by_texts=plan.by_texts or _is_within(plan.anchor, needed)) for plan in plans)


def _beginning(plan: RulePlan) -> RulePlan:
    """Plan the rule of the anchor alone."""
    search = plan.text_search
    return RulePlan(BlockingRule(plan.rule.name, search.predicates), search)


def _has_equality(rule: BlockingRule) -> bool:
    return any(is_equality(one) for one in rule.predicates)


def _is_within(anchor: Predicate | None, needed: Sequence[Within]) -> bool:
    return isinstance(anchor, Within) and any(
        (one.column, one.transpositions) == (anchor.column, anchor.transpositions) and one.distance >= anchor.distance
        for one in needed
    )


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
    distinct = {name: [row[2 * place + 1] for row in rows] for place, name in enumerate(columns)}
    samples = [
        _sample(table, {name: counts[side] for name, counts in distinct.items()}) for side, table in enumerate(tables)
    ]
    return {
        name: TextFacts(
            tuple(sorted({length for row in rows for length in row[2 * place]})),
            max(distinct[name]),
            tuple(sample[name] for sample in samples),
        )
        for place, name in enumerate(columns)
    }


def _sample(table: DataFrame, distinct: Mapping[str, int]) -> dict[str, TextSample]:
    """Take some of the texts of each column by their hashes: the same ones whatever the order and the partitions."""
    shares = {name: min(1.0, SAMPLED / max(count, 1)) for name, count in distinct.items()}
    taken = [
        F.when(
            F.pmod(F.xxhash64(F.col(name), F.lit(5)), F.lit(_TOTAL)) < round(share * _TOTAL),
            F.struct(F.lit(place).alias("place"), F.col(name).alias("text")),
        )
        for place, (name, share) in enumerate(shares.items())
    ]
    short = F.length("text").between(1, LONGEST)
    rows = table.select(F.inline(F.array_compact(F.array(*taken)))).where(short).distinct().toArrow()
    texts: dict[int, list[str]] = defaultdict(list)
    for place, text in zip(rows.column("place").to_pylist(), rows.column("text").to_pylist(), strict=True):
        texts[place].append(text)
    return {
        name: TextSample(sorted(texts[place], key=_scattered), share)
        for place, (name, share) in enumerate(shares.items())
    }


def _scattered(text: str) -> bytes:
    """An order of texts in which neighbors are not alike."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def plan_rule(rule: BlockingRule, facts: Mapping[str, TextFacts]) -> RulePlan:
    """Choose the anchor of a rule: an edit distance if there is one, of several that on the column with most values.

    Args:
        rule: the rule.
        facts: of the columns that it compares by edit distance.
    """
    fuzzy = [predicate for predicate in rule.predicates if not is_equality(predicate)]
    anchor = min(fuzzy, key=lambda predicate: _rank(predicate, facts), default=None)
    if not isinstance(anchor, Within | Swapped):
        return RulePlan(rule, Search(rule.predicates, anchor, None))
    distance = 2 if isinstance(anchor, Within) and anchor.transpositions else anchor.distance
    lengths = sorted({length for column in anchor.columns for length in facts[column].lengths})
    texts = Texts(facts[anchor.columns[-1]].segmentation(distance), lengths)
    by_texts = isinstance(anchor, Within) and len(fuzzy) == len(rule.predicates) and len(rule.columns) > 1
    return RulePlan(rule, Search(rule.predicates, anchor, texts), by_texts)


def _rank(predicate: Predicate, facts: Mapping[str, TextFacts]) -> tuple[int, float]:
    kind = (Within, Swapped, SharedToken, Near).index(type(predicate))
    # Twice as many values make up for the candidates of one more edit, roughly.
    many = facts[predicate.column].distinct / 2**predicate.distance if isinstance(predicate, Within) else 0.0
    return kind, -many
