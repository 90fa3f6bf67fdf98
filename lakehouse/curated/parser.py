"""Tokens of a condition -> `Condition`: a recursive descent over the grammar that `language` describes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import cast

from lakehouse.curated.conditions import (
    AllOf,
    AnyOf,
    AttributeType,
    Between,
    Compare,
    Condition,
    ConditionError,
    InSegment,
    Matches,
    Missing,
    Not,
    OneOf,
    Operator,
    TextMatch,
    Value,
    WithinLast,
)
from lakehouse.curated.tokens import Token, tokenize

MAX_DEPTH = 50
MAX_DAYS = 36_500
_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
_EXPECTED_TEST = (
    "= != < <= > >=, in [...], between, contains, starts with, ends with, within last n days, before, after, "
    "is missing or is present"
)


class Parser:
    """Recursive descent over the tokens of one condition; each method reads one rule of the grammar."""

    def __init__(
        self, text: str, attributes: Mapping[str, AttributeType] | None, segments: Collection[str] | None
    ) -> None:
        self._tokens = tokenize(text)
        self._next = 0
        self._depth = 0
        self._attributes = attributes
        self._segments = segments

    def parse(self) -> Condition:
        """Read the whole text; raises ConditionError at the first thing that does not fit."""
        condition = self._any_of()
        if self._peek().kind != "end":
            raise self._expected("`and`, `or` or the end of the condition")
        return condition

    def _any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._take_word("or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self) -> Condition:
        parts = [self._unary()]
        while self._take_word("and"):
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _unary(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"the condition is more than {MAX_DEPTH} levels deep", remedy="use fewer parentheses")
        condition = self._negation_group_or_test()
        self._depth -= 1
        return condition

    def _negation_group_or_test(self) -> Condition:
        if self._take_word("not"):
            return Not(self._unary())
        if self._take_symbol("("):
            condition = self._any_of()
            self._require_symbol(")")
            return condition
        if self._take_word("in"):
            self._require_word("segment")
            return InSegment(self._segment())
        return self._test()

    def _segment(self) -> str:
        token = self._advance("word", "the name of a segment")
        if self._segments is not None and token.text not in self._segments:
            raise _unknown_name("segment", token, self._segments)
        return token.text

    def _test(self) -> Condition:
        name = self._advance("word", "an attribute, `not`, `in segment` or `(`")
        if self._attributes is not None and name.text not in self._attributes:
            raise _unknown_name("attribute", name, self._attributes)
        kind = None if self._attributes is None else self._attributes[name.text]
        if self._take_word("is"):
            return self._presence(name.text)
        if self._take_word("not"):
            return Not(self._word_test(name.text, kind))
        if self._peek().text in _OPERATORS and self._peek().kind == "symbol":
            return self._comparison(name.text, kind)
        if self._peek().is_word("before") or self._peek().is_word("after"):
            self._require_type(kind, "date", "timestamp")
            operator: Operator = "<" if self._take().is_word("before") else ">"
            return Compare(name.text, operator, self._value("date"))
        if kind in (None, "boolean") and self._ends_test():
            return Compare(name.text, "=", value=True)
        return self._word_test(name.text, kind)

    def _ends_test(self) -> bool:
        token = self._peek()
        return token.kind == "end" or token.text == ")" or token.is_word("and") or token.is_word("or")

    def _presence(self, name: str) -> Condition:
        if self._take_word("missing"):
            return Missing(name)
        if self._take_word("present"):
            return Not(Missing(name))
        raise self._expected("`missing` or `present`")

    def _comparison(self, name: str, kind: AttributeType | None) -> Condition:
        operator = cast("Operator", self._peek().text)
        if operator not in ("=", "!="):
            self._require_type(kind, "number", "date", "timestamp")
        self._take()
        return Compare(name, operator, self._value(kind))

    def _word_test(self, name: str, kind: AttributeType | None) -> Condition:
        tests: dict[str, Callable[[str, AttributeType | None], Condition]] = {
            "in": self._one_of,
            "between": self._between,
            "contains": self._matches,
            "starts": self._matches,
            "ends": self._matches,
            "within": self._within_last,
        }
        token = self._peek()
        test = tests.get(token.text.lower()) if token.kind == "word" else None
        if test is None:
            raise self._expected(_EXPECTED_TEST)
        return test(name, kind)

    def _one_of(self, name: str, kind: AttributeType | None) -> Condition:
        self._take()
        self._require_symbol("[")
        values = [self._value(kind)]
        while self._take_symbol(","):
            values.append(self._value(kind))
        self._require_symbol("]")
        return OneOf(name, tuple(values))

    def _between(self, name: str, kind: AttributeType | None) -> Condition:
        self._require_type(kind, "number", "date", "timestamp")
        self._take()
        low = self._value(kind)
        self._require_word("and")
        high = self._value(kind)
        return Between(name, low, high)

    def _matches(self, name: str, kind: AttributeType | None) -> Condition:
        self._require_type(kind, "text")
        how = self._take().text.lower()
        if how != "contains":
            self._require_word("with")
            how = f"{how} with"
        return Matches(name, cast("TextMatch", how), str(self._value("text")))

    def _within_last(self, name: str, kind: AttributeType | None) -> Condition:
        self._require_type(kind, "date", "timestamp")
        self._take()
        self._require_word("last")
        token = self._peek()
        amount = self._value("number")
        unit = self._take() if self._peek().kind == "word" else self._peek()
        days = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(unit.text.lower())
        if days is None:
            raise _expected_at(unit, "`days` or `weeks`")
        if not isinstance(amount, Decimal) or amount != int(amount) or not 1 <= amount * days <= MAX_DAYS:
            raise _expected_at(token, f"a whole number of days from 1 to {MAX_DAYS}")
        return WithinLast(name, int(amount) * days)

    def _value(self, kind: AttributeType | None) -> Value:
        token = self._advance("value", _WRITTEN[kind] if kind else "a value: 12.5, 'text', true or 2026-01-31")
        value = cast("Value", token.value)
        if kind is not None and not isinstance(value, _PYTHON[kind]):
            raise _expected_at(token, _WRITTEN[kind])
        return value

    def _require_type(self, kind: AttributeType | None, *allowed: AttributeType) -> None:
        if kind is not None and kind not in allowed:
            raise self._error(
                f"`{self._peek().text}` does not go with a {kind} attribute",
                remedy=f"it is for {' and '.join(allowed)}",
            )

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += token.kind != "end"
        return token

    def _advance(self, kind: str, expected: str) -> Token:
        if self._peek().kind != kind:
            raise self._expected(expected)
        return self._take()

    def _take_word(self, word: str) -> bool:
        return self._peek().is_word(word) and bool(self._take())

    def _take_symbol(self, symbol: str) -> bool:
        token = self._peek()
        return token.kind == "symbol" and token.text == symbol and bool(self._take())

    def _require_word(self, word: str) -> None:
        if not self._take_word(word):
            raise self._expected(f"`{word}`")

    def _require_symbol(self, symbol: str) -> None:
        if not self._take_symbol(symbol):
            raise self._expected(f"`{symbol}`")

    def _expected(self, expected: str) -> ConditionError:
        return _expected_at(self._peek(), expected)

    def _error(self, problem: str, *, remedy: str) -> ConditionError:
        token = self._peek()
        return ConditionError(problem, line=token.line, column=token.column, remedy=remedy)


_PYTHON: dict[AttributeType, type] = {"text": str, "number": Decimal, "boolean": bool, "date": date, "timestamp": date}
_WRITTEN: dict[AttributeType, str] = {
    "text": "a text in quotes, as in 'DE'",
    "number": "a number, as in 12 or 12.5",
    "boolean": "true or false",
    "date": "a date, as in 2026-01-31",
    "timestamp": "a date, as in 2026-01-31",
}


def _expected_at(token: Token, expected: str) -> ConditionError:
    found = token.text if token.kind != "end" else "the end of the condition"
    return ConditionError(f"expected {expected}", line=token.line, column=token.column, found=found)


def _unknown_name(what: str, token: Token, known: Collection[str]) -> ConditionError:
    near = get_close_matches(token.text, known, n=1)
    remedy = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(sorted(known))}"
    return ConditionError(f"unknown {what} `{token.text}`", line=token.line, column=token.column, remedy=remedy)
