"""E-mail addresses, with email-validator and Python's `ipaddress` as independent judges."""

from __future__ import annotations

import re
import time
from ipaddress import IPv6Address

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lakehouse.columns.email import _DELIVERABLE, _RFC5321, is_email, normalize_email
from lakehouse.errors import ConfigurationError

ATOM = st.text(st.sampled_from("abzAZ019!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=8)
# Whether the letters behind `xn--` are a name is more than a pattern can tell, so only true ones are drawn.
PLAIN = st.text(st.sampled_from("abcxnXN019-"), min_size=1, max_size=6).filter(lambda label: label[:4].lower() != "xn--")
LABEL = PLAIN | st.sampled_from(
    ["xn--bcher-kva", "ab--c", "a" * 63, "a" * 64, "com", "test", "local", "example", "ONION", "c0m", "0", ""]
)
ADDRESS = st.builds(
    lambda local, domain, odd: f"{'.'.join(local)}{odd}@{'.'.join(domain)}",
    st.lists(ATOM, max_size=3),
    st.lists(LABEL, max_size=4),
    st.sampled_from(["", "", "", "", " ", ".", "..", "@", '"', "\\", "é", "x" * 50, "x" * 64, "\n"]),
)
WHITE_SPACE = (" {}", "{} ", "\t{}", "{}\n", "{}\r\n", "{}\u0085", "{}\u2028", "\u00a0{}", "\ufeff{}", "{}\u200b")


def deliverable(address):
    """The judgement of email-validator; of top-level names it only asks that they end with a letter."""
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    return re.search(r"\.([a-z]{2,}|xn--[a-z0-9-]+)\Z", address, re.IGNORECASE) is not None


def test_normalize_email_folds_the_spellings_of_one_address(check):
    check(normalize_email, {
        "ann.lee@example.com": "ann.lee@example.com",
        " Ann.Lee+Shop@Example.COM\u00a0": "ann.lee+shop@example.com",
        "<Ann@example.com>": "ann@example.com",
        "mailto:Ann@example.com?subject=hi": "ann@example.com",
        "<mailto:ann@example.com>": "ann@example.com",
        "MAILTO:ann@example.com": "ann@example.com",
        "\ufeffann@exam\u200bple.com": "ann@example.com",
        "ann＠example．com": "ann@example.com",
        " ": None,
        "\u200b": None,
        None: None,
    })  # fmt: skip


def test_normalize_email_leaves_a_broken_address_to_the_rule(check):
    check(normalize_email, {
        "ann@@example.com": "ann@@example.com",
        "Ann @ example.com": "ann @ example.com",
        "ann": "ann",
        "<ann@example.com": "<ann@example.com",
        "<>": "<>",
    })  # fmt: skip


@pytest.mark.parametrize("level", ["shape", "deliverable", "rfc5321"])
def test_no_level_accepts_white_space_around_an_address(apply, level):
    spoiled = [form.format("ann@example.com") for form in WHITE_SPACE]
    assert not any(apply(lambda text: is_email(text, level), spoiled))
    assert all(apply(lambda text: is_email(normalize_email(text), level), spoiled))


def test_levels_differ_in_what_they_let_through(check):
    vectors = {  # shape, deliverable, rfc5321
        "ann@example.com": (True, True, True),
        "a.b+c_d-e@sub.example.co.uk": (True, True, True),
        "!#$%&'*+/=?^_`{|}~-@example.com": (True, True, True),
        "ann@xn--bcher-kva.example": (True, True, True),
        "ann@example.xn--p1ai": (True, True, True),
        f"{'a' * 64}@example.com": (True, True, True),
        f"{'a' * 65}@example.com": (True, False, False),
        f"a@{'b' * 63}.com": (True, True, True),
        f"a@{'b' * 64}.com": (True, False, False),
        f"a@{'b.' * 124}com": (True, True, True),
        f"a@{'b.' * 125}com": (True, False, False),
        "ann@localhost": (False, False, True),
        "ann@shop.localhost": (True, False, True),
        "ann@printer.local": (True, False, True),
        "ann@x.test": (True, False, True),
        "ann@4.3.2.in-addr.arpa": (True, False, True),
        "ann@test.com": (True, True, True),
        "ann@ab--cd.com": (True, False, True),
        "ann@example.c": (True, False, True),
        "ann@example.123": (True, False, True),
        "ann@127.0.0.1": (True, False, True),
        "ann@[127.0.0.1]": (True, False, True),
        "ann@[256.0.0.1]": (True, False, False),
        "ann@[IPv6:::1]": (False, False, True),
        "ann@[IPv6:1::2::3]": (False, False, False),
        "ann@[future:thing]": (False, False, True),
        '"ann lee"@example.com': (False, False, True),
        '"a\\"b"@example.com': (True, False, True),
        '"a"b"@example.com': (True, False, False),
        "müller@example.com": (True, False, False),
        "ann@exämple.com": (True, False, False),
        ".ann@example.com": (True, False, False),
        "ann.@example.com": (True, False, False),
        "a..b@example.com": (True, False, False),
        "ann@-example.com": (True, False, False),
        "ann@example-.com": (True, False, False),
        "ann@example..com": (True, False, False),
        "ann@.example.com": (False, False, False),
        "ann@example.com.": (False, False, False),
        "a@@example.com": (False, False, False),
        "ann@": (False, False, False),
        "@example.com": (False, False, False),
        "ann": (False, False, False),
        "": (False, False, False),
        None: (None, None, None),
    }
    for place, level in enumerate(("shape", "deliverable", "rfc5321")):
        check(lambda text, level=level: is_email(text, level), {a: results[place] for a, results in vectors.items()})


@settings(max_examples=3, phases=[Phase.generate])
@given(st.lists(ADDRESS, max_size=300))
def test_deliverable_agrees_with_email_validator(apply, addresses):
    expected = [deliverable(address) for address in addresses]
    assert dict(zip(addresses, apply(is_email, addresses), strict=True)) == dict(zip(addresses, expected, strict=True))


@settings(max_examples=3, phases=[Phase.generate])
@given(st.lists(st.text(st.sampled_from("0af:1."), max_size=20) | st.ip_addresses(v=6).map(str), max_size=300))
def test_address_literals_agree_with_ipaddress(apply, literals):
    # RFC 5321 lets `::` stand for two groups or more, RFC 4291 also for one; leading zeros are fine in both.
    def valid(text):
        try:
            IPv6Address(text)
        except ValueError:
            return False
        groups = text.count(":") + 1 + ("." in text) - text.startswith("::") - text.endswith("::")
        return "::" not in text or groups - 1 <= 6

    addresses = [f"ann@[IPv6:{literal}]" for literal in literals]
    accepted = apply(lambda text: is_email(text, "rfc5321"), addresses)
    assert dict(zip(literals, accepted, strict=True)) == {literal: valid(literal) for literal in literals}


def test_java_and_python_read_the_patterns_alike(apply):
    addresses = ["ann@example.com", "ann@example.com\n", "a..b@example.com", '"a b"@x', "ann@[IPv6:::1]", "é@example.com"]
    for level, pattern in (("deliverable", _DELIVERABLE), ("rfc5321", _RFC5321)):
        judge = re.compile(pattern.replace(r"\z", r"\Z"), re.ASCII)
        expected = [judge.search(address) is not None for address in addresses]
        assert apply(lambda text, level=level: is_email(text, level), addresses) == expected


def test_hostile_addresses_end_at_once(apply):
    hostile = ["a" * 5000, "a." * 2500, "@" * 5000, "a@" + "a." * 2500, "a@" + "a-" * 2500, '"' + "\\" * 4999,
               "a@[IPv6:" + ":" * 5000, "a@" + "xn--" * 1250, " " * 5000, "a@b." + "a" * 4996]  # fmt: skip
    begun = time.perf_counter()
    for level in ("shape", "deliverable", "rfc5321"):
        apply(lambda text, level=level: is_email(text, level), hostile * 100)
    apply(normalize_email, ["<" * 5000, "mailto:" * 700, "<" + " " * 4990 + ">"] * 100)
    assert time.perf_counter() - begun < 20


def test_an_unknown_level_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match="use one of shape, deliverable, rfc5321"):
        is_email(None, "strict")
