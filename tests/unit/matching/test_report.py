"""The report: true figures, readable by people and by their aids, offline, masked, and deaf to hostile values."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching import evaluate, match
from lakehouse.matching.blocking.rules import Within
from lakehouse.matching.charts import share_bar, signed_bar, threshold_curves, weight_histogram
from lakehouse.matching.page import safe
from lakehouse.matching.proposals import Verdict
from lakehouse.matching.report import build_report
from lakehouse.matching.rule_texts import build_rule
from lakehouse.matching.thresholds import Expectation

EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
DOUBTS = {"review_threshold": -18.0}
"""Down to a weight at which even a clear answer leaves pairs to look at."""
VOID = {"wbr", "meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """Tags with attributes and texts; complains where tags are not nested."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.problems = [], [], [], []
        self.feed(text)
        self.close()
        self.problems += [f"open: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)

    def handle_data(self, data):
        self.texts.append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def rows(people):
    """People whose ids, columns and values are hostile."""
    return [(EVIL + row[0], f"{row[1]}", row[2], row[3], f"{row[4]}{EVIL if place % 9 == 0 else ''}", row[5]) for place, row in enumerate(people(50)[0])]  # fmt: skip


@pytest.fixture(scope="module")
def columns(names):
    return [*names[:4], f"city {EVIL}", "email"]


@pytest.fixture(scope="module")
def result(frame, rows, columns):
    return match(frame(rows, *columns), id="id", settings=DOUBTS)


@pytest.fixture(scope="module")
def evaluation(frame, result, people):
    persons = people(50)[1]
    groups = {}
    for record, person in persons.items():
        groups.setdefault(person, []).append(EVIL + record)
    pairs = [(ids[0], other) for ids in groups.values() for other in ids[1:]]
    return evaluate(result, frame(pairs, "id_l", "id_r"))


@pytest.fixture(scope="module")
def text(result, evaluation):
    return build_report(result, evaluation=evaluation)


@pytest.fixture(scope="module")
def told(text):
    return Page(text)


def test_the_page_is_nested_and_asks_nothing_of_the_network(text, told):
    assert told.problems == []
    assert not told.named("script")
    assert not told.named("img")
    assert not told.named("link")
    assert not [attributes for _, attributes in told.tags if {"src", "href", "srcset", "action"} & set(attributes)]
    assert not [name for _, attributes in told.tags for name in attributes if name.startswith("on")]
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", text)


def test_people_who_hear_the_page_learn_the_same(told):
    assert told.named("html") == [{"lang": "en"}]
    assert len(told.named("h1")) == 1
    assert len(told.named("h2")) >= 8
    assert told.named("table")
    assert len(told.named("caption")) == len(told.named("table"))
    assert all(cell.get("scope") in ("col", "row") for cell in told.named("th"))
    pictures = told.named("svg")
    assert pictures
    assert all(picture.get("role") == "img" for picture in pictures)
    assert len(told.named("title")) >= len(pictures) + 1  # one for each picture, one for the page
    assert all(area.get("aria-label") for _, area in told.tags if area.get("role") == "region")


def test_light_and_dark_have_colors_of_their_own_that_can_be_read(text):
    themes = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    assert len(themes) == 2
    for theme in themes:
        color = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", theme))
        for ground in ("ground", "card"):
            assert contrast(color["ink"], color[ground]) >= 7
            assert contrast(color["soft"], color[ground]) >= 4.5
            assert all(contrast(color[name], color[ground]) >= 3 for name in ("for", "against", "plain"))
        assert contrast(color["ink"], color["warn"]) >= 7


def contrast(one, two):
    """WCAG 2 contrast of two colors."""
    lights = []
    for color in (one, two):
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_values_and_telling_ids_are_masked(text, rows):
    body = text.split("</style>", 1)[1].lower()
    for row in rows:
        assert row[0].lower() not in body
        assert (row[5] or "@none").lower() not in body
        assert safe(row[5] or "@none").lower() not in body
    assert "••" in body


def test_values_that_are_asked_for_are_shown_and_cannot_act(result):
    page = Page(build_report(result, show_values=True))
    assert page.problems == []
    assert not page.named("script")
    assert not page.named("img")
    assert any("@example.org" in data for data in page.texts)


def test_the_figures_are_those_of_the_result(result, evaluation, told):
    said = "".join(told.texts)
    clusters = Counter(row.cluster_id for row in result.clusters.collect())
    sizes = Counter(clusters.values())
    several = {size: count for size, count in sizes.items() if size > 1}
    summary = result.summary
    assert summary.sizes == dict(sorted(sizes.items()))
    assert summary.clusters == sum(several.values())
    assert summary.grouped == sum(size * count for size, count in several.items())
    assert summary.largest == max(sizes)
    assert sum(summary.records) == sum(clusters.values())
    weights = [row.match_weight for row in result.scored.select("match_weight").collect()]
    assert summary.candidates == sum(summary.weights.values()) == len(weights)
    assert summary.pairs == sum(weight >= result.model.threshold for weight in weights)
    assert summary.review == result.review.count()
    assert f"{summary.grouped:,} of them form {summary.clusters:,} groups" in said
    assert f"{evaluation.closure_f1:.4f}" in said
    assert f"{evaluation.true_pairs:,}" in said
    assert all(name in said for name in result.model.fields)


def test_what_each_rule_missed_is_told_with_and_without_a_known_answer(result, evaluation, text):
    summary = result.summary
    above = {row.rules: row.n for row in result.scored.where(F.col("match_weight") >= result.model.threshold)
             .groupBy(F.concat_ws("|", "rules").alias("rules")).agg(F.count("*").alias("n")).collect()}  # fmt: skip
    assert summary.pairs == sum(above.values()) > 0
    for rule, count in summary.rules.items():
        assert count.matches == sum(n for names, n in above.items() if rule in names.split("|"))
        assert count.matches_alone == above.get(rule, 0)
    assert f"What each rule missed, of {evaluation.true_pairs:,} true pairs" in " ".join(Page(text).texts)
    unknown = " ".join(Page(build_report(result)).texts)
    assert f"What each rule missed, of {summary.pairs:,} pairs that reach the threshold" in unknown


@pytest.mark.slow
def test_rules_that_were_not_used_are_told_with_the_reason(result):
    assert "not used" not in build_report(result)
    left_out = tuple(
        Verdict(build_rule(Within("email", distance)), 1_234_567.0, 0.0123 * (2 - distance), False, f"reason {distance}")
        for distance in (1, 2)
    )
    page = Page(build_report(replace(result, left_out=left_out)))
    assert page.problems == []
    said = " ".join(page.texts)
    assert all(word in said for word in ("considered and not used", "email<=1", "1.23%", "1,234,567", "reason 1"))
    assert "reason 2" not in said, "a rule that finds nothing is nobody's business"


@pytest.mark.slow
def test_the_same_records_in_another_order_give_the_same_page(result, frame, rows, columns, text, evaluation):
    turned = match(frame(rows[::-1], *columns).repartition(5), id="id", settings=DOUBTS)
    assert build_report(turned, evaluation=evaluation) == text
    assert repr(turned) == repr(result)


def test_the_representation_is_one_short_line(result):
    said = repr(result)
    assert "\n" not in said
    assert len(said) < 250
    assert f"{sum(result.records.counts):,} distinct records" in said


def test_a_report_that_cannot_be_written_says_so(result, tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        result.report(tmp_path / "none" / "report.html")


def test_charts_stand_extreme_figures():
    assert weight_histogram({}, 0.0) == ""
    assert threshold_curves((Expectation(0.0, 1, 1, 1, 0, 0),), 0.0) == ""
    assert "NaN" not in weight_histogram({-30: 1}, 99.0) + weight_histogram({3: 10**12, -3: 1}, -99.0)
    same = tuple(Expectation(at, 1.0, 1.0, 1.0, 5, 2) for at in (-2.0, 0.0, 10.0))
    curves = threshold_curves(same, 4.0)
    assert not re.search("nan|inf", curves)
    assert curves.count("<polyline") == 3
    assert "nan" not in signed_bar(0.0, 0.0, 0.0, 0.0) + share_bar(0, of=0)


PROBE = """<script>
const wide = [...document.querySelectorAll('svg, p, h1, h2, dl')].filter(e => e.getBoundingClientRect().right > innerWidth + 1);
const ground = getComputedStyle(document.body).backgroundColor, ink = getComputedStyle(document.body).color;
const dots = document.querySelectorAll('details'); dots.forEach(d => d.open = true);
document.title = [innerWidth, document.documentElement.scrollWidth, wide.length, ground, ink, dots.length].join('|');
</script>"""


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (1280, True), (390, True)])
def test_a_browser_shows_the_page_without_anything_beside_it(text, tmp_path, width, dark):
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    if browser is None:
        pytest.skip("no Chromium here; install it to see the report as people do")
    page = tmp_path / "report.html"
    # The policy of the page forbids scripts; the probe comes into a copy without it.
    page.write_text(re.sub(r"<meta http-equiv.*?>", "", text).replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]  # fmt: skip
    theme = ["--blink-settings=preferredColorScheme=0"] if dark else ["--blink-settings=preferredColorScheme=1"]
    command = [browser, *quiet, *theme, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900", "--dump-dom", page.as_uri()]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "HOME": str(tmp_path)}
    )
    inner, scroll, wide, ground, ink, details = re.search("<title>(.*?)</title>", done.stdout)[1].split("|")
    assert int(inner) <= max(width, 500)
    assert int(scroll) <= int(inner)
    assert wide == "0"
    assert int(details) > 3
    assert (ground == "rgb(17, 23, 30)") == dark
    assert ground != ink
