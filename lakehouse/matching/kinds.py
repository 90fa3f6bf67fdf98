"""What each kind of field is compared by: the levels of agreement, best first, as Spark SQL over a pair of records.

In a condition `l_x` and `r_x` are the two normal forms of the field, `d_x` their edit distance (-1 beyond the largest
that is asked for), and `s_x` their similarity by words; `{piles}` says whether the first of January stands for "some day
of that year", `{exchanged}` whether given and family name changed places. Levels are numbered from the worst (0, "else")
upwards; -1 means that a value is missing on a side.
"""

from __future__ import annotations

from dataclasses import dataclass

MISSING = -1
"""The level of a comparison where a side has no value: no evidence either way."""


@dataclass(frozen=True)
class Level:
    """One level of agreement.

    Attributes:
        label: what a person reads.
        condition: Spark SQL with `{x}` for the field; empty for "else".
        share: rough share of true pairs on this level, before any data are seen; a weak prior of the fit.
        exact: the values are equal, so that their frequency says how much that is worth.
        differs: each of the two values says something that the other does not.
        apart: outside the order of the levels; its weight is not held between its neighbors'.
    """

    label: str
    condition: str
    share: float
    exact: bool = False
    differs: bool = False
    apart: bool = False


@dataclass(frozen=True)
class Kind:
    """How fields of one meaning are compared and blocked.

    Attributes:
        name: as settings and models call it.
        levels: best first, the last one is "else".
        distance: largest edit distance that the levels ask for; None where they ask for none.
        words: the field also has a bag of weighted words.
        block: edit distances that blocking may use, largest first; 0 is equality.
        shared: people who live or work together agree on it, or nearly, so that it says little about who of them it is.
        named: people of the same name agree on it, or nearly, as mailboxes are made of names.
        placed: it changes when somebody moves, together with the rest of the address.
        unique: not even they have the very same value.
        singular: things of one series differ in it: it tells which of them it is.
        diverse: two different values of a small table do not mean that there are only two in the world.
    """

    name: str
    levels: tuple[Level, ...]
    distance: int | None = None
    words: bool = False
    block: tuple[int, ...] = (0,)
    shared: bool = False
    named: bool = False
    placed: bool = False
    unique: bool = False
    singular: bool = False
    diverse: bool = True

    @property
    def top(self) -> int:
        """The number of the best level."""
        return len(self.levels) - 1

    def level(self, number: int) -> Level:
        """The level of that number, 0 being "else"."""
        return self.levels[self.top - number]


_ELSE = Level("else", "", 0.12, differs=True)
_EQUAL = Level("equal", "d_{x} = 0", 0.64, exact=True)
_SAME = Level("equal", "l_{x} = r_{x}", 0.76, exact=True)
_ONE = Level("1 edit", "d_{x} between 0 and 1", 0.1)
_ONE_OF_NAME = Level("1 edit", "d_{x} between 0 and 1 and greatest(length(l_{x}), length(r_{x})) >= 4", 0.1)
"""One of three letters is another name: Tom and Tim, and in Chinese most names that share a character."""
_TWO = Level("2 edits", "d_{x} between 0 and 2 and greatest(length(l_{x}), length(r_{x})) >= 5", 0.05)
_THREE = Level("3 edits", "d_{x} between 0 and 3 and greatest(length(l_{x}), length(r_{x})) >= 7", 0.03)
_PREFIX = Level("beginning", "startswith(l_{x}, r_{x}) or startswith(r_{x}, l_{x})", 0.03)
_SWAPPED = Level("exchanged", "{exchanged}", 0.02, apart=True)

