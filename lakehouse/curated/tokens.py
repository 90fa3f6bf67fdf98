"""Cuts the text of a condition into tokens, each with its line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from lakehouse.curated.conditions import ConditionError, Value

MAX_LENGTH = 4000
MIN_YEAR, MAX_YEAR = 1900, 2999
TokenKind = Literal["word", "value", "symbol", "end"]

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<date>\d{4}-\d{2}-\d{2}(?![\w.-]))
    | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<text>'(?:[^'\r\n]|'')*'|"(?:[^"\r\n]|"")*")
    | (?P<symbol>!=|<=|>=|[=<>()\[\],])
    """,
    re.VERBOSE | re.ASCII,
)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True)
class Token:
    """One word, literal or symbol of a condition; `value` is set for literals only."""

    kind: TokenKind
    text: str
    line: int
    column: int
    value: Value | None = None

    def is_word(self, word: str) -> bool:
        """Whether this is the given keyword, in upper or lower case."""
        return self.kind == "word" and self.text.lower() == word


def tokenize(text: str) -> tuple[Token, ...]:
    """Cut a condition into tokens, the last of which has the kind `end`.

    Raises:
        ConditionError: the text is too long, or holds a character or a literal that the language does not know.
    """
    if len(text) > MAX_LENGTH:
        remedy = "split it into several segments and join these with `in segment`"
        raise ConditionError(
            f"the condition is longer than {MAX_LENGTH} characters", found=str(len(text)), remedy=remedy
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        line, column = _place(text, position)
        found = _TOKEN.match(text, position)
        if found is None:
            raise _unknown(text[position], line, column)
        if found.lastgroup != "space":
            tokens.append(_token(found.lastgroup or "", found.group(), line, column))
        position = found.end()
    return (*tokens, Token("end", "", *_place(text, position)))


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _token(kind: str, text: str, line: int, column: int) -> Token:
    match kind:
        case "word" if text.lower() in ("true", "false"):
            return Token("value", text, line, column, text.lower() == "true")
        case "word":
            return Token("word", text, line, column)
        case "text":
            quote = text[0]
            return Token("value", text, line, column, text[1:-1].replace(quote * 2, quote))
        case "date":
            return Token("value", text, line, column, _date(text, line, column))
        case "number":
            return Token("value", text, line, column, _number(text, line, column))
    return Token("symbol", text, line, column)


def _date(text: str, line: int, column: int) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ConditionError("there is no such day in the calendar", line=line, column=column, found=text) from None
    if not MIN_YEAR <= day.year <= MAX_YEAR:
        problem = f"the year does not lie between {MIN_YEAR} and {MAX_YEAR}"
        raise ConditionError(problem, line=line, column=column, found=text)
    return day


def _number(text: str, line: int, column: int) -> Decimal:
    if _NUMBER.fullmatch(text) is None:
        remedy = "use at most 12 digits before and 6 after the decimal point"
        raise ConditionError("the number has too many digits", line=line, column=column, remedy=remedy)
    return Decimal(text)


def _unknown(character: str, line: int, column: int) -> ConditionError:
    if character in "'\"":
        remedy = "close it on the same line; write a quote inside a text twice, as in 'rock ''n'' roll'"
        return ConditionError("the text has no closing quote", line=line, column=column, remedy=remedy)
    if character.isdigit() or character == "-":
        remedy = "write numbers as 12 or 12.5, dates as 2026-01-31, texts in quotes"
        return ConditionError("neither a number nor a date", line=line, column=column, remedy=remedy)
    remedy = "put texts into quotes; conditions know no operators but = != < <= > >= and words"
    return ConditionError("unexpected character", line=line, column=column, found=repr(character), remedy=remedy)
