"""Every reason to look at a pair stands at the pair that it is about, and links are what the words for them say."""

from __future__ import annotations

from collections import defaultdict

import pytest

from lakehouse.matching import match

pytestmark = pytest.mark.slow  # every test rests on a model that is fitted first

COLUMNS = ["id", "given_name", "family_name", "birth_date", "city", "email", "passport"]
BELOW = "just below the threshold"
RIVAL = "alike, but one of the two has a partner that is more alike"
OUTVOTED = "alike, but the other members of the groups speak against it"
CARRIED = "joined by other members, though the two are not alike"
DIFFERS = "joined, though a date or an identifier differs"
TORN = "labelled a match, but other labels, or a partner that has one, speak against it"


@pytest.fixture(scope="module")
def model(frame, people):
    """Fitted on people whose passports are right, so that each small table below is judged by the same weights."""
    rows, persons = people(80, seed=21, copies=0.6)
    return match(frame([(*row, f"P{7919 * persons[row[0]] % 1000003:06d}") for row in rows], *COLUMNS), id="id").model


def told(model, **changes):
    return model.model_copy(update={"rules": ["all pairs"], **changes})


def reasons_of(result):
    return {(row.id_l, row.id_r): row.reason for row in result.review.collect()}


def groups_of(result):
    """Sides and ids of the records in each cluster."""
    groups = defaultdict(lambda: ([], []))
    for row in result.clusters.collect():
        groups[row.cluster_id][row.side == "right"].append(row.id)
    return list(groups.values())


def person(given, family, born, city, number):
    return (given, family, born, city, f"{given}.{family}@example.org".lower(), f"P{number}")


ANNA = person("Annabel", "Zimmermann", "1961-02-03", "Aachen", 100001)
BERT = person("Berthold", "Yildirim", "1972-04-05", "Bremen", 200002)
CARL = person("Carlotta", "Xanthopoulos", "1983-06-07", "Coburg", 300003)
DORA = person("Dorothea", "Wolkenstein", "1994-08-09", "Dresden", 400004)
EMIL = person("Emanuel", "Vandenberg", "1955-10-11", "Erfurt", 500005)


def changed(row, **values):
    return tuple(values.get(name, value) for name, value in zip(COLUMNS[1:], row, strict=True))


def nothing_but(row, *names):
    return tuple(value if name in names else None for name, value in zip(COLUMNS[1:], row, strict=True))


# --- review ----------------------------------------------------------------------------------------------------------


def test_each_reason_stands_at_its_pair_and_the_most_doubtful_come_first(frame, model):
    rows = [
        ("a1", *ANNA), ("a2", *changed(ANNA, birth_date="1999-12-28")),
        ("b1", *BERT), ("b2", *changed(BERT, passport="X987654")),
        # Two halves of one record: each is like the whole, and they have nothing but the town in common.
        ("c1", *CARL), ("c2", *nothing_but(CARL, "given_name", "family_name", "city")),
        ("c3", *nothing_but(CARL, "birth_date", "city")),
        # Two halves again, and the whole is so much like either that it carries the pair.
        ("d1", *DORA), ("d2", *changed(DORA, birth_date=None, city=None)),
        ("d3", *changed(DORA, email=None, passport=None)),
        ("e1", *EMIL), ("e2", *nothing_but(EMIL, "given_name", "family_name")),
    ]  # fmt: skip
    result = match(frame(rows, *COLUMNS), id="id", settings=told(model, threshold=2.0, review_threshold=-1.0))
    assert reasons_of(result) == {
        ("a1", "a2"): DIFFERS, ("b1", "b2"): DIFFERS, ("c1", "c3"): OUTVOTED, ("d2", "d3"): CARRIED, ("e1", "e2"): BELOW,
    }  # fmt: skip
    listed = result.review.collect()
    doubts = [abs(row.score - 0.5) for row in listed]
    assert doubts == sorted(doubts)
    assert {row.reason for row in listed[:2]} == {BELOW, CARRIED}
    assert [row.reason for row in listed[2:]] == [OUTVOTED, DIFFERS, DIFFERS]
    assert result.summary.review == len(listed)


def test_a_pair_that_is_lower_than_the_review_threshold_is_not_asked_about(frame, model):
    rows = [("e1", *EMIL), ("e2", *nothing_but(EMIL, "given_name", "family_name"))]
    result = match(frame(rows, *COLUMNS), id="id", settings=told(model, threshold=10.0, review_threshold=9.0))
    assert reasons_of(result) == {}


@pytest.mark.parametrize(
    ("links", "reasons"),
    [("one_to_one", {("l", "near"): RIVAL}), ("one_to_many", {}), ("many_to_many", {})],
)
def test_who_has_a_better_partner_is_told_only_where_there_may_be_one(frame, model, links, reasons):
    right = [("same", *ANNA), ("near", *changed(ANNA, city="Aachem")), ("other", *BERT)]
    left, right = frame([("l", *ANNA)], *COLUMNS), frame(right, *COLUMNS)
    result = match(left, right, id="id", settings=told(model, links=links, threshold=2.0, review_threshold=-1.0))
    assert reasons_of(result) == reasons


