"""customers, orders, email_events, web_events -> customer_profiles: one row per customer, as of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.columns.email import normalize_email
from lakehouse.curated.attributes import list_profile_columns
from lakehouse.curated.engagement import (
    summarize_addresses,
    summarize_email_events,
    summarize_web_events,
)
from lakehouse.curated.orders import summarize_orders
from lakehouse.curated.settings import CuratedSettings, CustomersRole
from lakehouse.curated.suppression import suppression_reason
from lakehouse.curated.windows import to_utc
from lakehouse.errors import ConfigurationError

_OPT_OUTS = {"unsubscribes": "unsubscribed_at", "complaints": "complained_at", "hard_bounces": "bounced_at"}


def curate_customer_profiles(
    entities: Mapping[str, DataFrame], settings: CuratedSettings, *, as_of: datetime, time_zone: str
) -> DataFrame:
    """Give one row for every customer who is known from any of the configured entities.

    The columns are those of `list_profile_columns`, their meaning is in `PROFILE_COLUMNS`. A customer id that only
    orders or events know gives a row too, with unknown consent and so not mailable: sums over the profiles equal sums
    over the orders.

    Consent counts only where it is true and was not given at or after `as_of`. An unsubscribe, complaint or hard
    bounce suppresses the customer of the event and every customer who has the address of the event. A consent that
    is newer than the unsubscribe does not lift it: it may come from an import.

    Args:
        entities: rows by name of the entity; those that the settings name must be there.
        settings: which entity plays which part. The customers must have one row each.
        as_of: only what happened before it counts.
        time_zone: zone of the days in windows.

    Raises:
        ConfigurationError: no entity is configured, or one that the settings name is not in `entities`.
    """
    parts = _parts(_require_entities(entities, settings), settings, as_of, time_zone)
    joined = reduce(lambda left, right: left.join(right, on="customer_id", how="full"), parts)
    complete = joined.withColumns(_defaults(joined, settings))
    with_addresses = _with_opt_outs_of_addresses(complete, entities, settings, as_of)
    reason = suppression_reason(settings.suppress)
    profiles = with_addresses.withColumns(_activity(joined.columns) | {"suppression_reason": reason}).withColumns(
        {"is_mailable": F.col("suppression_reason").isNull(), "as_of": F.lit(to_utc(as_of))}
    )
    return profiles.select(*list_profile_columns(settings))


def _require_entities(entities: Mapping[str, DataFrame], settings: CuratedSettings) -> Mapping[str, DataFrame]:
    if not settings.entities:
        remedy = "name the entity of `customers`, `orders`, `email_events` or `web_events`"
        raise ConfigurationError("there is nothing to make profiles of", where="curated", remedy=remedy)
    for role, entity in settings.entities.items():
        if entity not in entities:
            raise ConfigurationError(f"there is no entity `{entity}`", where=f"curated.{role}.entity")
    return entities


def _parts(
    entities: Mapping[str, DataFrame], settings: CuratedSettings, as_of: datetime, time_zone: str
) -> list[DataFrame]:
    parts = []
    if settings.customers is not None:
        parts.append(_customers(entities[settings.customers.entity], settings.customers, as_of))
    if settings.orders is not None:
        orders = entities[settings.orders.entity]
        parts.append(summarize_orders(orders, settings.orders, as_of=as_of, time_zone=time_zone))
    if settings.email_events is not None:
        events = entities[settings.email_events.entity]
        parts.append(summarize_email_events(events, settings.email_events, as_of=as_of, time_zone=time_zone))
    if settings.web_events is not None:
        events = entities[settings.web_events.entity]
        parts.append(summarize_web_events(events, settings.web_events, as_of=as_of, time_zone=time_zone))
    return parts


def _customers(customers: DataFrame, role: CustomersRole, as_of: datetime) -> DataFrame:
    counted = customers if role.where is None else customers.where(F.expr(role.where))
    at = F.lit(None).cast("timestamp") if role.consent_at is None else F.col(role.consent_at)
    consent = F.lit(None).cast("boolean") if role.consent is None else F.col(role.consent)
    is_later = F.coalesce(at >= F.lit(to_utc(as_of)), F.lit(False))
    return counted.where(F.col(role.id).isNotNull()).select(
        F.col(role.id).alias("customer_id"),
        *role.attributes,
        *([] if role.email is None else [F.col(role.email).alias("email")]),
        # a refusal holds whenever it was made, a consent only once it has been given
        F.when(~(is_later & consent), consent).alias("consent"),
        F.when(~is_later, at).alias("consent_at"),
    )


def _defaults(joined: DataFrame, settings: CuratedSettings) -> dict[str, Column]:
    """Columns that suppression needs but no configured entity gives, and counts over all time as 0 for nothing."""
    counts = ["soft_bounce_streak", *_OPT_OUTS, *(["orders"] if settings.orders else [])]
    defaults = {name: F.coalesce(name, F.lit(0)) if name in joined.columns else F.lit(0) for name in counts}
    typed = {"consent": "boolean", "email": "string", **dict.fromkeys(("consent_at", *_OPT_OUTS.values()), "timestamp")}
    missing = {name: F.lit(None).cast(kind) for name, kind in typed.items() if name not in joined.columns}
    return defaults | missing


def _with_opt_outs_of_addresses(
    profiles: DataFrame, entities: Mapping[str, DataFrame], settings: CuratedSettings, as_of: datetime
) -> DataFrame:
    role = settings.email_events
    if role is None or role.email is None or settings.customers is None or settings.customers.email is None:
        return profiles
    addresses = summarize_addresses(entities[role.entity], role, as_of=as_of).alias("addresses")
    joined = profiles.alias("profiles").join(
        addresses, on=normalize_email(F.col("profiles.email")) == F.col("addresses.address"), how="left"
    )
    # counts may see one event twice, by customer and by address; only `none or some` and the threshold matter
    merged = {}
    for count, at in _OPT_OUTS.items():
        merged[count] = F.greatest(f"profiles.{count}", f"addresses.{count}").alias(count)
        merged[at] = F.greatest(f"profiles.{at}", f"addresses.{at}").alias(at)
    return joined.select(*(merged.get(name, F.col(f"profiles.{name}")) for name in profiles.columns))


def _activity(columns: list[str]) -> dict[str, Column]:
    firsts = [F.col(name) for name in ("first_order_at", "first_click_at", "first_seen_at") if name in columns]
    lasts = [F.col(name) for name in ("last_order_at", "last_click_at", "last_seen_at") if name in columns]
    nothing = F.lit(None).cast("timestamp")  # twice: least and greatest take two columns at least, and ignore nulls
    return {
        "first_activity_at": F.least(nothing, nothing, *firsts),
        "last_activity_at": F.greatest(nothing, nothing, *lasts),
    }
