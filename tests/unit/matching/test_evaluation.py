"""The figures of `evaluate` against plain loops over all pairs of records."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import pytest

from lakehouse.errors import ConfigurationError
from lakehouse.matching import match
from lakehouse.matching.evaluation import COPIES, evaluate


@pytest.fixture(scope="module")
def persons(people):
    return people(60)[1]


@pytest.fixture(scope="module")
def result(frame, people, names):
    return match(frame(people(60)[0], *names), id="id")


def true_pairs(frame, persons):
    groups = defaultdict(list)
    for record, person in persons.items():
        groups[person].append(record)
    pairs = [pair for ids in groups.values() for pair in itertools.combinations(sorted(ids), 2)]
    return frame(pairs, "id_l", "id_r")


def looped(result, persons, pairs):
    """The same figures from every pair of records, one after the other."""
    members = {row._key: row._copy_of for row in result.records.members.collect()}
    clusters = {row.id: row.cluster_id for row in result.clusters.collect()}
    scored = {frozenset((row.id_l, row.id_r)): (row.match_weight, row.rules) for row in result.scored.collect()}
    whole = set(result.clustering.copies.tolist())
    found = Counter()
    by_rule, only = Counter(), Counter()
    for one, two in pairs:
        same, together = persons[one] == persons[two], clusters[one] == clusters[two]
        a, b = members[one], members[two]
        weight, rules = ((99 if a in whole else -99), [COPIES]) if a == b else scored.get(frozenset((a, b)), (None, []))
        above = weight is not None and weight >= result.model.threshold
        found.update(true=same, closed=together, right=same and together, compared=same and weight is not None,
                     above=above, scored=same and above, joined=same and above and together)  # fmt: skip
        if same:
            by_rule.update(rules)
            only.update(rules if len(rules) == 1 else ())
    return found, dict(by_rule), dict(only), clusters


def bcubed(clusters, persons):
    in_cluster, in_person = defaultdict(set), defaultdict(set)
    for record, cluster in clusters.items():
        in_cluster[cluster].add(record)
        in_person[persons[record]].add(record)
    shares = [
        (
            len(in_cluster[cluster] & in_person[persons[record]]),
            len(in_cluster[cluster]),
            len(in_person[persons[record]]),
        )
        for record, cluster in clusters.items()
    ]
    precision, recall = (sum(s[0] / s[place] for s in shares) / len(shares) for place in (1, 2))
    exact = [ids for ids in in_person.values() if len(ids) > 1]
    return precision, recall, sum(ids in in_cluster.values() for ids in exact) / len(exact)


def test_every_figure_is_that_of_a_loop_over_all_pairs(frame, result, persons):
    got = evaluate(result, true_pairs(frame, persons))
    found, by_rule, only, clusters = looped(result, persons, itertools.combinations(sorted(persons), 2))
    assert got.true_pairs == found["true"]
    assert got.closure_precision == pytest.approx(found["right"] / found["closed"])
    assert got.closure_recall == pytest.approx(found["right"] / found["true"])
    assert got.pair_precision == pytest.approx(found["scored"] / found["above"])
    assert got.pair_recall == pytest.approx(found["scored"] / found["true"])
    assert got.blocking_recall == pytest.approx(found["compared"] / found["true"])
    assert got.lost_in_blocking == found["true"] - found["compared"]
    assert got.lost_in_scoring == found["compared"] - found["scored"]
    assert got.lost_in_clustering == found["scored"] - found["joined"]
    assert got.won_by_clustering == found["right"] - found["joined"]
    assert {rule: n for rule, n in got.found_by_rule.items() if n} == by_rule
    assert {rule: n for rule, n in got.only_by_rule.items() if n} == only
    precision, recall, exact = bcubed(clusters, persons)
    assert (got.bcubed_precision, got.bcubed_recall) == (pytest.approx(precision), pytest.approx(recall))
    assert got.exact_clusters == pytest.approx(exact)
    assert got.largest_cluster == max(Counter(clusters.values()).values())
    assert got.largest_true == max(Counter(persons.values()).values())
    assert got.closure_f1 > 0.9
    assert f"{got.closure_f1:.4f}" in str(got)


@pytest.mark.slow
def test_of_two_tables_only_the_pairs_between_them_count(frame, people, names):
    rows, persons = people(80, seed=2)
    half = {row[0]: number % 2 for number, row in enumerate(rows)}
    left, right = ([row for row in rows if half[row[0]] == side] for side in (0, 1))
    linked = match(frame(left, *names), frame(right, *names), id="id")
    pairs = [(a[0], b[0]) for a in left for b in right if persons[a[0]] == persons[b[0]]]
    got = evaluate(linked, frame(pairs, "id_l", "id_r"))
    clusters = {(row.side, row.id): row.cluster_id for row in linked.clusters.collect()}
    closed = [(a[0], b[0]) for a in left for b in right if clusters["left", a[0]] == clusters["right", b[0]]]
    right_ones = set(closed) & set(pairs)
    assert got.true_pairs == len(pairs)
    assert got.closure_precision == pytest.approx(len(right_ones) / len(closed))
    assert got.closure_recall == pytest.approx(len(right_ones) / len(pairs))


@pytest.mark.slow
def test_ids_that_no_record_has_count_for_nothing_and_are_told(frame, result, persons):
    known = true_pairs(frame, persons)
    more = known.unionByName(frame([("nobody", "no one"), (next(iter(persons)), "no one")], "id_l", "id_r"))
    assert evaluate(result, more).unknown_ids == 2
    assert evaluate(result, more).true_pairs == evaluate(result, known).true_pairs


@pytest.mark.parametrize(
    ("pairs", "columns", "message"),
    [([("a", "b")], ("id_l", "id_r"), "Not one id"), ([("a", "b")], ("left", "right"), "lacks a column")],
)
def test_an_answer_that_cannot_be_one_is_refused(frame, result, pairs, columns, message):
    with pytest.raises(ConfigurationError, match=message):
        evaluate(result, frame(pairs, *columns))
