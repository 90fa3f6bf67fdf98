"""records -> keys under which they are found, and keys that they look up: blocking against records that are known already.

Two records that fulfill a rule share a key, whichever of them is found and whichever looks up. Keys are hashes of the
rule, of what must be equal, and of a signature of what must be similar; what shares a key by chance is sorted out by
masks beside the keys, and by `holding`. The keys of a record follow from the record alone, so that an index grows by appending.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.matching.blocking.anchors import Texts
from lakehouse.matching.blocking.keyed_sides import Search, all_of, keyed_sides
from lakehouse.matching.blocking.masks import character_mask
from lakehouse.matching.blocking.plan import RulePlan, TextFacts, plan_rule, text_columns
from lakehouse.matching.blocking.predicates import condition, equality_keys, is_equality, with_phonetic_keys
from lakehouse.matching.blocking.rules import Phonetic, Within
from lakehouse.matching.blocking.segments import Segmentation
from lakehouse.matching.blocking.signatures import with_index_signatures, with_probe_signatures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column

    from lakehouse.matching.blocking.rules import BlockingRule, Predicate

SURVIVORS = {0: 1, 1: 2, 2: 3, 3: 2}
"""Edit distance -> segments that a signature holds. As few as tell enough: an index is read whole for a few new records, so
that it shall be small. At distance 2 two of four segments are too few, for half of an e-mail address is its domain."""
KEY = "key_2"
"""The column of keys. It counts up whenever the same record gets other keys, so that an index of before is refused and not
searched in vain."""
COLUMNS = (KEY, "node", "mask")
"""The columns of an index."""
MOST_SIGNED = 2
"""Texts whose signatures are joined in one key. One alone names too many records where many bear similar names."""


def index_keys(records: DataFrame, rules: Sequence[BlockingRule], *, longest: int) -> DataFrame:
    """Return the keys under which records are found: `KEY`, `node`, `mask` (of the text that must be similar).

    Args:
        records: `_id`, `_side` and the columns of the rules.
        rules: at least one.
        longest: characters of the longest text that any record has or will have.
    """
    return _keys(records, rules, longest, found=True)


def probe_keys(records: DataFrame, rules: Sequence[BlockingRule], *, longest: int, linkage: bool) -> DataFrame:
    """Return the keys that records look up.

    Returns:
        `KEY`, `node`, `mask` (of the text that must be similar), `rule` (place of the rule that the key is of), `most`
        (bits in which the masks of a pair may differ).

    Args:
        records: `_id`, `_side` and the columns of the rules.
        rules: at least one.
        longest: characters of the longest text that any record has or will have.
        linkage: look for records of the other table instead of the same.
    """
    sides = records.withColumn("_side", F.lit(1) - F.col("_side")) if linkage else records
    return _keys(sides, rules, longest, found=False)


def meeting(index: DataFrame, probes: DataFrame) -> DataFrame:
    """Return what shares a key and may be near: `rule`, `one` (who looks up), `two` (who is found), some pairs repeatedly.

    Args:
        index: of `index_keys`, as large as it may be.
        probes: of `probe_keys`; marked for broadcast where every task can hold them.
    """
    found = index.withColumnsRenamed({"node": "two", "mask": "_mask"})
    looking = probes.withColumnRenamed("node", "one")
    near = F.bit_count(F.col("mask").bitwiseXOR(F.col("_mask"))) <= F.col("most")
    return found.join(looking, on=KEY, how="inner").where((F.col("one") != F.col("two")) & near).select("rule", "one", "two")


def _keys(records: DataFrame, rules: Sequence[BlockingRule], longest: int, *, found: bool) -> DataFrame:
    parts = [_rule_keys(records, rule, longest, found=found) for rule in rules]
    if not found:
        parts = [
            part.withColumns({"rule": F.lit(place), "most": F.lit(2 * one.distance if (one := _masked(rule)) else 64)})
            for place, (rule, part) in enumerate(zip(rules, parts, strict=True))
        ]
    return reduce(DataFrame.unionByName, parts)


def _masked(rule: BlockingRule) -> Within | None:
    """The predicate whose texts are compared by their masks before anything else of two records is read.

    The one of the largest distance, for of its texts the signatures hold the least.
    """
    fuzzy = [one for one in rule.predicates if isinstance(one, Within) and not is_equality(one)]
    return max(fuzzy, key=lambda one: one.distance, default=None)


def _rule_keys(records: DataFrame, rule: BlockingRule, longest: int, *, found: bool) -> DataFrame:
    masked = _masked(rule)
    mask = character_mask(masked.column) if masked else F.lit(0).cast("bigint")
    complete = records.na.drop(subset=list(rule.columns)).withColumn("_mask", mask)
    signed = [one for one in rule.predicates if isinstance(one, Within) and not is_equality(one)][:MOST_SIGNED]
    if len(signed) == MOST_SIGNED:
        keyed = with_phonetic_keys(complete, rule.predicates)
        for place, predicate in enumerate(signed):
            keyed = _signed(keyed, predicate, longest, found=found).withColumnRenamed(
                "_signature", f"_signature_{place}"
            )
        equal = [key for one in rule.predicates if is_equality(one) for key in equality_keys(one)[int(found)]]
        on = [*(F.col(f"_signature_{place}") for place in range(len(signed))), *equal]
        rows = keyed.where(all_of([key.isNotNull() for key in on]))
    else:
        plan = plan_lasting(rule, longest)
        named = with_phonetic_keys(complete.withColumn("_group", F.col("_id")), rule.predicates)
        sides = keyed_sides(named, named, plan.search)
        on = [F.col(name) for name in sides.on]
        rows = (sides.right if found else sides.left).na.drop(subset=list(sides.on))
    key = F.xxhash64(F.lit(rule.name), F.col("_side"), *on)
    return rows.select(key.alias(KEY), F.col("_id").alias("node"), F.col("_mask").alias("mask"))


def _signed(rows: DataFrame, predicate: Within, longest: int, *, found: bool) -> DataFrame:
    """Repeat each row for every signature of one of several texts; together they tell enough with one segment each."""
    segmentation, lengths = Segmentation(2 if predicate.transpositions else predicate.distance, 1), range(longest + 1)
    if found:
        return with_index_signatures(rows, predicate.column, segmentation, lengths=lengths)
    return with_probe_signatures(rows, predicate.column, segmentation, lengths=lengths, shorter_only=False)


def plan_lasting(rule: BlockingRule, longest: int) -> RulePlan:
    """Plan a rule by nothing but the rule, so that the keys of today are those of next year."""
    facts = {column: TextFacts(tuple(range(longest + 1)), 1) for column in text_columns([rule])}
    plan = plan_rule(rule, facts)
    texts = plan.search.texts
    if texts is None:
        return plan
    distance = texts.segmentation.distance
    lasting = Texts(Segmentation(distance, SURVIVORS[distance]), texts.lengths)
    return RulePlan(rule, Search(rule.predicates, plan.anchor, lasting))


def holding(pairs: DataFrame, rules: Sequence[BlockingRule], types: Mapping[str, str]) -> DataFrame:
    """Keep the pairs that fulfill the rule whose key they share: of each pair a single rule is judged.

    Args:
        pairs: `rule`, its place, and the columns of the rules with the prefixes `_l_` and `_r_`.
        rules: at least one.
        types: column -> Spark type.
    """
    keyed = _with_phonetic_sides(pairs, _phonetic(rules))
    held = [all_of([_holds(one, types) for one in rule.predicates]) for rule in rules]
    cases = reduce(
        lambda some, more: some.when(F.col("rule") == more[0], more[1]), enumerate(held[1:], start=1),
        F.when(F.col("rule") == 0, held[0]),
    )  # fmt: skip
    return keyed.where(cases).select(*pairs.columns)


def fulfilled(pairs: DataFrame, rules: Sequence[BlockingRule], types: Mapping[str, str]) -> DataFrame:
    """Keep the pairs that fulfill a rule.

    Args:
        pairs: the columns of the rules with the prefixes `_l_` and `_r_`, and any others.
        rules: at least one.
        types: column -> Spark type.

    Returns:
        `pairs` with `rules` array<string>, the names of the rules that hold in their order.
    """
    predicates = list(dict.fromkeys(one for rule in rules for one in rule.predicates))
    keyed = _with_phonetic_sides(pairs, _phonetic(rules))
    held = {f"_p{place}": _holds(one, types) for place, one in enumerate(predicates)}
    judged = keyed.withColumns(held)
    names = [
        F.when(all_of([F.col(f"_p{predicates.index(one)}") for one in rule.predicates]), rule.name) for rule in rules
    ]
    kept = judged.withColumn("rules", F.array_compact(F.array(*names))).where(F.size("rules") > 0)
    return kept.select(*pairs.columns, "rules")


def _phonetic(rules: Sequence[BlockingRule]) -> list[Phonetic]:
    return list(dict.fromkeys(one for rule in rules for one in rule.predicates if isinstance(one, Phonetic)))


def _with_phonetic_sides(pairs: DataFrame, phonetic: Sequence[Phonetic]) -> DataFrame:
    for side in ("_l_", "_r_"):
        for one in phonetic:
            pairs = with_phonetic_keys(pairs, [Phonetic(f"{side}{one.column}", one.algorithm)])
    return pairs


def _holds(predicate: Predicate, types: Mapping[str, str]) -> Column:
    if isinstance(predicate, Phonetic):
        left, right = (
            equality_keys(Phonetic(f"{side}{predicate.column}", predicate.algorithm))[0][0] for side in ("_l_", "_r_")
        )
        return left == right
    if is_equality(predicate):
        columns = predicate.columns
        return all_of([F.col(f"_l_{a}") == F.col(f"_r_{b}") for a, b in zip(columns, reversed(columns), strict=True)])
    return condition(predicate, types, masked=False)
