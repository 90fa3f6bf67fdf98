"""orders or order lines -> one row per customer: counts, windows and revenue, in one currency or by currency."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.curated.settings import OrdersRole
from lakehouse.curated.windows import in_window, to_utc

WINDOWS = (30, 90, 365)
MONEY = "decimal(28,4)"
NO_CURRENCY = "XXX"  # ISO 4217: no currency involved


def summarize_orders(orders: DataFrame, role: OrdersRole, *, as_of: datetime, time_zone: str) -> DataFrame:
    """Give one row per customer with the order columns of `customer_profiles`.

    Rows without customer or time, at or after `as_of`, or outside `where` do not count. Sums are decimals, so they do
    not depend on the order of the rows.
    """
    placed = _orders(orders, role, as_of)
    return _by_customer(_by_currency(placed, as_of, time_zone))


def _orders(orders: DataFrame, role: OrdersRole, as_of: datetime) -> DataFrame:
    counted = orders if role.where is None else orders.where(F.expr(role.where))
    lines = counted.select(
        F.col(role.customer).alias("customer_id"),
        *([] if role.order is None else [F.col(role.order).alias("order_id")]),
        F.col(role.at).alias("at"),
        F.expr(role.amount).cast("decimal(20,4)").alias("amount"),
        (F.lit(NO_CURRENCY) if role.currency is None else F.coalesce(role.currency, F.lit(NO_CURRENCY))).alias(
            "currency"
        ),
    ).where(F.col("customer_id").isNotNull() & (F.col("at") < F.lit(to_utc(as_of))))
    if role.order is None:
        return lines.withColumn("is_mixed", F.lit(False))
    is_one_currency = F.min("currency") == F.max("currency")
    return lines.groupBy("customer_id", "order_id").agg(
        F.min("at").alias("at"),
        F.when(is_one_currency, F.sum("amount")).alias("amount"),
        F.when(is_one_currency, F.min("currency")).otherwise(NO_CURRENCY).alias("currency"),
        (~is_one_currency).alias("is_mixed"),
    )


def _by_currency(placed: DataFrame, as_of: datetime, time_zone: str) -> DataFrame:
    def within(days: int) -> Column:
        return in_window(F.col("at"), days, as_of, time_zone)

    return placed.groupBy("customer_id", "currency").agg(
        F.min("at").alias("first_order_at"),
        F.max("at").alias("last_order_at"),
        F.max("is_mixed").alias("is_mixed"),
        F.count(F.lit(1)).alias("orders"),
        *(F.count_if(within(days)).alias(f"orders_{days}d") for days in WINDOWS),
        F.sum("amount").alias("revenue"),
        *(F.sum(F.when(within(days), F.col("amount"))).alias(f"revenue_{days}d") for days in WINDOWS),
    )


def _by_customer(by_currency: DataFrame) -> DataFrame:
    is_one_currency = (F.count(F.lit(1)) == 1) & ~F.max("is_mixed")
    revenues = ["revenue", *(f"revenue_{days}d" for days in WINDOWS)]
    summed = by_currency.groupBy("customer_id").agg(
        F.min("first_order_at").alias("first_order_at"),
        F.max("last_order_at").alias("last_order_at"),
        *(F.sum(name).alias(name) for name in ("orders", *(f"orders_{days}d" for days in WINDOWS))),
        *(F.when(is_one_currency, F.coalesce(F.sum(name), F.lit(0))).cast(MONEY).alias(name) for name in revenues),
        F.when(is_one_currency, F.nullif(F.max("currency"), F.lit(NO_CURRENCY))).alias("revenue_currency"),
        F.map_from_entries(
            F.array_sort(F.collect_list(F.struct("currency", F.coalesce("revenue", F.lit(0)).cast(MONEY))))
        ).alias("revenue_by_currency"),
    )
    return summed.withColumn("average_order_value", (F.col("revenue") / F.col("orders")).cast(MONEY))
