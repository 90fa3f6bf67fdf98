"""Counts of a judged batch -> may it be promoted?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.errors import GateStopped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lakehouse.quality.settings import GateSettings, RuleSettings


def require_pass(
    *,
    rows: int,
    quarantined: int,
    failed: Mapping[str, int],
    rules: Sequence[RuleSettings],
    gate: GateSettings,
    where: str,
    evidence: str,
) -> None:
    """Stop a batch that breaks a threshold; nothing of it may have been promoted.

    Args:
        rows: rows of the batch.
        quarantined: rows with at least one reason.
        failed: rule name -> rows that broke it.
        rules: the rules of the entity, with their thresholds.
        gate: thresholds of the entity as a whole.
        where: entity, for the message.
        evidence: where the judged rows can be looked at.

    Raises:
        GateStopped: naming every threshold that was broken.
    """
    found = [text for rule in rules if (text := _broken(rule, failed.get(rule.rule_name, 0), rows))]
    limit = gate.max_quarantined_ratio
    if limit is not None and rows >= gate.min_rows and quarantined > limit * rows:
        found.append(f"{quarantined} of {rows} rows would be quarantined, at most {limit:.2%} may be")
    if found:
        raise GateStopped(
            "the quality gate stopped the batch, nothing was promoted",
            where=where,
            found="; ".join(found),
            remedy=f"look at the judged rows in {evidence}; mend the source or the rule in conf/, then run again",
        )


def _broken(rule: RuleSettings, failed: int, rows: int) -> str:
    """Say how a rule broke its threshold; empty when it did not."""
    limits = []
    if rule.max_failed_ratio is not None and rows >= rule.min_rows and failed > rule.max_failed_ratio * rows:
        limits.append(f"at most {rule.max_failed_ratio:.2%} may")
    if rule.max_failed_rows is not None and failed > rule.max_failed_rows:
        limits.append(f"at most {rule.max_failed_rows} may")
    strict = rule.severity == "fail" and rule.max_failed_ratio is None and rule.max_failed_rows is None
    if strict and failed:
        limits.append("none may")
    return f"{failed} of {rows} rows break `{rule.rule_name}`, {' and '.join(limits)}" if limits else ""
