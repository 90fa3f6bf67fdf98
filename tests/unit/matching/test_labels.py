"""Labels: learned from, calibrated by, and obeyed; against brute force, known lines and what people hand in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lakehouse.errors import ConfigurationError
from lakehouse.matching import MatchModel, match
from lakehouse.matching.agglomeration import Edges, cluster_edges
from lakehouse.matching.calibration import calibrate, draw_line, log_losses
from lakehouse.matching.expectation import weigh_patterns
from lakehouse.matching.fitting import fit_model
from lakehouse.matching.kinds import KINDS
from lakehouse.matching.known import index_records
from lakehouse.matching.pair_classes import VERDICT, Calibration, Patterns
from lakehouse.matching.scoring import with_weights

KINDS_USED = [KINDS[name] for name in ("family_name", "date", "category", "identifier", "phrase")]


@pytest.fixture(scope="module")
def rows(people):
    return people(60, seed=11)[0]


@pytest.fixture(scope="module")
def bare(frame, rows, names):
    return match(frame(rows, *names), id="id")


def clusters_of(result):
    return {row.id: row.cluster_id for row in result.clusters.collect()}


def labels_of(frame, *labels):
    return frame(list(labels), "id_l", "id_r", "match")


# --- learning --------------------------------------------------------------------------------------------------------


def test_what_is_judged_is_of_no_other_class(drawn):
    patterns, *_, u, truth = drawn(KINDS_USED, matches=400)
    all_known = np.where(truth * 2 > patterns.counts, 1, 0).astype(np.int8)
    fit = fit_model(_judged(patterns, all_known), KINDS_USED, [share.copy() for share in u])
    assert fit.match * patterns.pairs == pytest.approx(patterns.counts[all_known == 1].sum(), rel=1e-6)
    nothing = fit_model(_judged(patterns, np.full(len(truth), -1)), KINDS_USED, [share.copy() for share in u])
    unlabelled = fit_model(patterns, KINDS_USED, [share.copy() for share in u])
    assert nothing.match == unlabelled.match


def test_labels_teach_how_many_matches_there_are_where_pairs_alone_hardly_do(drawn):
    """Two fields, few matches, and a person who judged half of the pairs, whatever they look like."""
    kinds, errors = KINDS_USED[:2], np.zeros(2)
    for seed in range(4):
        patterns, *_, u, truth = drawn(kinds, matches=120, strangers=60_000, missing=0, seed=seed)
        fits = [fit_model(one, kinds, [share.copy() for share in u]) for one in (_half_judged(patterns, truth), patterns)]
        errors += [abs(fit.match * patterns.pairs - 120) for fit in fits]
    assert errors[0] < 0.7 * errors[1]


def _judged(patterns, known, fold=None):
    fold = np.arange(len(known)) % 5 if fold is None else fold
    return Patterns(
        patterns.levels, patterns.counts, patterns.own, patterns.shared, patterns.named, patterns.pairs, patterns.records,
        known.astype(np.int8), fold.astype(np.int8),
    )  # fmt: skip


def _half_judged(patterns, truth):
    """Of the matches and of the others of each pattern one half with its label and one without."""
    chance = np.random.default_rng(4)
    rows, counts, known = [], [], []
    for verdict, of_sort in ((1, truth), (0, patterns.counts - truth)):
        judged = chance.binomial(of_sort.astype(int), 0.5)
        for number, said in ((judged, verdict), (of_sort - judged, -1)):
            there = np.flatnonzero(number > 0)
            rows.append(there)
            counts.append(number[there])
            known.append(np.full(len(there), said))
    rows = np.concatenate(rows)
    return Patterns(
        patterns.levels[rows], np.concatenate(counts).astype(float), patterns.own[rows], patterns.shared[rows],
        patterns.named[rows], patterns.pairs, patterns.records, np.concatenate(known).astype(np.int8),
        (np.arange(len(rows)) % 5).astype(np.int8),
    )  # fmt: skip


# --- calibration -----------------------------------------------------------------------------------------------------


def test_the_line_is_found_again_and_stays_near_the_bare_weights_with_few_labels():
    chance = np.random.default_rng(3)
    weight = chance.uniform(-20, 20, 20_000)
    right = (chance.random(20_000) < 1 / (1 + np.exp2(-(0.4 * weight - 3)))).astype(float)
    slope, offset = draw_line(weight, right, np.ones(20_000))
    assert slope == pytest.approx(0.4, abs=0.02)
    assert offset == pytest.approx(-3, abs=0.25)
    slope, offset = draw_line(np.array([9.0, -9.0]), np.array([1.0, 0.0]), np.ones(2))
    assert slope == pytest.approx(1, abs=0.1)
    assert offset == pytest.approx(0, abs=0.1)


def test_labels_without_an_error_do_not_make_the_line_run_away():
    weight = np.linspace(-10, 10, 2_000)
    slope, _ = draw_line(weight, (weight > 0).astype(float), np.ones(2_000))
    assert 1 < slope < 5
    assert log_losses(slope * weight, (weight > 0).astype(float)).mean() < 0.1


def test_weights_that_labels_contradict_are_flattened_and_never_turned_round():
    weight = np.linspace(-10, 10, 500)
    slope, _ = draw_line(weight, (weight < 0).astype(float), np.ones(500))
    assert slope == pytest.approx(0.05)


def test_a_line_is_drawn_only_where_held_out_labels_gain_by_it(drawn):
    patterns, *_, u, truth = drawn(KINDS_USED, matches=2_000)
    share = truth / patterns.counts
    chance = np.random.default_rng(2)
    some = chance.random(len(share)) < 0.5
    for flipped in (0.0, 0.25):
        said = np.where(chance.random(len(share)) < flipped, share < 0.5, share >= 0.5)
        judged = _judged(patterns, np.where(some, said, -1))
        line = calibrate(judged, KINDS_USED, [one.copy() for one in u])
        assert (line.right, line.wrong) == tuple(int(patterns.counts[some & (said == yes)].sum()) for yes in (1, 0))
        assert line.loss_after <= line.loss_before
        assert (line.slope, line.offset) != (1, 0) or line.loss_after == line.loss_before
    assert line.slope < 0.7, "people who err in a quarter of the cases leave no certainty"
    few = np.full(len(share), -1)
    few[:12] = 0
    assert calibrate(_judged(patterns, few), KINDS_USED, u).loss_before is None
    assert "nothing is calibrated" in str(calibrate(_judged(patterns, few), KINDS_USED, u))
    not_by_weight = calibrate(_judged(patterns, np.where(some, said, -1), np.full(len(share), -1)), KINDS_USED, u)
    assert (not_by_weight.right, not_by_weight.wrong) == (line.right, line.wrong)
    assert (not_by_weight.slope, not_by_weight.loss_before) == (1, None)


def test_weights_of_patterns_are_log_odds_whatever_was_judged(drawn):
    patterns, *_, u, truth = drawn(KINDS_USED)
    fit = fit_model(patterns, KINDS_USED, [share.copy() for share in u])
    weight = weigh_patterns(patterns, fit, KINDS_USED)
    expected = (patterns.counts / (1 + np.exp2(-weight))).sum()
    assert expected == pytest.approx(fit.match * patterns.pairs, rel=0.01), "where the fit stands still"
    assert expected == pytest.approx(truth.sum(), rel=0.05)
    judged = _judged(patterns, np.where(truth > 0, 0, 1))
    assert (weigh_patterns(judged, fit, KINDS_USED) == weight).all()


# --- obeying ---------------------------------------------------------------------------------------------------------


def test_a_verdict_outweighs_every_mean():
    left, right, weight = zip(
        (0, 1, 12.0), (0, 2, 12.0), (1, 2, 12.0), (0, 3, 12.0), (1, 3, 12.0), (2, 3, -VERDICT), (4, 5, VERDICT),
        (5, 6, 9.0), (4, 6, -4.0), strict=True,
    )  # fmt: skip
    edges = Edges(np.array(left), np.array(right), np.array(weight), 8)
    label = cluster_edges(edges, 0.0)
    assert label[2] != label[3]
    assert label[4] == label[5] == label[6], "9 and -4 speak for it on average, and the verdict all the more"
    assert label[7] == 7


def test_verdicts_that_contradict_each_other_keep_apart():
    edges = Edges(np.array([0, 1, 0]), np.array([1, 2, 2]), np.array([VERDICT, VERDICT, -VERDICT]), 3)
    label = cluster_edges(edges, 0.0)
    assert label[0] == label[1]
    assert label[2] == 2


@pytest.mark.slow
def test_labels_are_obeyed_and_the_result_says_so(frame, rows, names, bare):
    before = clusters_of(bare)
    keys = [row[0] for row in rows]
    apart = next((a, b) for a in keys for b in keys if a < b and before[a] != before[b])
    sure = bare.pairs.where("joined").orderBy("match_weight", ascending=False).first()
    result = match(
        frame(rows, *names), id="id", labels=labels_of(frame, (*apart, True), (sure.id_l, sure.id_r, False))
    )
    after = clusters_of(result)
    assert after[apart[0]] == after[apart[1]], "no rule had to find the pair"
    assert after[sure.id_l] != after[sure.id_r], "whatever the weight"
    found = {(row.id_l, row.id_r): row for row in result.pairs.collect()}
    pair = tuple(sorted(apart))
    assert (found[pair].match_weight, found[pair].score) == (VERDICT, 1.0)
    other = tuple(sorted((sure.id_l, sure.id_r)))
    assert (found[other].match_weight, found[other].score, found[other].joined) == (-VERDICT, pytest.approx(0), False)
    assert not {pair, other} & {(row.id_l, row.id_r) for row in result.review.collect()}
    assert not {pair, other} & {tuple(sorted((row.id_l, row.id_r))) for row in result.to_label(10_000).collect()}
    told = str(result.explain(*apart))
    assert "labelled this pair a match" in told
    assert "labels" in str(result.summary)
    assert "nothing is calibrated" in str(result.summary)


@pytest.mark.slow
def test_a_label_about_copies_or_strangers_is_left_out_and_told(frame, names):
    rows = [("1", "Anna", "Keller", "1970-01-02", "Gera", "a@x.org"), ("2", "Anna", "Keller", "1970-01-02", "Gera", "a@x.org"),
            ("3", "Berta", "Lindner", "1980-03-04", "Erfurt", "b@x.org"), ("4", "Cora", "Fox", "1981-03-05", "Bonn", "c@x.org")]  # fmt: skip
    labels = labels_of(frame, ("1", "2", "yes"), ("1", "9", "no"), ("3", "3", "1"), ("1", "3", "0"), ("3", "1", "1"),
                       ("4", "3", " TRUE "), ("1", "4", " "), ("2", "4", None))  # fmt: skip
    result = match(frame(rows, *names), id="id", labels=labels)
    warnings = "\n".join(result.summary.warnings)
    for words in ("1 of 6 labels name a record that is not here", "1 of 6 labels name one record twice",
                  "1 of 6 labels are about records that are equal", "Of 1 pairs some labels say yes"):  # fmt: skip
        assert words in warnings
    assert (result.model.calibration.right, result.model.calibration.wrong) == (1, 0)
    clusters = clusters_of(result)
    assert clusters["3"] == clusters["4"]


def test_labels_that_cannot_be_used_are_refused(frame, rows, names):
    table = frame(rows, *names)

    def refused(labels, *words):
        with pytest.raises(ConfigurationError) as caught:
            match(table, id="id", labels=labels)
        assert caught.value.remedy
        assert all(word in str(caught.value) for word in words), str(caught.value)

    refused(frame([("1", "2")], "id_l", "id_r"), "other columns", "missing: match")
    refused(labels_of(frame, ("1", "2", "perhaps")), "neither yes nor no", "1 of 1")
    refused(labels_of(frame, ("nobody", "none", "yes")), "about two of the records")


@pytest.mark.slow
def test_two_tables_take_labels_from_left_to_right(frame, rows, names):
    half = len(rows) // 2
    left, right = frame(rows[:half], *names), frame(rows[half:], *names)
    pair = (rows[0][0], rows[half][0])
    result = match(left, right, id="id", labels=labels_of(frame, (*pair, "yes")))
    clusters = {(row.side, row.id): row.cluster_id for row in result.clusters.collect()}
    assert clusters["left", pair[0]] == clusters["right", pair[1]]
    with pytest.raises(ConfigurationError, match="about two of the records"):
        match(left, right, id="id", labels=labels_of(frame, (*reversed(pair), "yes")))


@pytest.mark.slow
def test_what_labels_taught_is_in_the_model_and_verdicts_stay_with_what_is_known(frame, rows, names, bare, tmp_path, people):
    persons = people(60, seed=11)[1]
    chosen = bare.to_label(300)
    assert [row.id_l for row in chosen.collect()] == [row.id_l for row in bare.to_label(300).collect()]
    scored = chosen.collect()
    labels = [(row.id_l, row.id_r, persons[row.id_l] == persons[row.id_r]) for row in scored]
    told = frame([(*label, row.chosen_by) for label, row in zip(labels, scored, strict=True)], "id_l", "id_r", "match", "chosen_by")
    result = match(frame(rows, *names), id="id", labels=told)
    line = result.model.calibration
    assert line.loss_after <= line.loss_before
    assert (line.right, line.wrong) == tuple(sum(same == yes for *_, same in labels) for yes in (True, False))
    result.model.save(tmp_path / "model.yaml")
    assert MatchModel.load(tmp_path / "model.yaml") == result.model
    assert not line.moves_weights, "in one table"
    a, b = min((abs(row.match_weight), row.id_l, row.id_r) for row in scored)[1:]
    explained = result.explain(a, b)
    assert sum(round(bar.bits * 1e6) for bar in explained.bars) == round(explained.match_weight * 1e6)
    after = clusters_of(result)
    wrong = [(x, y) for x, y, same in labels if (after[x] == after[y]) != same]
    assert not wrong
    known = {row.id: row.cluster_id for row in index_records(result).named_clusters().collect()}
    assert known == after


@pytest.mark.parametrize("moves", [True, False])
def test_a_line_moves_scores_and_where_pairs_decide_the_weights_too(bare, moves):
    fit = replace(bare.fit, calibration=Calibration(0.5, 2.0, moves_weights=moves))
    before = {(row.id_l, row.id_r): row for row in bare.scored.collect()}
    after = with_weights(bare.scored.drop("match_weight", "score"), bare.fields, fit).collect()
    for row in after:
        old = before[row.id_l, row.id_r].match_weight
        assert row.match_weight == pytest.approx(0.5 * old + 2 if moves else old, abs=2e-6)
        assert row.score == pytest.approx(1 / (1 + 2.0 ** -min(max(0.5 * old + 2, -60), 60)), rel=1e-5)
    moved = replace(bare, fit=fit)
    explained = moved.explain(*next((row.id_l, row.id_r) for row in bare.pairs.collect()))
    assert sum(round(bar.bits * 1e6) for bar in explained.bars) == round(explained.match_weight * 1e6)
    assert any(bar.name == "labels" for bar in explained.bars) == moves


@pytest.mark.slow
def test_a_fitted_model_stays_as_it_is_and_labels_are_obeyed(frame, rows, names, bare):
    sure = bare.pairs.where("joined").orderBy("match_weight", ascending=False).first()
    result = match(frame(rows, *names), id="id", settings=bare.model, labels=labels_of(frame, (sure.id_l, sure.id_r, False)))
    clusters = clusters_of(result)
    assert clusters[sure.id_l] != clusters[sure.id_r]
    assert result.model == bare.model
