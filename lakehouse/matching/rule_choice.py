"""Records and settings -> the blocking rules of a run: within the budget, never cut off, refused with numbers beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse.errors import ConfigurationError
from lakehouse.matching.blocking.estimates import estimate_pairs
from lakehouse.matching.pairing import blocked_tables
from lakehouse.matching.proposals import pick_rules, propose_rules
from lakehouse.matching.rule_texts import ALL_PAIRS, read_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse.matching.blocking.rules import BlockingRule
    from lakehouse.matching.fields import Field
    from lakehouse.matching.model import MatchModel
    from lakehouse.matching.proposals import Verdict
    from lakehouse.matching.records import Prepared
    from lakehouse.matching.settings import MatchSettings
    from lakehouse.matching.strangers import Strangers

FEW_PAIRS = 600_000
"""So many pairs are scored faster than rules are planned."""
LEAST_BUDGET, PER_RECORD, SMALL_TABLE = 4_000_000, 12, 60
"""Candidates that are affordable: 60 a record up to 4 million, then 12 a record."""
LAST_RESORT = 20_000_000
"""All pairs that are compared where no rule fits and no budget was given."""
MOST_CANDIDATES = 100_000_000
"""Candidates of rules that were given by hand, where no budget was: more take hours on one machine."""

GROWN = 2
"""Times as many records as its own from which the rules of a model are forecast before they are used."""


@dataclass(frozen=True)
class Choice:
    """Which rules find the candidates.

    Attributes:
        rules: in the order in which they were chosen; none where all pairs are candidates.
        budget: candidates that were affordable.
        verdicts: what was considered besides or instead, and why it was taken or left out; empty for rules by hand.
    """

    rules: tuple[BlockingRule, ...]
    budget: int
    verdicts: tuple[Verdict, ...] = ()

    @property
    def left_out(self) -> list[Verdict]:
        """What was considered and not taken, first what would find most."""
        return sorted((one for one in self.verdicts if not one.chosen), key=lambda one: (-one.gain, one.candidates))


def choose_rules(
    records: Prepared,
    fields: Sequence[Field],
    strangers: Strangers,
    settings: MatchSettings,
    *,
    refuse: bool = True,
) -> Choice:
    """Choose the rules that find most true pairs within the budget, or take those of the settings.

    Args:
        records: distinct records.
        fields: what is compared.
        strangers: how much random pairs agree.
        settings: the rules and the budget, where they are given.
        refuse: raise where no rule fits and all pairs are too many; otherwise all pairs are chosen all the same.

    Raises:
        ConfigurationError: a rule that does not fit the records, rules beyond the budget, or no rule within it.
    """
    if settings.rules is not None:
        return given_rules(records, fields, settings.rules, limit=settings.max_candidates)
    budget = settings.max_candidates or _affordable(sum(records.counts))
    if records.pairs <= min(FEW_PAIRS, settings.max_candidates or FEW_PAIRS):
        return Choice((), max(budget, records.pairs))
    verdicts = consider_rules(records, fields, strangers, budget, at_any_price=settings.max_candidates is not None)
    picked = tuple(one.rule for one in verdicts if one.chosen)
    if refuse and not picked and records.pairs > (settings.max_candidates or max(budget, LAST_RESORT)):
        raise _nothing_fits(verdicts, budget, records.pairs)
    return Choice(picked, budget, verdicts)


def _affordable(records: int) -> int:
    return max(PER_RECORD * records, min(LEAST_BUDGET, SMALL_TABLE * records))


def consider_rules(
    records: Prepared, fields: Sequence[Field], strangers: Strangers, budget: int, *, at_any_price: bool
) -> tuple[Verdict, ...]:
    """Judge every rule that is worth considering, the chosen ones first."""
    count = sum(records.counts)
    proposals = propose_rules(
        fields, strangers.agreeing, strangers.together, records.filled, pairs=records.pairs, records=count
    )
    return tuple(pick_rules(proposals, budget=budget, records=count, at_any_price=at_any_price))


def given_rules(records: Prepared, fields: Sequence[Field], texts: Sequence[str], *, limit: int | None) -> Choice:
    """Read the rules of settings or of a model, and forecast what they cost.

    Args:
        records: distinct records.
        fields: what is compared.
        texts: the rules; `all pairs` among them stands for all of them.
        limit: candidates that are affordable; None allows what one machine does in hours.

    Raises:
        ConfigurationError: no rule, a rule that cannot be read or names no field, or more candidates than the limit.
    """
    choice = read_rules(fields, texts, limit=limit)
    counts = [records.pairs]
    if choice.rules:
        left, right = blocked_tables(records, choice.rules)
        counts = estimate_pairs(left, choice.rules, other=right)
    if sum(counts) > choice.budget:
        names = [rule.name for rule in choice.rules] or [ALL_PAIRS]
        raise _too_many(list(zip(names, counts, strict=True)), choice.budget)
    return choice


def read_rules(fields: Sequence[Field], texts: Sequence[str], *, limit: int | None) -> Choice:
    """Read the rules of settings or of a model, without asking what they cost.

    Raises:
        ConfigurationError: no rule, or a rule that cannot be read or names no field.
    """
    budget = limit or MOST_CANDIDATES
    if ALL_PAIRS in texts:
        return Choice((), budget)
    rules = tuple(read_rule(text) for text in dict.fromkeys(texts))
    require_fields(rules, fields)
    return Choice(rules, budget)


def model_rules(records: Prepared, fields: Sequence[Field], model: MatchModel) -> tuple[BlockingRule, ...]:
    """Return the rules of a model; forecast them first where there are far more records than it was fitted on.

    Raises:
        ConfigurationError: more candidates than one machine does in hours.
    """
    if sum(records.counts) > GROWN * sum(model.records):
        return given_rules(records, fields, model.rules, limit=None).rules
    return tuple(read_rule(text) for text in model.rules if text != ALL_PAIRS)


def require_fields(rules: Sequence[BlockingRule], fields: Sequence[Field]) -> None:
    """Raise where there is no rule, or a rule names what is no field.

    Raises:
        ConfigurationError: naming the rule, the column and the fields that there are.
    """
    names = [field.name for field in fields]
    known = {*names, *(f"{field.name}_{part}" for field in fields if field.kind.words for part in ("rare", "two"))}
    known |= {f"{field.name}_local" for field in fields if field.kind.name == "email"}
    if not rules:
        raise ConfigurationError(
            "There is no blocking rule, so that nothing would be compared.", where="settings, rules", found="an empty list",
            remedy="give a rule, or leave `rules` out to have them chosen",
        )  # fmt: skip
    for rule in rules:
        missing = [column for column in rule.columns if column not in known]
        if missing:
            raise ConfigurationError(
                "A blocking rule names what is no field.", where=f"rule `{rule.name}`", found=", ".join(missing),
                remedy=f"use one of {', '.join(names)}; of a text also `<field>_rare`, `<field>_two`, of an e-mail `<field>_local`",
            )  # fmt: skip


def _too_many(counts: Sequence[tuple[str, int]], budget: int) -> ConfigurationError:
    shown = "; ".join(f"`{name}` about {count:,}" for name, count in sorted(counts, key=lambda one: -one[1])[:5])
    return ConfigurationError(
        "The blocking rules would bring more candidate pairs than the budget allows; none was cut off, none was built.",
        where="settings, rules", found=f"candidates: {shown}; budget: {budget:,}",
        remedy="join the first rule with a second predicate (`… & birth_date=`), make its distance smaller, leave `rules` out "
        "to have them chosen, or raise `max_candidates`",
    )  # fmt: skip


def _nothing_fits(verdicts: Sequence[Verdict], budget: int, pairs: int) -> ConfigurationError:
    least = sorted(verdicts, key=lambda one: one.candidates)[:3]
    found = (
        "; ".join(f"`{one.rule.name}` about {one.candidates:,.0f}" for one in least) or "no rule is worth considering"
    )
    return ConfigurationError(
        "No blocking rule brings so few candidate pairs that the budget allows them, and all pairs are too many.",
        where="records", found=f"candidates: {found}; all pairs: {pairs:,}; budget: {budget:,}",
        remedy="raise `max_candidates`, give `rules`, or say what the columns mean (`columns`) so that more of them tell "
        "records apart",
    )  # fmt: skip
