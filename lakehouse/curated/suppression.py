"""Why a customer may not be mailed: one reason, the gravest."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.columns.email import normalize_email
from lakehouse.columns.text import whole
from lakehouse.curated.settings import SuppressSettings

_BLANK = r"\p{Z}\p{Cc}\p{Cf}"
_LABEL = rf"[^@.{_BLANK}]+"
_ADDRESS = whole(rf"[^@{_BLANK}]+@{_LABEL}(?:\.{_LABEL})+")


def suppression_reason(settings: SuppressSettings) -> Column:
    """Give the first reason of `SUPPRESSION_REASONS` that applies; null for those who may be mailed.

    Reads the columns `complaints`, `unsubscribes`, `hard_bounces`, `soft_bounce_streak` (counts, not null), `consent`
    and `email`. Unknown consent is no consent. The shape of an address is checked again here, whatever rules the
    entity has.
    """
    return (
        F.when(F.col("complaints") > 0, "complaint")
        .when(F.col("unsubscribes") > 0, "unsubscribed")
        .when(F.col("hard_bounces") >= settings.hard_bounces, "hard_bounce")
        .when(F.col("soft_bounce_streak") >= settings.soft_bounce_streak, "soft_bounces")
        .when(~F.coalesce("consent", F.lit(False)), "no_consent")
        .when(normalize_email(F.col("email")).isNull(), "no_email")
        .when(~F.col("email").rlike(_ADDRESS), "invalid_email")
    )
