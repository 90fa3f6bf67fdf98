"""orders -> rfm: recency, frequency and monetary value of every customer who ever ordered, with scores 1 to 5.

Recency is the number of calendar days, in the lake's zone, from the last order to the day of `as_of`. Frequency is the
number of different orders, monetary the sum of their amounts.

Scores compare a value with the 20, 40, 60 and 80 % points of all customers: the smallest values that at least 20, 40,
60, 80 % of the customers do not exceed (exact, no interpolation). Frequency and monetary score 1 + the number of points
below the value, recency 5 - the number of points below it, so 5 is best throughout. Equal values have equal scores,
whatever the order of the rows, which `ntile` does not give: half of the customers of a shop order once.

    rfm_segment      r_score  f_score
    champions        4-5      4-5
    loyal            4-5      3          and 3 with 3-5
    new              4-5      1-2
    needs_attention  3        1-2
    at_risk          1-2      3-5
    hibernating      1-2      1-2
"""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.curated.orders import summarize_orders
from lakehouse.curated.settings import CuratedSettings
from lakehouse.curated.windows import day_of, local_date, to_utc
from lakehouse.errors import ConfigurationError

RFM_COLUMNS = {
    "customer_id": "Identity of the customer; one row for each who ordered before as_of.",
    "recency_days": "Calendar days in the lake's zone from the last order to the day of as_of.",
    "frequency": "Different orders before as_of; at least 1.",
    "monetary": "Sum of their amounts, 4 decimals; null: orders in several currencies.",
    "first_order_at": "First order (UTC).",
    "last_order_at": "Last order before as_of (UTC).",
    "r_score": "1 to 5 by the 20, 40, 60, 80 % points of recency_days; 5: ordered most recently.",
    "f_score": "1 to 5 by the points of frequency; 5: most orders.",
    "m_score": "1 to 5 by the points of monetary; 5: highest; null where monetary is null.",
    "rfm_segment": "champions, loyal, new, needs_attention, at_risk or hibernating, by r_score and f_score.",
    "as_of": "The moment (UTC) that the row describes.",
}
_POINTS = (0.2, 0.4, 0.6, 0.8)


def curate_rfm(orders: DataFrame, settings: CuratedSettings, *, as_of: datetime, time_zone: str) -> DataFrame:
    """Give one row per customer who ordered before `as_of`, with the columns of `RFM_COLUMNS`.

    Args:
        orders: rows of the entity of the role `orders`.
        settings: `settings.orders` says what counts as an order and its amount.
        as_of: only orders before it count.
        time_zone: zone of the calendar days.

    Raises:
        ConfigurationError: no `orders` are configured.
    """
    if settings.orders is None:
        raise ConfigurationError("rfm needs orders", where="curated.orders", remedy="say which entity holds the orders")
    summaries = summarize_orders(orders, settings.orders, as_of=as_of, time_zone=time_zone)
    buyers = summaries.select(
        "customer_id",
        F.datediff(F.lit(day_of(as_of, time_zone)), local_date(F.col("last_order_at"), time_zone)).alias(
            "recency_days"
        ),
        F.col("orders").alias("frequency"),
        F.col("revenue").alias("monetary"),
        "first_order_at",
        "last_order_at",
    )
    scored = buyers.crossJoin(F.broadcast(_points(buyers))).withColumns(_scores())
    return scored.withColumns({"rfm_segment": _segment(), "as_of": F.lit(to_utc(as_of))}).select(*RFM_COLUMNS)


def _points(buyers: DataFrame) -> DataFrame:
    fractions = ", ".join(str(point) for point in _POINTS)
    return buyers.agg(
        *(
            F.expr(f"percentile_disc(array({fractions})) WITHIN GROUP (ORDER BY {name})").alias(f"_{name}_points")
            for name in ("recency_days", "frequency", "monetary")
        )
    )


def _scores() -> dict[str, Column]:
    def points_below(name: str) -> Column:
        value = F.col(name).cast("double")  # the points are doubles, so compare like with like
        counts = [F.when(value > F.col(f"_{name}_points")[index], 1).otherwise(0) for index in range(len(_POINTS))]
        return F.when(value.isNotNull(), counts[0] + counts[1] + counts[2] + counts[3])

    return {
        "r_score": F.lit(5) - points_below("recency_days"),
        "f_score": F.lit(1) + points_below("frequency"),
        "m_score": F.lit(1) + points_below("monetary"),
    }


def _segment() -> Column:
    recent, often = F.col("r_score"), F.col("f_score")
    high, middle = 4, 3
    return (
        F.when((recent >= high) & (often >= high), "champions")
        .when((recent >= middle) & (often >= middle), "loyal")
        .when(recent >= high, "new")
        .when(recent == middle, "needs_attention")
        .when(often >= middle, "at_risk")
        .otherwise("hibernating")
    )
