r"""E-mail addresses: many spellings -> one, and three answers to `is this an address?`.

The patterns are for Java's regular expressions and are anchored `\A…\z`. Every repetition is bounded by the look-aheads
for the lengths of RFC 5321 (64 for the local part, 254 in all), so that hostile input ends at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse.columns.text import normalize_text
from lakehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from pyspark.sql import Column

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]++"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*+"
_LENGTHS = r"(?=.{3,254}\z)(?=.{1,64}@[^@]*\z)"
# RFC 5890: `--` in the third and fourth place is reserved, so far for `xn--` only.
_LABEL = r"(?=[^.]{1,63}\.)(?!(?!(?i:xn))..--)[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+"
# RFC 6761 and its relatives: names that no public mail server answers to. `example` may be treated as any other name.
_SPECIAL_USE = r"(?i:arpa|invalid|local|localhost|onion|test)\z"
_TOP_LEVEL = rf"(?!{_SPECIAL_USE})(?:[A-Za-z]{{2,63}}|(?i:xn--)[A-Za-z0-9-]{{0,58}}[A-Za-z0-9])"
_DELIVERABLE = rf"\A(?=.{{6,254}}\z)(?=[^@]{{1,64}}@){_DOT_ATOM}@(?:{_LABEL}\.)+{_TOP_LEVEL}\z"

_BLANK = r"\p{Z}\p{Cc}\p{Cf}"
_SHAPE = rf"\A[^@{_BLANK}]+@[^@{_BLANK}.][^@{_BLANK}]*\.[^@{_BLANK}.]+\z"

_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
_HEX = r"[0-9A-Fa-f]{1,4}"
_HEXES = rf"(?:{_HEX}(?::{_HEX})*)?"
# RFC 5321 section 4.1.3: `::` stands for at least two groups; an IPv4 address at the end for the last two. The
# look-aheads count groups: at most six, or four and the first byte of the IPv4 address.
_IPV6 = (
    rf"(?:(?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}:){{6}}{_IPV4}"
    rf"|(?!(?::*+[0-9A-Fa-f]++){{7}}){_HEXES}::{_HEXES}"
    rf"|(?!(?::*+[0-9A-Fa-f]++){{6}}){_HEXES}::(?:{_HEX}:)*{_IPV4})"
)
_LDH = r"(?=[^.]{1,63}(?:\.|\z))[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+"
_LITERAL = rf"\[(?:{_IPV4}|(?i:IPv6:){_IPV6}|(?!(?i:IPv6:))[A-Za-z0-9-]*[A-Za-z0-9]:[!-?A-Z^-~]+)\]"
_RFC5321 = rf"\A{_LENGTHS}(?:{_DOT_ATOM}|{_QUOTED})@(?:{_LDH}(?:\.{_LDH})*|{_LITERAL})\z"

_LEVELS = {"shape": _SHAPE, "deliverable": _DELIVERABLE, "rfc5321": _RFC5321}


def normalize_email(address: Column) -> Column:
    """Fold the spellings of one address: lower case, nothing invisible, without `<…>` and `mailto:`.

    Tags (`+shop`) and dots stay, for only the mailbox's owner knows what they mean. A broken address stays broken and
    can be judged by `is_email`. Null only where the address is blank.
    """
    lowered = F.lower(normalize_text(address))
    wrapped = r"\A(?:< ?(?:mailto:)?([^<>]+?) ?>|mailto:([^?<>]+)(?:\?.*)?)\z"
    # Few addresses are wrapped, and looking at the first letters is cheaper than the expression.
    may_be_wrapped = lowered.startswith("<") | lowered.startswith("mailto:")
    bare = F.when(may_be_wrapped, F.regexp_replace(lowered, wrapped, "$1$2")).otherwise(lowered)
    return F.nullif(bare, F.lit(""))


def is_email(address: Column, level: str = "deliverable") -> Column:
    """Tell whether a text is an e-mail address; null for null.

    Args:
        address: as `normalize_email` leaves it; upper case is allowed.
        level: `shape`: one `@`, a dot in the domain, no blanks. `deliverable`: what mail is sent to on the internet:
            a dot-atom of RFC 5322, a domain of two or more labels, no special-use name. `rfc5321`: all that a mail
            server may accept, quoted local parts and address literals included; for audits.

    Raises:
        ConfigurationError: the level is none of these.
    """
    if level not in _LEVELS:
        raise ConfigurationError(
            "there is no such level of e-mail check", found=level, remedy=f"use one of {', '.join(_LEVELS)}"
        )
    return address.rlike(_LEVELS[level])