_NAME = (_EQUAL, _ONE_OF_NAME, _TWO, _PREFIX, _THREE, _ELSE)
_GIVEN = (_EQUAL, _SWAPPED, _ONE_OF_NAME, _TWO, _PREFIX, _THREE, _ELSE)
_MIDDLE = (
    _SAME,
    Level("a word in common", "arrays_overlap(split(l_{x}, ' '), split(r_{x}, ' '))", 0.06),
    Level("same initial", "left(l_{x}, 1) = left(r_{x}, 1)", 0.06),
    _ELSE,
)
_FULL_DATES = "not (endswith(l_{x}, '0101') and {piles}) and not (endswith(r_{x}, '0101') and {piles})"
_DATE = (
    Level("equal", f"d_{{x}} = 0 and {_FULL_DATES}", 0.64, exact=True),
    Level("1 edit", f"d_{{x}} between 0 and 1 and {_FULL_DATES}", 0.1),
    Level("2 edits or exchanged digits", f"d_{{x}} between 0 and 2 and {_FULL_DATES}", 0.06),
    Level("same year", "left(l_{x}, 4) = left(r_{x}, 4)", 0.08),
    _ELSE,
)
_EMAIL = (
    _EQUAL,
    _ONE,
    Level("same mailbox, other domain", "d_{x}_local = 0", 0.05),
    Level("2 edits", "d_{x} between 0 and 2", 0.04),
    Level("mailbox within 2 edits", "d_{x}_local between 0 and 2 and length(l_{x}_local) >= 6", 0.04),
    Level("3 edits", "d_{x} between 0 and 3", 0.02),
    _ELSE,
)
_PHRASE = (_EQUAL, _ONE, _TWO, _THREE, Level("beginning", "(" + _PREFIX.condition + ")", 0.03), _ELSE)
_TEXT = (
    _EQUAL,
    _ONE,
    _TWO,
    Level("words 80 %", "s_{x} >= 0.8", 0.06),
    _THREE,
    Level("words 60 %", "s_{x} >= 0.6", 0.06),
    Level("words 40 %", "s_{x} >= 0.4", 0.05),
    Level("words 20 %", "s_{x} >= 0.2", 0.03),
    _ELSE,
)
_CODE = (
    _EQUAL,
    _ONE,
    Level("2 edits", "d_{x} between 0 and 2 and greatest(length(l_{x}), length(r_{x})) >= 6", 0.05),
    _ELSE,
)
_SHORT_CODE = (_EQUAL, _ONE, _ELSE)
_NUMBER = (
    _SAME,
    Level("within 1 %", "abs(l_{x} - r_{x}) <= 0.01 * greatest(abs(l_{x}), abs(r_{x}))", 0.05),
    Level("within 10 %", "abs(l_{x} - r_{x}) <= 0.1 * greatest(abs(l_{x}), abs(r_{x}))", 0.06),
    Level("within 30 %", "abs(l_{x} - r_{x}) <= 0.3 * greatest(abs(l_{x}), abs(r_{x}))", 0.05),
    _ELSE,
)
_YEAR = (
    _SAME,
    Level("next year", "abs(l_{x} - r_{x}) <= 1", 0.06),
    Level("within 5 years", "abs(l_{x} - r_{x}) <= 5", 0.04),
    Level("within 20 years", "abs(l_{x} - r_{x}) <= 20", 0.02),
    _ELSE,
)
_CONTAINED = "size(array_except(split({a}_{x}, ' '), split({b}_{x}, ' '))) = 0"
_NUMBERS = (
    _SAME,
    Level("all of one in the other", " or ".join(_CONTAINED.format(a=a, b=b, x="{x}") for a, b in ("lr", "rl")), 0.1),
    Level("one in common", "arrays_overlap(split(l_{x}, ' '), split(r_{x}, ' '))", 0.06, differs=True),
    _ELSE,
)
_CATEGORY = (_SAME, _ELSE)
_SET = (
    _SAME,
    Level("an element in common", "arrays_overlap(l_{x}, r_{x})", 0.1),
    _ELSE,
)

KINDS = {
    kind.name: kind
    for kind in (
        Kind("given_name", _GIVEN, distance=3, block=(2, 1, 0), named=True),
        Kind("family_name", _NAME, distance=3, block=(2, 1, 0), shared=True, named=True),
        Kind("middle_name", _MIDDLE, block=(), named=True),
        Kind("date", _DATE, distance=2, block=(1, 0)),
        Kind("email", _EMAIL, distance=3, block=(2, 1, 0), shared=True, named=True, unique=True),
        Kind("phone", _CODE, distance=2, block=(1, 0), shared=True),
        Kind("street", _TEXT, distance=3, words=True, block=(2, 1, 0), shared=True, placed=True),
        Kind("house_number", _SHORT_CODE, distance=1, shared=True, placed=True),
        Kind("postcode", _SHORT_CODE, distance=1, block=(1, 0), shared=True, placed=True),
        Kind("city", _PHRASE, distance=3, block=(2, 1, 0), shared=True, placed=True),
        Kind("region", _CATEGORY, shared=True, placed=True, diverse=False),
        Kind("country", _CATEGORY, shared=True, diverse=False),
        Kind("category", _CATEGORY, diverse=False),
        Kind("number", _NUMBER),
        Kind("year", _YEAR),
        Kind("numbers", _NUMBERS, block=(), singular=True),
        Kind("identifier", _CODE, distance=2, block=(1, 0), singular=True),
        Kind("phrase", _PHRASE, distance=3, block=(2, 1, 0)),
        Kind("text", _TEXT, distance=3, words=True, block=(2, 1, 0)),
        Kind("set", _SET, block=()),
    )
}
"""Every kind by its name."""
