"""What does not fit together in the section `curated:` of lake.yaml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse.config.checks import Problem
from lakehouse.config.checks.columns import NUMBERS, VALIDITY
from lakehouse.config.checks.expressions import find_names
from lakehouse.config.shapes import suggest
from lakehouse.settings import IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from lakehouse.cleansed.settings import EntitySettings
    from lakehouse.curated.settings import CuratedSettings, CustomersRole, OrdersRole

_TYPES = {
    "email": "string",
    "consent": "boolean",
    "consent_at": "timestamp",
    "at": "timestamp",
    "currency": "string",
    "type": "string",
    "machine": "boolean",
}
_OPTIONAL = ("email", "order")


def column_types(entity: EntitySettings) -> dict[str, str]:
    """Return the columns of an entity's table with their types, without lineage."""
    declared = {name: column.type for name, column in entity.columns.items()}
    return declared | VALIDITY if entity.history.type == "scd2" else declared


def check_curated(
    curated: CuratedSettings, entities: Mapping[str, EntitySettings], entity_names: Collection[str]
) -> Iterator[Problem]:
    """Find roles whose entity or columns are missing or of the wrong type.

    Args:
        curated: the section.
        entities: those whose settings are right.
        entity_names: all that have a file.
    """
    for role, settings in curated.roles.items():
        path = ("curated", role)
        if settings.entity not in entity_names:
            yield Problem(
                (*path, "entity"), f"unknown entity `{settings.entity}`", suggest(settings.entity, entity_names)
            )
        elif settings.entity in entities:
            types = column_types(entities[settings.entity])
            yield from _check_columns(path, settings.columns, types)
    yield from _check_identity(curated, entities)
    if curated.customers and curated.customers.entity in entities:
        yield from _check_customers(curated.customers, entities[curated.customers.entity])
    if curated.orders and curated.orders.entity in entities:
        yield from _check_amount(curated.orders, column_types(entities[curated.orders.entity]))


def _check_columns(path: tuple[str, ...], columns: Mapping[str, str], types: Mapping[str, str]) -> Iterator[Problem]:
    for key, name in columns.items():
        place = (*path, *(int(part) if part.isdigit() else part for part in key.split(".")))
        if name not in types:
            remedy = suggest(name, types) + (f" If there is none: `{key}: null`" if key in _OPTIONAL else "")
            yield Problem(place, f"unknown column `{name}`", remedy)
        elif types[name] != _TYPES.get(key, types[name]):
            yield Problem(
                place, f"`{name}` is of type {types[name]}, `{key}` must be {_TYPES[key]}", "name another column"
            )


def _check_identity(curated: CuratedSettings, entities: Mapping[str, EntitySettings]) -> Iterator[Problem]:
    """A customer's identity must have one type, or a join would compare text with numbers."""
    if curated.customers is None or curated.customers.entity not in entities:
        return
    wanted = column_types(entities[curated.customers.entity]).get(curated.customers.id)
    for role, settings in curated.roles.items():
        customer = settings.columns.get("customer")
        if wanted is None or customer is None or settings.entity not in entities:
            continue
        found = column_types(entities[settings.entity]).get(customer, wanted)
        if found != wanted:
            yield Problem(
                ("curated", role, "customer"),
                f"`{customer}` is of type {found}, the customers' `{curated.customers.id}` is {wanted}",
                "give both columns the same type",
            )


def _check_customers(role: CustomersRole, entity: EntitySettings) -> Iterator[Problem]:
    """Profiles need one row a customer."""
    path = ("curated", "customers", "entity")
    current = role.where is not None and "is_current" in find_names(role.where)
    if entity.history.type == "scd2" and not current:
        yield Problem(
            path, f"`{role.entity}` holds several rows a customer (history `scd2`)", "add `where: is_current`"
        )
    if entity.history.type == "append":
        yield Problem(
            path,
            f"`{role.entity}` may hold several rows a customer (history `append`)",
            f"give it `keys: {role.id}` and `history: latest`",
        )
    elif role.id in entity.columns and entity.keys != [role.id]:
        yield Problem(
            ("curated", "customers", "id"),
            f"`{role.id}` is not the key of `{role.entity}`",
            f"the key is {', '.join(entity.keys)}; profiles need one row for each `{role.id}`",
        )


def _check_amount(role: OrdersRole, types: Mapping[str, str]) -> Iterator[Problem]:
    path = ("curated", "orders", "amount")
    if not re.fullmatch(IDENTIFIER, role.amount):
        return
    if role.amount not in types:
        yield Problem(path, f"unknown column `{role.amount}`", suggest(role.amount, types))
    elif types[role.amount].split("(", maxsplit=1)[0] not in NUMBERS:
        yield Problem(
            path, f"`{role.amount}` is of type {types[role.amount]}, an amount is a number", "name another column"
        )
