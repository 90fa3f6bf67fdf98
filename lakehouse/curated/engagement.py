"""email_events and web_events -> one row per customer: what reached them and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.columns.email import normalize_email
from lakehouse.curated.settings import EmailEventsRole, WebEventsRole
from lakehouse.curated.windows import in_window, to_utc

WINDOWS = (30, 90, 365)


def summarize_email_events(events: DataFrame, role: EmailEventsRole, *, as_of: datetime, time_zone: str) -> DataFrame:
    """Give one row per customer with the e-mail columns of `customer_profiles`.

    Besides these: `first_click_at`, and what suppression needs (`unsubscribes`, `complaints`, `hard_bounces`,
    `soft_bounce_streak`, and the time of the last of each). Clicks and opens by a machine are no clicks and opens of
    the customer. Events without customer do not count here; see `summarize_addresses`.
    """
    kinds = _email_kinds(role)
    known = _email_events(events, role, as_of).where(F.col("customer_id").isNotNull())
    summaries = known.groupBy("customer_id").agg(
        *_email_windows(kinds, as_of, time_zone),
        *(_last(kinds[kind]).alias(f"last_{kind}_at") for kind in ("sent", "open", "click")),
        F.min(F.when(kinds["click"], F.col("at"))).alias("first_click_at"),
        _last(kinds["delivered"] | kinds["open"] | kinds["click"]).alias("_last_success_at"),
        F.collect_list(F.when(_is(role.kinds.soft_bounce), F.col("at"))).alias("_soft_bounces"),
        *_suppressing(role),
    )
    return summaries.withColumns(_derived(role)).drop("_last_success_at", "_soft_bounces")


def summarize_addresses(events: DataFrame, role: EmailEventsRole, *, as_of: datetime) -> DataFrame:
    """Give one row per address that unsubscribed, complained or bounced hard, whoever it was sent to.

    Columns: `address` (as `normalize_email` folds it), `unsubscribes`, `complaints`, `hard_bounces` and the time of the
    last of each. The role must name the column with the address.
    """
    suppressing = _is([*role.kinds.unsubscribe, *role.kinds.complaint, *role.kinds.hard_bounce])
    known = _email_events(events, role, as_of).where(suppressing & F.col("address").isNotNull())
    return known.groupBy("address").agg(*_suppressing(role))


def summarize_web_events(events: DataFrame, role: WebEventsRole, *, as_of: datetime, time_zone: str) -> DataFrame:
    """Give one row per customer with the web columns of `customer_profiles`, and `first_seen_at`."""
    counted = events if role.where is None else events.where(F.expr(role.where))
    known = counted.select(
        F.col(role.customer).alias("customer_id"), F.col(role.at).alias("at"), F.col(role.type).alias("type")
    ).where(F.col("customer_id").isNotNull() & (F.col("at") < F.lit(to_utc(as_of))))
    recent = in_window(F.col("at"), 30, as_of, time_zone)
    return known.groupBy("customer_id").agg(
        F.min("at").alias("first_seen_at"),
        F.max("at").alias("last_seen_at"),
        F.count_if(recent & _is(role.kinds.page_view)).alias("page_views_30d"),
        F.count_if(recent & _is(role.kinds.cart)).alias("carts_30d"),
    )


def _email_events(events: DataFrame, role: EmailEventsRole, as_of: datetime) -> DataFrame:
    """Select what counts; an opt-out without a time counts too, for it must not get lost."""
    counted = events if role.where is None else events.where(F.expr(role.where))
    address = F.lit(None).cast("string") if role.email is None else normalize_email(F.col(role.email))
    machine = F.lit(False) if role.machine is None else F.coalesce(role.machine, F.lit(False))
    opt_out = _is([*role.kinds.unsubscribe, *role.kinds.complaint, *role.kinds.hard_bounce])
    return counted.select(
        F.col(role.customer).alias("customer_id"),
        address.alias("address"),
        F.col(role.at).alias("at"),
        F.col(role.type).alias("type"),
        machine.alias("machine"),
    ).where((F.col("at") < F.lit(to_utc(as_of))) | (F.col("at").isNull() & opt_out))


def _is(types: Sequence[str]) -> Column:
    return F.coalesce(F.col("type").isin(*types), F.lit(False))


def _email_kinds(role: EmailEventsRole) -> dict[str, Column]:
    by_machine = F.col("machine")
    return {
        "sent": _is(role.kinds.sent),
        "delivered": _is(role.kinds.delivered),
        "open": _is(role.kinds.open) & ~by_machine,
        "machine_open": _is(role.kinds.open) & by_machine,
        "click": _is(role.kinds.click) & ~by_machine,
    }


def _email_windows(kinds: dict[str, Column], as_of: datetime, time_zone: str) -> list[Column]:
    names = {"emails_delivered": "delivered", "opens": "open", "machine_opens": "machine_open", "clicks": "click"}
    return [
        F.count_if(in_window(F.col("at"), days, as_of, time_zone) & kinds[kind]).alias(f"{name}_{days}d")
        for name, kind in names.items()
        for days in WINDOWS
    ]


def _last(condition: Column) -> Column:
    return F.max(F.when(condition, F.col("at")))


def _suppressing(role: EmailEventsRole) -> list[Column]:
    kinds = {
        "unsubscribe": ("unsubscribes", "unsubscribed_at", role.kinds.unsubscribe),
        "complaint": ("complaints", "complained_at", role.kinds.complaint),
        "hard_bounce": ("hard_bounces", "bounced_at", role.kinds.hard_bounce),
    }
    columns = []
    for count, at, types in kinds.values():
        columns += [F.count_if(_is(types)).alias(count), _last(_is(types)).alias(at)]
    return columns


def _derived(role: EmailEventsRole) -> dict[str, Column]:
    last_success = F.col("_last_success_at")
    since = F.filter("_soft_bounces", lambda at: last_success.isNull() | (at > last_success))
    clicks = F.least("clicks_365d", "emails_delivered_365d")
    weight, prior = role.click_rate.weight, role.click_rate.prior
    rate = (clicks + F.lit(weight * prior)) / (F.col("emails_delivered_365d") + F.lit(weight))
    return {
        "soft_bounce_streak": F.size(since),
        "click_rate": F.round(rate, 6),
        "click_rate_n": F.col("emails_delivered_365d"),
    }
