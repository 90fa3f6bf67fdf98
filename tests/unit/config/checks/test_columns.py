"""Columns of an entity."""

from __future__ import annotations

import pytest

from lakehouse.config.checks.columns import check_columns, check_reference, kind

GOOD = """\
plain: {}
path: {from: $.address.city}
deep: {from: "$.items[0]['first name'][\\"x\\"]"}
odd: {from: "What? 100 %"}
code: {from: PLZ, normalize: postal_code, region: country}
country: {normalize: country}
phone: {normalize: [text, phone], region: de}
day: {type: date, formats: [iso, dd.MM.yyyy], null_values: [n/a]}
moment: {type: timestamp, formats: epoch_millis, time_zone: Europe/Berlin}
price: {type: "decimal(10,2)", decimal_separator: ","}
cents: {type: "decimal(10,2)", minor_units: {currency: currency}}
pence: {type: "decimal(10,2)", minor_units: {currency: gbp}}
currency: {normalize: currency}
weight: {type: double, unit: {to: kg, default: lb}}
yes_no: {type: boolean, true_values: [ja], false_values: [nein]}
label: {mapping: {a: x, A: x, b: y}, unmapped: keep}
total: {type: double, sql: price * 2, description: Twice., personal: false}
more: {type: double, sql: total + cast(day as double) - double(total)}
date: {type: date, sql: "cast(moment as date) + interval 1 day"}
"""


def test_columns_that_fit_together_have_no_problems(entity, lines):
    assert lines(check_columns(entity(GOOD))) == []


CASES = [
    ("x: {type: date, decimal_separator: ','}", ("x.decimal_separator: this has no effect on type date; "
     "remove it; it is for int, bigint, double, decimal")),
    ("x: {formats: iso}", "x.formats: this has no effect on type string; remove it; it is for date, timestamp"),
    ("x: {type: date, time_zone: UTC}", "x.time_zone: this has no effect on type date; remove it; it is for timestamp"),
    ("x: {true_values: [a]}", "x.true_values: this has no effect on type string; remove it; it is for boolean"),
    ("x: {type: int, unit: {to: kg}}", "x.unit: this has no effect on type int; remove it; it is for double, decimal"),
    ("x: {type: double, minor_units: {currency: EUR}}",
     "x.minor_units: this has no effect on type double; remove it; it is for decimal"),
    ("x: {type: 'decimal(9,2)', unit: {to: kg}, minor_units: {currency: EUR}}",
     "x.minor_units: this has no effect beside `unit`; remove one of them"),
    ("x: {type: variant, mapping: {a: b}}", ("x.mapping: this has no effect on type variant; remove it; it is for "
     "int, bigint, double, decimal, string, boolean, date, timestamp")),
    ("x: {sql: id, normalize: text}", "x.normalize: this has no effect on a column with `sql`; remove it"),
    ("x: {unmapped: keep}", "x.unmapped: this has no effect without `mapping`; remove it, or add a mapping"),
    ("x: {region: DE}", "x.region: this has no effect; remove it, or add `normalize: phone` or `postal_code`"),
    ("x: {derived: true}", "x.derived: nothing adds this column; name the function in `transform`, or use `sql`"),
    *((f"x: {{from: '{path}'}}", ("x.from: this is no JSON path; "
       "write it as in $.address.city, $.items[0] or $['first name']")) for path in ("$x", "$.", "$..a", "$.a[", "$[x]", "$ .a")),
    ("x: {type: date, formats: [iso, dd.mm.yyyy]}",
     "x.formats.1: `m` in `dd.mm.yyyy` are minutes, and there is no hour; months are `M`, hours are `H`"),
    ("x: {type: timestamp, time_zone: CEST}", "x.time_zone: unknown time zone `CEST`; write it as in Europe/Berlin or UTC"),
    ("x: {type: boolean, true_values: [Y, x], false_values: [' y', n]}",
     "x.true_values: `y` means true and false; take it out of one of the lists"),
    ("x: {mapping: {a: b, ' A': c}}", "x.mapping. A: this spelling has two meanings; case does not matter; remove one"),
    ("x: {normalize: phone, region: txet}",
     "x.region: `txet` is neither a code of 2 letters nor a column; did you mean `text`?"),
    ("x: {normalize: phone, region: Germany}", ("x.region: `Germany` is neither a code of 2 letters nor a column; "
     "write a code such as DE, or the name of a column")),
    ("x: {normalize: phone, region: x}", ("x.region: `x` is not known yet when this column is made; "
     "name a column that comes from the record and needs no other column")),
    ("x: {normalize: phone, region: y}\ny: {normalize: postal_code}", ("x.region: `y` is not known yet when this column "
     "is made; name a column that comes from the record and needs no other column")),
    ("x: {normalize: phone, region: y}\ny: {sql: id}", ("x.region: `y` is not known yet when this column is made; "
     "name a column that comes from the record and needs no other column")),
    ("x: {normalize: phone, region: born}", "x.region: `born` is of type date, a code is text; name a string column"),
    ("x: {type: 'decimal(9,2)', minor_units: {currency: EURO}}", ("x.minor_units.currency: `EURO` is neither a code of "
     "3 letters nor a column; write a code such as EUR, or the name of a column")),
    ("x: {type: double, unit: {to: kg, default: cm}}",
     "x.unit.default: `cm` cannot become `kg`; choose one of kg, g, lb, oz"),
    ("record: {}", "record: this name is taken by the raw record; choose another one, and add `from:`"),
    ("x: {sql: x + 1}", "x.sql: columns refer to each other in a circle; break it: x -> x"),
    ("x: {sql: y}\ny: {sql: '1'}", "x.sql: `y` is not known yet: it stands below; move `y` above `x`"),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "expected"), CASES)
def test_columns_that_do_not_fit_are_told_with_what_to_do(entity, lines, columns, expected):
    assert lines(check_columns(entity(columns))) == [f"columns.{expected}"]


def test_derived_columns_are_not_known_to_sql_columns(entity, lines):
    settings = entity("x: {derived: true}\ny: {sql: x}", transform="a.b:c")
    expected = ["columns.y.sql: `x` is not known yet: `transform` adds it afterwards; leave it out"]
    assert lines(check_columns(settings)) == expected


def test_a_circle_is_told_at_each_of_its_columns(entity, lines):
    settings = entity("a: {sql: b}\nb: {sql: lower(C)}\nc: {sql: \"a || 'b'\"}\nd: {sql: c}")
    assert lines(check_columns(settings)) == [
        "columns.a.sql: columns refer to each other in a circle; break it: a -> b -> c -> a",
        "columns.b.sql: columns refer to each other in a circle; break it: b -> c -> a -> b",
        "columns.c.sql: columns refer to each other in a circle; break it: c -> a -> b -> c",
    ]


def test_columns_of_validity_are_taken_where_there_is_one(entity, lines):
    columns = "is_current: {}"
    assert lines(check_columns(entity(columns))) == []
    assert lines(check_columns(entity(columns, keys="id", history="{type: scd2, order_by: seen_at}"))) == [
        "columns.is_current: this name is taken by `scd2`; choose another one, and add `from:`"
    ]


def test_an_unknown_column_is_told_with_the_nearest(entity, lines):
    assert lines(check_reference(("k",), "txt", entity())) == ["k: unknown column `txt`; did you mean `text`?"]
    assert lines(check_reference(("k",), "text", entity())) == []


def test_a_type_has_a_kind(entity):
    assert [kind(column) for column in entity().columns.values()] == [
        "string", "string", "date", "timestamp", "decimal", "boolean", "variant",
    ]  # fmt: skip