def test_two_left_records_that_want_one_right_record_are_rivals_too(frame, model):
    left = frame([("same", *ANNA), ("near", *changed(ANNA, city="Aachem"))], *COLUMNS)
    right = frame([("r", *ANNA), ("other", *BERT)], *COLUMNS)
    for links in ("one_to_one", "one_to_many"):
        result = match(left, right, id="id", settings=told(model, links=links, threshold=2.0, review_threshold=-1.0))
        assert reasons_of(result) == {("near", "r"): RIVAL}


def test_labels_that_cannot_all_be_obeyed_are_shown_and_those_that_can_are_not(frame, model):
    rows = [("a1", *ANNA), ("a2", *changed(ANNA, city="Aachem")), ("a3", *changed(ANNA, city="Achen"))]
    rows += [("b1", *BERT), ("b2", *changed(BERT, birth_date=None)), ("e1", *EMIL)]
    labels = [("a1", "a2", True), ("a2", "a3", True), ("a1", "a3", False), ("b1", "b2", False), ("b1", "e1", True)]
    settings = told(model, threshold=2.0, review_threshold=-1.0)
    result = match(
        frame(rows, *COLUMNS), id="id", settings=settings, labels=frame(labels, "id_l", "id_r", "match")
    )
    reasons = reasons_of(result)
    torn = [pair for pair, reason in reasons.items() if reason == TORN]
    assert len(torn) == 1
    assert torn[0] in {("a1", "a2"), ("a2", "a3")}
    assert not {("a1", "a3"), ("b1", "b2"), ("b1", "e1")} & set(reasons)


def test_of_two_labels_for_one_place_one_is_torn(frame, model):
    left = frame([("l", *ANNA)], *COLUMNS)
    right = frame([("r1", *changed(ANNA, city="Aachem")), ("r2", *changed(ANNA, city="Achen"))], *COLUMNS)
    labels = frame([("l", "r1", "yes"), ("l", "r2", "yes")], "id_l", "id_r", "match")
    settings = told(model, links="one_to_one", threshold=2.0, review_threshold=-1.0)
    result = match(left, right, id="id", settings=settings, labels=labels)
    assert list(reasons_of(result).values()) == [TORN]


# --- links -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twice(people):
    """Each person twice in either table, never written the same way twice: rows of the left and of the right table."""
    left, right = [], []
    for number, (_, given, family, born, city, mail) in enumerate(people(40, seed=31, copies=0)[0]):
        left += [(f"{number}/l1", given, family, born, city, mail), (f"{number}/l2", given, family, born, city[:-1], mail)]
        right += [(f"{number}/r1", given, f"{family}x", born, city, mail), (f"{number}/r2", given, family, None, city, mail)]
    return left, right


@pytest.fixture(scope="module")
def linked(frame, twice, names):
    """`linked(links)`: ids of the left and of the right table in each cluster."""
    left, right = (frame(rows, *names) for rows in twice)
    return lambda links: groups_of(match(left, right, id="id", settings={"links": links}))


def persons_of(group):
    return {one.split("/")[0] for side in group for one in side}


def test_one_to_one_gives_no_record_of_either_table_two_partners(linked):
    groups = linked("one_to_one")
    assert all(len(side) <= 1 for group in groups for side in group)
    pairs = [group for group in groups if all(group)]
    assert len(pairs) >= 76, "of 80 that there are"
    assert all(len(persons_of(group)) == 1 for group in pairs)


def test_one_to_many_gives_left_records_several_partners_and_right_records_one(linked):
    groups = linked("one_to_many")
    assert all(len(left) <= 1 for left, _ in groups)
    assert all(left or len(right) == 1 for left, right in groups), "right records come together by a left one only"
    assert any(len(right) == 2 for _, right in groups)
    assert sum(len(right) for left, right in groups if left) >= 76
    assert all(len(persons_of(group)) == 1 for group in groups)


def test_many_to_many_puts_all_records_of_a_person_together(linked):
    groups = linked("many_to_many")
    assert all(len(persons_of(group)) == 1 for group in groups)
    assert sum(len(left) == len(right) == 2 for left, right in groups) >= 36, "of 40 people"


@pytest.mark.parametrize(("links", "joined"), [("one_to_one", 1), ("one_to_many", 2), ("many_to_many", 2)])
def test_equal_right_records_are_as_many_partners_as_the_links_allow(frame, model, links, joined):
    left = frame([("l", *ANNA), ("m", *BERT)], *COLUMNS)
    right = frame([("r1", *ANNA), ("r2", *ANNA), ("s", *CARL)], *COLUMNS)
    groups = groups_of(match(left, right, id="id", settings=told(model, links=links, threshold=2.0, review_threshold=-1.0)))
    assert [len(right) for left, right in groups if left == ["l"]] == [joined]
