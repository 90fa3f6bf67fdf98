"""The section `curated:`."""

from __future__ import annotations

import pytest

from lakehouse.config.checks.curated import check_curated, column_types
from lakehouse.curated.settings import CuratedSettings


@pytest.fixture
def check(entity, lines):
    people = entity("mail: {}", keys="id", history="latest")
    entities = {
        "people": people,
        "numbered": entity("id: {type: bigint}", keys="id", history="latest"),
        "versions": entity(keys="id", history="{type: scd2, order_by: seen_at}"),
        "events": entity("kind: {}"),
    }

    def check(**roles):
        return lines(check_curated(CuratedSettings.model_validate(roles), entities, [*entities, "broken"]))

    return check


PEOPLE = {
    "entity": "people",
    "id": "id",
    "email": "mail",
    "consent": "flag",
    "consent_at": "seen_at",
    "attributes": ["born", "tree"],
}
ORDERS = {"entity": "events", "customer": "id", "order": "text", "at": "seen_at", "amount": "amount"}
EVENTS = {"entity": "events", "customer": "id", "email": None, "at": "seen_at", "type": "kind"}


def test_roles_that_fit_have_no_problems(check):
    assert check() == []
    assert check(customers=PEOPLE, orders=ORDERS, email_events=EVENTS | {"machine": "flag"}) == []
    assert check(customers={"entity": "versions", "id": "id", "email": None, "where": "is_current AND flag"}) == []
    assert check(customers={"entity": "broken"}, orders=ORDERS) == []
    assert check(orders=ORDERS | {"amount": "no_such * 2"}) == []
    assert check(orders=ORDERS | {"order": None}) == []


CASES = [
    ({"customers": {"entity": "peple"}}, ["customers.entity: unknown entity `peple`; did you mean `people`?"]),
    ({"customers": PEOPLE | {"email": "e_mail"}}, [("customers.email: unknown column `e_mail`; did you mean `mail`?"
        " If there is none: `email: null`")]),
    ({"customers": PEOPLE | {"consent": "flg"}}, ["customers.consent: unknown column `flg`; did you mean `flag`?"]),
    ({"customers": PEOPLE | {"consent": "text"}},
     ["customers.consent: `text` is of type string, `consent` must be boolean; name another column"]),
    ({"customers": PEOPLE | {"consent_at": "born"}},
     ["customers.consent_at: `born` is of type date, `consent_at` must be timestamp; name another column"]),
    ({"customers": PEOPLE | {"email": "amount"}},
     ["customers.email: `amount` is of type decimal(18,2), `email` must be string; name another column"]),
    ({"customers": PEOPLE | {"attributes": ["born", "texd"]}},
     ["customers.attributes.1: unknown column `texd`; did you mean `text`?"]),
    ({"customers": PEOPLE | {"id": "text"}},
     ["customers.id: `text` is not the key of `people`; the key is id; profiles need one row for each `text`"]),
    ({"customers": PEOPLE | {"entity": "versions", "email": None}},
     ["customers.entity: `versions` holds several rows a customer (history `scd2`); add `where: is_current`"]),
    ({"customers": PEOPLE | {"entity": "versions", "email": None, "where": "flag = 'is_current'"}},
     ["customers.entity: `versions` holds several rows a customer (history `scd2`); add `where: is_current`"]),
    ({"customers": PEOPLE | {"entity": "events", "email": None}}, [("customers.entity: `events` may hold several rows a "
        "customer (history `append`); give it `keys: id` and `history: latest`")]),
    ({"customers": {"entity": "numbered", "id": "id", "email": None}, "orders": ORDERS, "email_events": EVENTS},
     [f"{role}.customer: `id` is of type string, the customers' `id` is bigint; give both columns the same type"
      for role in ("orders", "email_events")]),
    ({"orders": ORDERS | {"at": "born"}}, ["orders.at: `born` is of type date, `at` must be timestamp; name another column"]),
    ({"orders": ORDERS | {"order": "order_id"}}, [("orders.order: unknown column `order_id`; known: amount, born, flag, id, "
        "kind, seen_at, text, tree If there is none: `order: null`")]),
    ({"orders": ORDERS | {"amount": "amont"}}, ["orders.amount: unknown column `amont`; did you mean `amount`?"]),
    ({"orders": ORDERS | {"amount": "text"}},
     ["orders.amount: `text` is of type string, an amount is a number; name another column"]),
    ({"email_events": EVENTS | {"machine": "text"}},
     ["email_events.machine: `text` is of type string, `machine` must be boolean; name another column"]),
    ({"web_events": {"entity": "events", "customer": "id", "at": "seen_at"}},
     ["web_events.type: unknown column `type`; known: amount, born, flag, id, kind, seen_at, text, tree"]),
]  # fmt: skip


@pytest.mark.parametrize(("roles", "expected"), CASES)
def test_roles_that_do_not_fit_are_told_with_what_to_do(check, roles, expected):
    assert check(**roles) == [f"curated.{line}" for line in expected]


def test_the_columns_of_validity_count_as_columns(entity):
    types = column_types(entity(keys="id", history="{type: scd2, order_by: seen_at}"))
    assert types["is_current"] == "boolean"
    assert types["valid_from"] == "timestamp"
    assert "is_current" not in column_types(entity())
