"""The language of segment conditions: text -> `Condition`, or an error that says where and what was expected.

    condition  := all ("or" all)*
    all        := unary ("and" unary)*
    unary      := "not" unary | "(" condition ")" | ["not"] "in" "segment" NAME | attribute test
    test       := ("=" | "!=" | "<" | "<=" | ">" | ">=") value | "before" date | "after" date
                | ["not"] "in" "[" value ("," value)* "]" | ["not"] "between" value "and" value
                | ["not"] ("contains" | "starts" "with" | "ends" "with") text
                | ["not"] "within" "last" number ("days" | "weeks") | "is" ("missing" | "present")
                | nothing, for a boolean attribute
    value      := 12.5 | 'text' | "text" | true | false | 2026-01-31

Words of the language may be written in upper or lower case; names of attributes and segments and texts may not.
Nothing of the text ever reaches SQL: names are looked up, values become literals.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from lakehouse.curated.conditions import AttributeType, Condition, ConditionError, referenced_segments
from lakehouse.curated.parser import Parser


def parse_condition(
    text: str,
    attributes: Mapping[str, AttributeType] | None = None,
    segments: Collection[str] | None = None,
) -> Condition:
    """Read the condition of a segment.

    Args:
        text: the condition, at most 4,000 characters and 50 levels deep.
        attributes: the attributes that exist and their types; None: names and types are not checked.
        segments: the segments that exist; None: names after `in segment` are not checked.

    Raises:
        ConditionError: with line and column, what was expected, and the nearest known name.
    """
    return Parser(text, attributes, segments).parse()


def parse_segments(conditions: Mapping[str, str], attributes: Mapping[str, AttributeType]) -> dict[str, Condition]:
    """Read the conditions of all segments, in an order in which each comes after those that it refers to.

    Raises:
        ConditionError: the first condition that is wrong, or a cycle among the segments.
    """
    parsed = {name: parse_condition(text, attributes, conditions) for name, text in sorted(conditions.items())}
    return {name: parsed[name] for name in _in_order(parsed)}


def find_segment_problems(
    conditions: Mapping[str, str], attributes: Mapping[str, AttributeType]
) -> dict[str, ConditionError]:
    """Find what is wrong with the conditions of all segments: at most one problem a segment, none raised.

    Args:
        conditions: the text of the condition by name of the segment.
        attributes: see `parse_condition`.
    """
    problems: dict[str, ConditionError] = {}
    parsed: dict[str, Condition] = {}
    for name, text in sorted(conditions.items()):
        try:
            parsed[name] = parse_condition(text, attributes, conditions)
        except ConditionError as problem:
            problems[name] = problem
    try:
        _in_order(parsed)
    except ConditionError as problem:
        problems[problem.found.split(" -> ", maxsplit=1)[0]] = problem
    return problems


def _in_order(parsed: Mapping[str, Condition]) -> list[str]:
    graph = {name: sorted(referenced_segments(condition) & parsed.keys()) for name, condition in parsed.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        problem = "segments refer to each other in a circle"
        remedy = "take one `in segment` out of the circle"
        raise ConditionError(problem, found=" -> ".join(error.args[1]), remedy=remedy) from None
