"""Which columns the profiles of a lake have, and what conditions of segments may do with them. Free of Spark."""

from __future__ import annotations

from collections.abc import Mapping

from lakehouse.curated.conditions import AttributeType
from lakehouse.curated.profile_columns import COLUMNS
from lakehouse.curated.settings import CuratedSettings


def list_profile_columns(settings: CuratedSettings) -> list[str]:
    """List the columns of `customer_profiles` in the order of the table."""
    roles = {"always", *settings.entities}
    names = [name for name, column in COLUMNS.items() if column.role in roles]
    if settings.customers is None:
        return names
    if settings.customers.email is None:
        names.remove("email")
    return [names[0], *settings.customers.attributes, *names[1:]]


def profile_attributes(settings: CuratedSettings, customer_columns: Mapping[str, str]) -> dict[str, AttributeType]:
    """Give the attributes that conditions of segments can use, with their types.

    Args:
        settings: which roles are configured; columns of a missing role do not exist.
        customer_columns: type of every column of the customers entity, as in `conf/entities/`; variants and columns
            that are not named here cannot be used.
    """
    attributes: dict[str, AttributeType] = {}
    for name in list_profile_columns(settings):
        source = name
        if settings.customers is not None and name == "customer_id":
            source = settings.customers.id
        kind = COLUMNS[name].type if name in COLUMNS else attribute_type(customer_columns.get(name, ""))
        if name == "customer_id":
            kind = attribute_type(customer_columns.get(source, "string"))
        if kind is not None:
            attributes[name] = kind
    return attributes


def attribute_type(column_type: str) -> AttributeType | None:
    """Give the type in conditions of a Spark SQL type; None for types that conditions cannot compare."""
    kinds: dict[str, AttributeType] = {
        "string": "text",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp",
        **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "float", "double", "decimal"), "number"),
    }
    return kinds.get(column_type.split("(", maxsplit=1)[0])
