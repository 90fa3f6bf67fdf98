"""entities -> the customer ids that they know: the count against which profiles are checked, by a plan of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.curated.settings import CuratedSettings, CustomersRole, EmailEventsRole, OrdersRole, WebEventsRole
from lakehouse.curated.windows import to_utc


def known_customers(entities: Mapping[str, DataFrame], settings: CuratedSettings, *, as_of: datetime) -> DataFrame:
    """Return every customer id that any configured entity knows before `as_of`, once, as `customer_id`."""
    known = [_known(entities[role.entity], role, as_of) for role in settings.roles.values()]
    return reduce(lambda left, right: left.unionByName(right), known).distinct()


def known_buyers(orders: DataFrame, role: OrdersRole, *, as_of: datetime) -> DataFrame:
    """Return every customer id with an order before `as_of`, once, as `customer_id`."""
    return _known(orders, role, as_of).distinct()


def _known(
    rows: DataFrame, role: CustomersRole | OrdersRole | EmailEventsRole | WebEventsRole, as_of: datetime
) -> DataFrame:
    counted = rows if role.where is None else rows.where(F.expr(role.where))
    if isinstance(role, CustomersRole):
        ids = counted.select(F.col(role.id).alias("customer_id"))
    else:
        counts = F.col(role.at) < F.lit(to_utc(as_of))
        if isinstance(role, EmailEventsRole):
            opt_outs = [*role.kinds.unsubscribe, *role.kinds.complaint, *role.kinds.hard_bounce]
            counts = counts | (F.col(role.at).isNull() & F.col(role.type).isin(opt_outs))
        ids = counted.where(counts).select(F.col(role.customer).alias("customer_id"))
    return ids.where(F.col("customer_id").isNotNull())
