"""records -> keys under which they are found, and keys that they look up: blocking against records that are known already.

Two records that fulfill a rule share a key, whichever of them is found and whichever looks up. Keys are hashes of the
rule, of what must be equal, and of a signature of what must be similar; what shares a key by chance is sorted out by
masks beside the keys, and by `holding`. The keys of a record follow from the record alone, so that an index grows by appending.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.matching.blocking.anchors import Texts
from lakehouse.matching.blocking.keyed_sides import Search, all_of, keyed_sides
from lakehouse.matching.blocking.lasting_cuts import lasting_cuts
from lakehouse.matching.blocking.masks import character_mask
from lakehouse.matching.blocking.plan import RulePlan, TextFacts, plan_rule, text_columns
from lakehouse.matching.blocking.predicates import condition, equality_keys, is_equality, with_phonetic_keys
from lakehouse.matching.blocking.rules import Phonetic, Within
from lakehouse.matching.blocking.signatures import with_index_signatures, with_probe_signatures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column

    from lakehouse.matching.blocking.rules import BlockingRule, Predicate

SURVIVORS = {0: 1, 1: 2, 2: 3, 3: 2}
"""Edit distance -> segments that a signature holds. As few as tell enough: an index is read whole for a few new records, so
that it shall be small. Of a street in four segments two are too few, for one of them is the same in many."""
BESIDE_ENDING = 2
"""Segments that a signature holds where the ending, which tells little, is one of them."""
KEY = "key_3"
"""The column of keys. It counts up whenever the same record gets other keys, so that an index of before is refused and not
searched in vain."""
MASKS = ("mask", "mask_2")
"""Columns of the masks of the texts of a rule, the one that may differ most first."""
COLUMNS = (KEY, "node", *MASKS)
"""The columns of an index."""
UNMASKED = 64
"""Bits in which masks of no text may differ."""
MOST_SIGNED = 2
"""Texts whose signatures are joined in one key. One alone names too many records where many bear similar names."""


@dataclass(frozen=True)
class Spelling:
    """What is known of the texts of all records, those to come included; the keys follow from it.

    Attributes:
        longest: characters of the longest text.
        shorter: column -> characters of its longest text, where none is as long as others may be.
        endings: column -> characters at the end of its texts that tell little, as the domain of an e-mail address does; they
            are cut off as one segment, so that a signature holds something else besides.
    """

    longest: int
    shorter: Mapping[str, int] = field(default_factory=dict)
    endings: Mapping[str, int] = field(default_factory=dict)

    def lengths(self, column: str) -> range:
        """Every length that a text of the column may have."""
        return range(self.shorter.get(column, self.longest) + 1)


def index_keys(records: DataFrame, rules: Sequence[BlockingRule], spelling: Spelling) -> DataFrame:
    """Return the keys under which records are found: `KEY`, `node`, `MASKS` (of the texts that must be similar).

    Args:
        records: `_id`, `_side` and the columns of the rules.
        rules: at least one.
        spelling: of the records.
    """
    return reduce(DataFrame.unionByName, [_rule_keys(records, rule, spelling, found=True) for rule in rules])


def probe_keys(records: DataFrame, rules: Sequence[BlockingRule], spelling: Spelling, *, linkage: bool) -> DataFrame:
    """Return the keys that records look up.

    Returns:
        `KEY`, `node`, `MASKS` (of the texts that must be similar), `rule` (place of the rule that the key is of).

    Args:
        records: `_id`, `_side` and the columns of the rules.
        rules: at least one.
        spelling: of the records.
        linkage: look for records of the other table instead of the same.
    """
    sides = records.withColumn("_side", F.lit(1) - F.col("_side")) if linkage else records
    parts = [
        _rule_keys(sides, rule, spelling, found=False).withColumn("rule", F.lit(place)) for place, rule in enumerate(rules)
    ]
    return reduce(DataFrame.unionByName, parts)


def meeting(index: DataFrame, probes: DataFrame, rules: Sequence[BlockingRule]) -> DataFrame:
    """Return what shares a key and may be near: `rule`, `one` (who looks up), `two` (who is found), some pairs repeatedly.

    Args:
        index: of `index_keys`, as large as it may be.
        probes: of `probe_keys`; marked for broadcast where every task can hold them.
        rules: of both.
    """
    found = index.withColumnsRenamed({"node": "two", **{mask: f"_{mask}" for mask in MASKS}})
    looking = probes.withColumnRenamed("node", "one")
    met = found.join(looking, on=KEY, how="inner").where((F.col("one") != F.col("two")) & _near(rules))
    return met.select("rule", "one", "two")


def _near(rules: Sequence[BlockingRule]) -> Column:
    """Tell whether the masks of a pair differ in no more bits than the distances of the rule allow."""
    parts = []
    for number, mask in enumerate(MASKS):
        most = F.lit(UNMASKED)
        for place, rule in enumerate(rules):
            text = _masked(rule)[number]
            most = F.when(F.col("rule") == place, 2 * text.distance).otherwise(most) if text else most
        parts.append(F.bit_count(F.col(mask).bitwiseXOR(F.col(f"_{mask}"))) <= most)
    return all_of(parts)


def _masked(rule: BlockingRule) -> tuple[Within | None, Within | None]:
    """The predicates whose texts are compared by their masks before anything else of two records is read.

    Those of the largest distances, for of their texts the signatures hold the least.
    """
    fuzzy = [one for one in rule.predicates if isinstance(one, Within) and not is_equality(one)]
    first, second, *_ = *sorted(fuzzy, key=lambda one: -one.distance), None, None
    return first, second


def _rule_keys(records: DataFrame, rule: BlockingRule, spelling: Spelling, *, found: bool) -> DataFrame:
    masks = {
        f"_{mask}": character_mask(one.column) if one else F.lit(0).cast("bigint")
        for mask, one in zip(MASKS, _masked(rule), strict=True)
    }
    complete = records.na.drop(subset=list(rule.columns)).withColumns(masks)
    signed = [one for one in rule.predicates if isinstance(one, Within) and not is_equality(one)][:MOST_SIGNED]
    if len(signed) == MOST_SIGNED:
        keyed = with_phonetic_keys(complete, rule.predicates)
        for place, predicate in enumerate(signed):
            keyed = _signed(keyed, predicate, spelling, found=found).withColumnRenamed(
                "_signature", f"_signature_{place}"
            )
        equal = [key for one in rule.predicates if is_equality(one) for key in equality_keys(one)[int(found)]]
        on = [*(F.col(f"_signature_{place}") for place in range(len(signed))), *equal]
        rows = keyed.where(all_of([key.isNotNull() for key in on]))
    else:
        plan = plan_lasting(rule, spelling)
        named = with_phonetic_keys(complete.withColumn("_group", F.col("_id")), rule.predicates)
        sides = keyed_sides(named, named, plan.search)
        on = [F.col(name) for name in sides.on]
        rows = (sides.right if found else sides.left).na.drop(subset=list(sides.on))
    key = F.xxhash64(F.lit(rule.name), F.col("_side"), *on)
    return rows.select(key.alias(KEY), F.col("_id").alias("node"), *(F.col(f"_{mask}").alias(mask) for mask in MASKS))


def _signed(rows: DataFrame, predicate: Within, spelling: Spelling, *, found: bool) -> DataFrame:
    """Repeat each row for every signature of one of several texts; together they tell enough with one segment each."""
    lengths = spelling.lengths(predicate.column)
    segmentation = lasting_cuts(2 if predicate.transpositions else predicate.distance, 1, lengths)
    if found:
        return with_index_signatures(rows, predicate.column, segmentation, lengths=lengths)
    return with_probe_signatures(rows, predicate.column, segmentation, lengths=lengths, shorter_only=False)


def plan_lasting(rule: BlockingRule, spelling: Spelling) -> RulePlan:
    """Plan a rule by nothing but the rule and the spelling, so that the keys of today are those of next year."""
    plan = plan_rule(rule, {column: TextFacts(tuple(spelling.lengths(column)), 1) for column in text_columns([rule])})
    texts = plan.search.texts
    if texts is None:
        return plan
    distance, ending = texts.segmentation.distance, spelling.endings.get(plan.search.column, 0)
    survivors = BESIDE_ENDING if ending else SURVIVORS[distance]
    lasting = Texts(lasting_cuts(distance, survivors, texts.lengths, ending), texts.lengths)
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
