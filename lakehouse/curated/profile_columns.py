"""What every column of `customer_profiles` means: type, unit, window and the meaning of null. Free of Spark.

Windows are half-open, `[as_of - n days, as_of)`, in days of the lake's zone. For columns of a window null means `never
seen at all`, 0 means `seen before, but not in this window`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lakehouse.curated.conditions import AttributeType

Role = Literal["always", "customers", "orders", "email_events", "web_events"]

SUPPRESSION_REASONS = (
    "complaint",
    "unsubscribed",
    "hard_bounce",
    "soft_bounces",
    "no_consent",
    "no_email",
    "invalid_email",
)
"""Why a customer may not be mailed, first reason first."""


@dataclass(frozen=True)
class ProfileColumn:
    """One column of the profiles.

    Attributes:
        type: its type in conditions; None where conditions cannot use it.
        comment: for the table and its readers.
        role: the part of `curated:` that must be configured for the column to exist.
    """

    type: AttributeType | None
    comment: str
    role: Role = "always"


def _windowed(what: str, role: Role, prefix: str, kind: AttributeType = "number") -> dict[str, ProfileColumn]:
    never = "null: no order at all" if role == "orders" else "null: no e-mail event of the customer at all"
    return {
        f"{prefix}_{days}d": ProfileColumn(kind, f"{what} in the {days} days before as_of; {never}.", role)
        for days in (30, 90, 365)
    }


_ORDERS: dict[str, ProfileColumn] = {
    "first_order_at": ProfileColumn("timestamp", "First order (UTC); null: no order.", "orders"),
    "last_order_at": ProfileColumn("timestamp", "Last order before as_of (UTC); null: no order.", "orders"),
    "orders": ProfileColumn("number", "Different orders before as_of; 0: none, never null.", "orders"),
    **_windowed("Different orders", "orders", "orders"),
    "revenue": ProfileColumn(
        "number", "Sum of all orders, in `revenue_currency`; null: no order, or orders in several currencies.", "orders"
    ),
    **{
        name: ProfileColumn(
            column.type, column.comment[:-1] + ", or orders in several currencies; in `revenue_currency`.", "orders"
        )
        for name, column in _windowed("Sum of orders", "orders", "revenue").items()
    },
    "average_order_value": ProfileColumn("number", "revenue / orders; null where revenue is null.", "orders"),
    "revenue_currency": ProfileColumn(
        "text", "The one currency of all the customer's orders (ISO 4217); null: none known, or several.", "orders"
    ),
    "revenue_by_currency": ProfileColumn(
        None,
        "Currency to sum of all orders in it; XXX: orders without a currency, and 0 for an order in several; "
        "null: no order.",
        "orders",
    ),
}
_EMAIL: dict[str, ProfileColumn] = {
    **_windowed("Delivered e-mails", "email_events", "emails_delivered"),
    **_windowed("Opens by a person (never used alone)", "email_events", "opens"),
    **_windowed("Opens by a machine, such as mail privacy protection", "email_events", "machine_opens"),
    **_windowed("Clicks by a person", "email_events", "clicks"),
    "last_sent_at": ProfileColumn("timestamp", "Last e-mail sent (UTC); null: never.", "email_events"),
    "last_open_at": ProfileColumn("timestamp", "Last open by a person (UTC); null: never.", "email_events"),
    "last_click_at": ProfileColumn("timestamp", "Last click by a person (UTC); null: never.", "email_events"),
    "click_rate": ProfileColumn(
        "number",
        "(clicks + k p) / (delivered + k) over 365 days, 0 to 1, clicks at most delivered, p and k from the settings: "
        "1 of 1 does not beat 40 of 200. null: no e-mail event at all.",
        "email_events",
    ),
    "click_rate_n": ProfileColumn(
        "number", "Deliveries in 365 days behind click_rate; 0: the rate is the prior alone.", "email_events"
    ),
}
_WEB: dict[str, ProfileColumn] = {
    "last_seen_at": ProfileColumn("timestamp", "Last web event (UTC); null: never.", "web_events"),
    "page_views_30d": ProfileColumn(
        "number", "Pages viewed in the 30 days before as_of; null: no web event at all.", "web_events"
    ),
    "carts_30d": ProfileColumn(
        "number", "Articles put into a cart in the 30 days before as_of; null: no web event at all.", "web_events"
    ),
}
_PERMISSION: dict[str, ProfileColumn] = {
    "consent": ProfileColumn(
        "boolean", "Consent to marketing e-mail as known at as_of; null: unknown, so not mailable."
    ),
    "consent_at": ProfileColumn("timestamp", "When consent was given or refused (UTC); null: unknown."),
    "unsubscribed_at": ProfileColumn(
        "timestamp", "Last unsubscribe of the customer or of the address (UTC); nothing that is imported lifts it."
    ),
    "complained_at": ProfileColumn("timestamp", "Last spam complaint of the customer or of the address (UTC)."),
    "bounced_at": ProfileColumn("timestamp", "Last hard bounce of the customer or of the address (UTC)."),
    "suppression_reason": ProfileColumn(
        "text", f"The first that applies of {', '.join(SUPPRESSION_REASONS)}; null: may be mailed."
    ),
    "is_mailable": ProfileColumn("boolean", "Whether there is no suppression_reason; never null."),
}
_ACTIVITY: dict[str, ProfileColumn] = {
    "first_activity_at": ProfileColumn("timestamp", "First order, click by a person or web event (UTC); null: none."),
    "last_activity_at": ProfileColumn("timestamp", "Last order, click by a person or web event (UTC); null: none."),
}

COLUMNS: Mapping[str, ProfileColumn] = {
    "customer_id": ProfileColumn("text", "Identity of the customer; one row each."),
    "email": ProfileColumn("text", "E-mail address of the customer; null: none known.", "customers"),
    **_PERMISSION,
    **_ACTIVITY,
    **_ORDERS,
    **_EMAIL,
    **_WEB,
    "as_of": ProfileColumn(None, "The moment (UTC) that the row describes; only what happened before it counts."),
}

PROFILE_COLUMNS: Mapping[str, str] = {name: column.comment for name, column in COLUMNS.items()}
"""Comment of every column that the profiles can have, besides the configured attributes."""
