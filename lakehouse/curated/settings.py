"""What the section `curated:` of `conf/lake.yaml` and `conf/segments/NAME.yaml` may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from lakehouse.curated.language import parse_condition
from lakehouse.curated.profile_columns import COLUMNS
from lakehouse.settings import IDENTIFIER, Settings, one_or_many

Column = Annotated[str, Field(pattern=IDENTIFIER)]
Names = Annotated[list[str], BeforeValidator(one_or_many)]
Expression = Annotated[str, Field(min_length=1, max_length=4000)]


class _Role(Settings):
    entity: str = Field(pattern=IDENTIFIER, description="The entity whose rows play this part.")
    where: Expression | None = Field(
        None,
        description="A Spark SQL condition over the entity's columns; other rows, and rows for which it is null, "
        "do not count.",
    )

    @property
    def columns(self) -> dict[str, str]:
        """Key of the setting -> column of the entity that it names; expressions are not listed."""
        names = {key: getattr(self, key) for key in _COLUMN_KEYS if hasattr(self, key)}
        return {key: name for key, name in names.items() if name is not None}


class CustomersRole(_Role):
    """Who the customers are. The entity must hold one row a customer (after `where`): history `latest` by its id."""

    id: Column = Field("customer_id", description="Column with the identity of the customer.")
    email: Column | None = Field("email", description="Column with the e-mail address; null: there is none.")
    consent: Column | None = Field(
        None, description="Boolean column: consent to marketing e-mail. Without it nobody may be mailed."
    )
    consent_at: Column | None = Field(None, description="Timestamp column: when consent was given or refused.")
    attributes: list[Column] = Field(
        default_factory=list, description="Further columns that become columns of the profile, under the same name."
    )

    @property
    def columns(self) -> dict[str, str]:
        """Key of the setting -> column of the entity that it names; expressions are not listed."""
        return super().columns | {f"attributes.{index}": name for index, name in enumerate(self.attributes)}

    @field_validator("attributes")
    @classmethod
    def _attributes_are_free_names(cls, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise ValueError("an attribute is named twice")
        taken = sorted(set(names) & COLUMNS.keys())
        if taken:
            raise ValueError(f"the profiles have a column of this name already: {', '.join(taken)}")
        return names


class OrdersRole(_Role):
    """Orders, or the lines of orders."""

    customer: Column = Field("customer_id", description="Column with the customer; rows without one do not count.")
    order: Column | None = Field(
        "order_id",
        description="Column with the order's number; rows that share it and the customer are one order, "
        "at the time of the earliest of them. null: every row is an order.",
    )
    at: Column = Field("ordered_at", description="Timestamp column (UTC).")
    amount: Expression = Field(
        description="Column or Spark SQL expression with the amount, as in `quantity * price`; 4 decimals are kept."
    )
    currency: Column | None = Field(
        None, description="Column with the ISO 4217 code. Amounts in several currencies are never added up."
    )


class EmailKinds(Settings):
    """Which values of the `type` column mean what."""

    sent: Names = Field(default_factory=lambda: ["sent"])
    delivered: Names = Field(default_factory=lambda: ["delivered"])
    open: Names = Field(default_factory=lambda: ["open"])
    click: Names = Field(default_factory=lambda: ["click"])
    hard_bounce: Names = Field(default_factory=lambda: ["bounce", "hard_bounce"])
    soft_bounce: Names = Field(default_factory=lambda: ["soft_bounce"])
    unsubscribe: Names = Field(default_factory=lambda: ["unsubscribe"])
    complaint: Names = Field(default_factory=lambda: ["complaint"])


class ClickRateSettings(Settings):
    """The shrunk click rate (clicks + weight * prior) / (delivered + weight).

    Both are settings and not estimated from the data at every run: a row of the profiles then changes only when its
    customer does something.
    """

    prior: Annotated[float, Field(ge=0, le=1)] = Field(0.03, description="The usual click rate of the list.")
    weight: Annotated[float, Field(gt=0)] = Field(20, description="How many deliveries the prior counts for.")


class EmailEventsRole(_Role):
    """What the e-mail tool reports: sends, deliveries, opens, clicks, bounces, unsubscribes, complaints."""

    customer: Column = Field("customer_id", description="Column with the customer; may be null.")
    email: Column | None = Field(
        "email",
        description="Column with the address: an unsubscribe, complaint or hard bounce of an address "
        "suppresses every customer who has it.",
    )
    at: Column = Field("at", description="Timestamp column (UTC).")
    type: Column = Field("type", description="Column with the kind of event.")
    machine: Column | None = Field(None, description="Boolean column: the open or click was made by a machine.")
    kinds: EmailKinds = Field(default_factory=EmailKinds)
    click_rate: ClickRateSettings = Field(default_factory=ClickRateSettings)


class WebKinds(Settings):
    """Which values of the `type` column mean what."""

    page_view: Names = Field(default_factory=lambda: ["page_view", "product_view"])
    cart: Names = Field(default_factory=lambda: ["add_to_cart"])


class WebEventsRole(_Role):
    """What the web site reports."""

    customer: Column = Field("customer_id", description="Column with the customer; rows without one do not count.")
    at: Column = Field("at", description="Timestamp column (UTC).")
    type: Column = Field("type", description="Column with the kind of event.")
    kinds: WebKinds = Field(default_factory=WebKinds)


class SuppressSettings(Settings):
    """When bounces stop further mail. Complaints and unsubscribes always do, from the first."""

    hard_bounces: Annotated[int, Field(ge=1)] = Field(1, description="Hard bounces of a customer or an address.")
    soft_bounce_streak: Annotated[int, Field(ge=1)] = Field(
        5, description="Soft bounces of a customer since the last delivery, open or click."
    )


class CuratedSettings(Settings):
    """Which entities play which part in profiles, RFM and segments; every part is optional."""

    customers: CustomersRole | None = None
    orders: OrdersRole | None = None
    email_events: EmailEventsRole | None = None
    web_events: WebEventsRole | None = None
    suppress: SuppressSettings = Field(default_factory=SuppressSettings)

    @property
    def roles(self) -> dict[str, CustomersRole | OrdersRole | EmailEventsRole | WebEventsRole]:
        """The configured roles by their key."""
        roles = {
            "customers": self.customers,
            "orders": self.orders,
            "email_events": self.email_events,
            "web_events": self.web_events,
        }
        return {key: role for key, role in roles.items() if role is not None}

    @property
    def entities(self) -> dict[str, str]:
        """Role -> the entity that plays it; empty where nothing is curated."""
        return {key: role.entity for key, role in self.roles.items()}


class SegmentSettings(Settings):
    """A segment: the customers for whom the condition holds and who may be mailed.

    Consent and suppression are always required and cannot be switched off.
    """

    description: str = Field("", description="For people: whom the segment holds and what it is for.")
    where: str = Field(
        min_length=1, description="The condition, as in `orders_90d >= 2 and not country in ['US', 'CA']`."
    )

    @field_validator("where")
    @classmethod
    def _where_can_be_read(cls, text: str) -> str:
        parse_condition(text)
        return text


_COLUMN_KEYS = ("id", "customer", "order", "email", "consent", "consent_at", "at", "currency", "type", "machine")
