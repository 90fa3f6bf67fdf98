"""Text as it was typed or copied -> text that compares: no stray blanks, nothing invisible, one code for one letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.lookup import look_up
from lakehouse.columns.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import Column

Ranges = tuple[tuple[int, int], ...]

_BLANK: Ranges = (
    (0x09, 0x0D), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
_INVISIBLE: Ranges = (
    (0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C),
    (0x180B, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
)  # fmt: skip
_COMBINING = (0x300, 0x36F)
_FIRST_VISIBLE, _LAST_VISIBLE = 0x21, 0x7E


def _characters(ranges: Ranges) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


def _class(ranges: Ranges) -> str:
    return "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in ranges)


BLANKS = _characters(_BLANK)
"""Every character that stands for white space, line ends and the no-break space among them."""
INVISIBLES = _characters(_INVISIBLE)
"""Control, zero-width and direction characters: what a person cannot see and did not mean to type."""

_OUTER = r"\p{Z}\p{Cc}\p{Cf}"
"""The same as a class for Java, which tests three properties sooner than thirty ranges."""
_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F))
_HALF_WIDTH = "".join(chr(code) for code in range(0x21, 0x7F))
_LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
_COMPOSABLE = rf"[{_class((_COMBINING,))}\x{{132}}-\x{{133}}\x{{1c4}}-\x{{1cc}}\x{{fb00}}-\x{{fb06}}]"


def whole(pattern: str) -> str:
    r"""Anchor a Java regular expression to the whole value.

    `^` and `$` would let a trailing line end through; `\A` and `\z` do not.
    """
    return rf"\A(?:{pattern})\z"


def strip(text: Column) -> Column:
    """Remove white space and invisible characters from both ends: also tab, no-break and zero-width space, BOM."""
    # The look-behind keeps a long run of inner blanks from being tried once for each of its characters.
    stripped = F.regexp_replace(text, rf"(?s)\A[{_OUTER}]+|[{_OUTER}](?<![{_OUTER}].)[{_OUTER}]*+\z", "")
    return F.when(_has_plain_ends(text), text).otherwise(stripped)


def _has_plain_ends(text: Column) -> Column:
    """Tell whether a text begins and ends with visible ASCII, as most do: ten times cheaper than the expression."""
    return _begins_plain(text) & _begins_plain(F.right(text, F.lit(1)))


def _begins_plain(text: Column) -> Column:
    return F.ascii(text).between(_FIRST_VISIBLE, _LAST_VISIBLE)


def blank_to_null(text: Column, null_values: Sequence[str] = ()) -> Column:
    """Turn a text that says nothing into null and leave every other text as it is, outer white space included.

    Args:
        text: any text.
        null_values: texts that mean `no value`, compared without case and outer white space.
    """
    says_something = _begins_plain(text) | text.rlike(rf"[^{_OUTER}]")
    if null_values:
        says_something = says_something & ~F.lower(strip(text)).isin(*plain_keys(null_values))
    return F.when(says_something, text)


def plain_keys(texts: Iterable[str]) -> list[str]:
    """Fold texts of the configuration as `lower(strip(…))` folds a column."""
    return [text.strip(BLANKS + INVISIBLES).lower() for text in texts]


def normalize_text(text: Column) -> Column:
    """Write the same text the same way; null stays null.

    White space is stripped outside and one plain blank inside; control and zero-width characters go; full-width ASCII,
    ligatures and letters with combining accents become the usual single characters (NFKC as far as Latin, Greek and
    Cyrillic letters go). Case and punctuation stay.
    """
    blanks = BLANKS + _FULL_WIDTH + INVISIBLES
    plain = F.translate(text, blanks, " " * len(BLANKS) + _HALF_WIDTH)
    clean = F.trim(F.regexp_replace(plain, " {2,}", " "))
    # Most texts are plain ASCII without double blanks and need none of this.
    return (
        F.when(~text.rlike(r"[^ -~]|  |\A | \z"), text).when(text.rlike(_COMPOSABLE), _composed(clean)).otherwise(clean)
    )


def _composed(text: Column) -> Column:
    composed = read_table("compositions")
    letters = F.regexp_extract_all(text, F.lit(rf"(?s).[{_class((_COMBINING,))}]*"), 0)
    return F.array_join(F.transform(letters, lambda letter: F.coalesce(look_up(letter, composed), letter)), "")


def usual_letters(text: Column) -> Column:
    """Write full-width ASCII and Latin ligatures as the usual characters, and nothing else: cheap, for what `fold` leaves."""
    usual = F.translate(text, _FULL_WIDTH + "\u3000", _HALF_WIDTH + " ")
    for ligature, letters in _LIGATURES.items():
        usual = F.replace(usual, F.lit(ligature), F.lit(letters))
    return F.when(text.rlike(r"[^ -~]"), usual).otherwise(text)


def normalize_lower(text: Column) -> Column:
    """Do what `normalize_text` does, in lower case."""
    return F.lower(normalize_text(text))


def normalize_upper(text: Column) -> Column:
    """Do what `normalize_text` does, in upper case."""
    return F.upper(normalize_text(text))


def fold(text: Column) -> Column:
    """Reduce a text to what survives sloppy typing: lower-case words of letters and digits, without accents.

    `Łódź-Śródmieście` and `LODZ SRODMIESCIE` become `lodz srodmiescie`. Latin letters become ASCII by table (`ß` ss,
    `ø` o, `ł` l, `æ` ae, dotless `ı` i); letters of other scripts keep their form, and ligatures are the business of
    `normalize_text`. Null stays null; a text without letters and digits becomes the empty text.
    """
    letters = read_table("foldings")
    single = {letter: plain for letter, plain in letters.items() if len(plain) == 1}
    marks = _characters((_COMBINING,)) + INVISIBLES
    folded = F.translate(F.lower(text), "".join(single) + marks, "".join(single.values()))
    for letter, plain in letters.items():
        if len(plain) > 1:
            folded = F.replace(folded, F.lit(letter), F.lit(plain))
    return F.trim(F.regexp_replace(folded, r"[^\p{L}\p{M}\p{N}]+", " "))
