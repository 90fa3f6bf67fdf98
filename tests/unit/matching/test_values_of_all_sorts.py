"""Values as people have them are compared for what they say: in any script, in arrays, shared by many, and never shown."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
from pyspark.sql import functions as F

from lakehouse.errors import ConfigurationError
from lakehouse.matching import MatchModel, MatchSettings, match
from lakehouse.matching.comparison import compare_pairs, level_names
from lakehouse.matching.fields import Field, build_fields
from lakehouse.matching.kinds import KINDS
from lakehouse.matching.placeholders import find_placeholders
from lakehouse.matching.records import Prepared, prepare_records
from lakehouse.matching.rule_choice import MOST_CANDIDATES, choose_rules, given_rules, model_rules
from lakehouse.matching.semantics import SourceColumn
from lakehouse.matching.strangers import Strangers
from lakehouse.matching.understanding import understand_tables


def clusters_of(result):
    return {row.id: row.cluster_id for row in result.clusters.collect()}


def merged(clusters, persons):
    """Clusters that hold records of several people."""
    inside = {}
    for record, cluster in clusters.items():
        inside.setdefault(cluster, set()).add(persons[record])
    return [people for people in inside.values() if len(people) > 1]


# --- names in any script ---------------------------------------------------------------------------------------------

SCRIPTS = {
    "latin": ("Zoë José Jürgen Łukasz Søren Éloïse Núria Åsa Çağla Ľubica", "Müller Núñez Čapek Şahin Ångström Fañés Křížová Õunpuu Žižek Brontë", " "),
    "cyrillic": ("Андрей Сергей Николай Ольга Ирина Дмитрий Юлия Павел Галина Артём", "Зайцев Йовович Королёв Морозов Чайка Белый Щукин Громов Лисицын Орлов", " "),
    "han": ("小明 大偉 美玲 志強 淑芬 建國 雅婷 俊傑 怡君 家豪", "王 李 張 陳 林 黃 吳 劉 蔡 楊", ""),
    "japanese": ("太郎 花子 健一 美咲 翔太 陽子 直樹 恵子 大輔 さくら", "山田 佐藤 鈴木 高橋 田中 渡辺 伊藤 中村 小林 加藤", " "),
    "arabic": ("محمد فاطمة أحمد خديجة يوسف مريم علي عائشة حسن زينب", "العلي الحداد النجار الخطيب المصري الشامي البغدادي القاسم الزهراني الفارسي", " "),
    "hebrew": ("דוד שרה משה רחל יעקב לאה אברהם מרים יוסף תמר", "כהן לוי מזרחי פרץ ביטון דהן אברהמי פרידמן מלכה אזולאי", " "),
    "lookalike": ("Peca Oxana Apex Cora Peach Arco Caspar Expo Pax Roxa", "Copeax Paceo Xerox Oparca Caprea Excopa Poncex Rapocea Axecop Crapexo", " "),
}  # fmt: skip
"""Script -> given names, family names, and what stands between; Chinese names have the family name first."""
LATIN_TO_CYRILLIC = str.maketrans("aeopcx", "аеорсх")
WAYS = {
    "latin": [lambda name: unicodedata.normalize("NFD", name), str.upper],
    "cyrillic": [lambda name: unicodedata.normalize("NFD", name), str.upper],
    "han": [lambda name: f"\u3000{name}\u200b"],
    "japanese": [lambda name: name.replace(" ", "\u3000")],
    "arabic": [lambda name: f"\u202b{name}\u202c", lambda name: name.replace(" ", "\u00a0\u200f")],
    "hebrew": [lambda name: f"\u200f{name}", lambda name: name.replace(" ", " \u00a0")],
    "lookalike": [lambda name: name.translate(LATIN_TO_CYRILLIC)],
}
"""How the second record of a person writes the name: the same to the eye."""
CITIES = ["Aachen", "Bremen", "Coburg", "Dresden", "Erfurt", "Freiburg", "Gera", "Hamburg"]


@pytest.fixture(scope="module")
def written_twice(frame):
    """Clusters, and the person of each id: people with two records that agree in name and city and in nothing else."""
    chance, rows, persons = random.Random(17), [], {}
    for script, (given, family, between) in SCRIPTS.items():
        every = [(one, other) for one in given.split() for other in family.split()]
        for number, (one, other) in enumerate(chance.sample(every, 25)):
            name = f"{one}{between}{other}" if between else f"{other}{one}"
            city, segments = chance.choice(CITIES), chance.sample(["red", "blue", "green", "grey"], 2)
            for copy, segment in enumerate(segments):
                record = f"{script}/{number}/{copy}"
                ways = WAYS[script]
                rows.append((record, ways[number % len(ways)](name) if copy else name, city, segment))
                persons[record] = f"{script}/{number}"
    return clusters_of(match(frame(rows, "id", "full_name", "city", "segment"), id="id")), persons


@pytest.mark.slow
@pytest.mark.parametrize("script", [script for script in SCRIPTS if script != "lookalike"])
def test_a_name_is_found_by_itself_in_whichever_form_it_was_written(written_twice, script):
    clusters, _ = written_twice
    together = sum(clusters[f"{script}/{number}/0"] == clusters[f"{script}/{number}/1"] for number in range(25))
    assert together >= 23


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_script_brings_different_people_together(written_twice, script):
    clusters, persons = written_twice
    assert not [people for people in merged(clusters, persons) if any(one.startswith(script) for one in people)]


def normal_of(frame, kind, *values):
    (field,) = build_fields([SourceColumn("x", kind, "")], {"x": "string"})
    rows = frame(list(enumerate(values)), "n", "x").select("n", field.normal.alias("normal")).orderBy("n").collect()
    return [row.normal for row in rows]


FORMS = [("Zoë", "Zoe\u0308"), ("ÅNGSTRÖM", "a\u030angstro\u0308m"), ("Андрей", "АНДРЕИ\u0306"), ("Άννα", "Α\u0301ΝΝΑ"), ("İpek", "ipek"), ("\u202bמשה\u202c", "משה"), ("高橋\u3000", "高橋")]  # fmt: skip


def test_a_name_has_one_normal_form_whichever_codes_its_letters_have(frame):
    forms = normal_of(frame, "family_name", *(value for pair in FORMS for value in pair))
    assert forms[::2] == forms[1::2]
    assert len(set(forms)) == len(FORMS)
    alike = normal_of(frame, "family_name", "Cora", "Cora".translate(LATIN_TO_CYRILLIC))
    assert alike[0] != alike[1], "letters that look alike are other letters"


@pytest.mark.parametrize(("kind", "wide", "usual"), [("family_name", "ＴＡＮＡＫＡ", "Tanaka"), ("street", "Ａｏｉ １２", "aoi 12"), ("email", "ａｏｉ＠x.org", "aoi@x.org"), ("phone", "０３１２３４５６７８", "0312345678"), ("given_name", "Ruﬁna", "Rufina")])  # fmt: skip
def test_full_width_letters_and_ligatures_are_the_usual_ones(frame, kind, wide, usual):
    one, other = normal_of(frame, kind, wide, usual)
    assert one == other


# --- levels ----------------------------------------------------------------------------------------------------------

LEVELS = {
    "set": [
        (["Red", "blue"], ["BLUE", "red", "red"], "equal"), (["Zoë"], ["zoe", ""], "equal"), (["red", None], ["red"], "equal"),
        (["red", "blue"], ["blue", "green"], "an element in common"), (["red"], ["red", "green"], "an element in common"),
        (["red"], ["green"], "else"), (["red"], ["redder"], "else"), (["red"], [], None), (["red"], None, None), (["red"], ["", " "], None),
    ],
    "street": [
        ("12 Main Street", "12, MAIN STREET", "equal"), ("14 Harbour Lane", "14 Harbor Lane", "1 edit"), ("7 Elmwood Road", "9 Elmwod Road", "2 edits"),
        ("Karl Liebknecht Allee", "Allee Karl Liebknecht", "words 80 %"), ("Kaiserdamm", "Kaisrdax", "3 edits"),
        ("Quellenhof Nordring Platanen Sieben", "Quellenhof Nordring Platanen Achtzehn", "words 60 %"),
        ("Magnolien Rosengarten Tulpenfeld Winkel", "Magnolien Rosengarten Espenhain Zeile", "words 40 %"),
        ("Fasanerie Buchenhain Eck", "Fasanerie Lerchenau Pfad", "words 20 %"), ("Seestrand", "Bahnsteig", "else"), ("Seestrand", " ", None),
    ],
    "city": [
        ("São Paulo", "SAO PAULO", "equal"), ("Bremen", "Bremem", "1 edit"), ("Hamburg", "Hmburk", "2 edits"), ("Ulm", "Uxy", "else"),
        ("Düsseldorf", "Dusldrf", "3 edits"), ("Frankfurt", "Frankfurt am Main", "beginning"), ("Bonn", "Gera", "else"), ("Bonn", None, None),
    ],
    "identifier": [
        ("DE 811-907 980", "de811907980", "equal"), ("X1234567", "X1234568", "1 edit"), ("X1234567", "X1234576", "2 edits"),
        ("A12", "A34", "else"), ("X1234567", "Y7654321", "else"), ("X1234567", "---", None),
    ],
    "phrase": [
        ("Winter  Sale!", "winter sale", "equal"), ("Gear box", "Gearbox", "1 edit"), ("Trolley jack", "Troley jak", "2 edits"),
        ("Trolley jack", "Troly jak", "3 edits"), ("Winter", "Winter tyres", "beginning"), ("ab", "cd", "else"), ("ab", "", None),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", LEVELS)
def test_a_pair_falls_on_the_best_level_that_holds_in_both_directions(frame, kind):
    cases = LEVELS[kind]
    column, type_ = ("phrase", "array<string>") if kind == "set" else (kind, "string")
    (field,) = fields = build_fields([SourceColumn("x", column, "")], {"x": type_})
    assert field.kind.name == kind
    rows = [(f"{side}{n}", pair[place]) for n, pair in enumerate(cases) for place, side in enumerate("lr")]
    # A second field tells equal values apart: copies are set aside before records are compared.
    apart = Field("apart", KINDS["identifier"], ("id",), F.col("id"))
    prepared = prepare_records([frame(rows, "id", "x")], [*fields, apart], key="id")
    ids = {row._key: row._id for row in prepared.members.collect()}
    ends = [(ids[f"l{n}"], ids[f"r{n}"], n) for n in range(len(cases))]
    both = frame(ends + [(b, a, n) for a, b, n in ends], "id_l", "id_r", "n")
    labels = {}
    for row in compare_pairs(both, prepared, fields).collect():
        level = row[level_names(fields)[0]]
        labels.setdefault(row.n, set()).add(None if level < 0 else field.kind.level(level).label)
    assert labels == {n: {expected} for n, (_, _, expected) in enumerate(cases)}


# --- values that all or half of the records have ---------------------------------------------------------------------


@pytest.mark.slow
def test_a_rule_of_a_million_million_candidates_is_refused_unless_it_is_paid_for(spark):
    many = 2_000_000
    pairs = many * (many - 1) // 2
    table = spark.range(many).select(F.col("id").alias("_id"), F.lit(0).alias("_side"), F.lit("norway").alias("country"))
    records = Prepared(table, table, (many, 0), {"country": 1.0}, {"country": 1.0}, frozenset())
    fields = build_fields([SourceColumn("country", "country", "")], {"country": "string"})
    for texts in (["country="], ["all pairs"]):
        with pytest.raises(ConfigurationError) as caught:
            given_rules(records, fields, texts, limit=None)
        message = str(caught.value)
        assert all(word in message for word in (f"`{texts[0]}`", f"{pairs:,}", f"{MOST_CANDIDATES:,}", "none was built"))
        assert "max_candidates" in caught.value.remedy
    with pytest.raises(ConfigurationError, match=f"{pairs:,}"):
        choose_rules(records, fields, Strangers([], {}), MatchSettings(rules=["all pairs"]))
    assert given_rules(records, fields, ["all pairs"], limit=pairs).rules == ()
    # What was affordable for the records that a model was fitted on is not so for these.
    model = MatchModel(
        columns={}, fields={}, rules=["all pairs"], matches=0.1, related=0.0, threshold=0.0, review_threshold=-3.0, records=[1000]
    )  # fmt: skip
    with pytest.raises(ConfigurationError, match=f"{pairs:,}"):
        model_rules(records, fields, model)


@pytest.mark.slow
def test_a_switchboard_and_a_mailbox_of_half_of_the_records_bring_nobody_together(frame, people):
    rows, persons = people(120, seed=41)
    shared = [
        (*row[:5], "info@company.example", "+49 30 1234567")
        if persons[row[0]] % 2
        else (*row, f"+49 170 {7919 * persons[row[0]] + 1000003}")
        for row in rows
    ]
    columns = ["id", "given_name", "family_name", "birth_date", "city", "email", "phone"]
    clusters = clusters_of(match(frame(shared, *columns), id="id"))
    assert merged(clusters, persons) == []
    for half in (0, 1):
        keys = [row[0] for row in rows if persons[row[0]] % 2 == half]
        true = [(a, b) for a in keys for b in keys if a < b and persons[a] == persons[b]]
        assert sum(clusters[a] == clusters[b] for a, b in true) >= 0.9 * len(true)


# --- what is written down --------------------------------------------------------------------------------------------


def told_apart(rows):
    """The same people with names and streets that no sentence and no style sheet contains by chance."""
    for place, (record, *name, born, town, _) in enumerate(rows):
        given, family, city = (f"{word}quz" if word else None for word in (*name, town))
        mail = f"{given}.{place}@vexmail.example".lower()
        yield record, given, family, born, city, mail, f"+49 171 {8675309 + 7919 * place}", f"{city}weg {place}a"


def forms_of(value):
    """A value as it was given, as it is compared, and the words and figures that it consists of."""
    small = value.lower()
    digits = re.sub(r"\D", "", value)
    return {small, re.sub(r"[^a-z0-9]+", " ", small).strip(), *([digits, digits[-9:]] if len(digits) >= 8 else [])}


@pytest.mark.slow
def test_neither_the_model_nor_the_masked_report_holds_a_value(frame, people, tmp_path):
    rows = list(told_apart(people(60, seed=51)[0]))
    columns = ["id", "given_name", "family_name", "birth_date", "city", "email", "phone", "street"]
    result = match(frame(rows, *columns), id="id", settings={"review_threshold": -25.0})
    result.model.save(tmp_path / "model.yaml")
    result.report(tmp_path / "report.html")
    result.report(tmp_path / "shown.html", show_values=True)
    values = {form for row in rows for value in row[1:] if value for form in forms_of(value)}
    pages = {name: (tmp_path / name).read_text("utf-8").lower() for name in ("model.yaml", "report.html", "shown.html")}
    assert "••" in pages["report.html"], "there are pairs to look at"
    assert any(value in pages["shown.html"] for value in values), "the search finds what is shown"
    for text in (pages["model.yaml"], pages["report.html"], str(result.summary).lower(), repr(result).lower()):
        assert sorted(value for value in values if value in text) == []


# --- values for "not known" ------------------------------------------------------------------------------------------


def with_default(rows, place, value, every):
    return [(*row[:place], value, *row[place + 1 :]) if n % every == 0 else row for n, row in enumerate(rows)]


@pytest.mark.slow
def test_a_date_that_a_form_insisted_on_counts_as_missing(frame, people, names, tmp_path):
    """Namesakes who share 1900-01-01 are not one person, and their other dates tell as much as before."""
    rows, persons = people(150, seed=8)
    plain, result = (match(frame(some, *names), id="id") for some in (rows, with_default(rows, 3, "1900-01-01", 4)))
    assert plain.model.columns["birth_date"].placeholders == []
    assert result.model.columns["birth_date"].placeholders == ["1900-01-01"]
    assert "not known" in result.model.columns["birth_date"].reason
    found = clusters_of(result)
    assert merged(found, persons) == []
    assert len(set(found.values())) <= 1.05 * len(set(clusters_of(plain).values()))
    result.model.save(tmp_path / "model.yaml")
    again = match(frame(with_default(rows, 3, "1900-01-01", 4), *names), id="id", settings=MatchModel.load(tmp_path / "model.yaml"))
    assert clusters_of(again) == found


@pytest.mark.slow
def test_a_pile_of_first_days_of_years_means_that_only_the_year_is_known(frame, people, names):
    rows, persons = people(150, seed=8)
    piled = [(*row[:3], f"{row[3][:4]}-01-01", *row[4:]) if n % 4 == 0 and row[3] else row for n, row in enumerate(rows)]
    result = match(frame(piled, *names), id="id")
    assert result.model.fields["birth_date"].first_of_january_means_year
    assert merged(clusters_of(result), persons) == []


def sample_of(count, **columns):
    """Columns of made-up values that hardly repeat, with others in their place."""
    names = {name: [f"{name}{n * 7919 % count}" for n in range(count)] for name in ("given", "street", "phone", "born")}
    return names | {name: list(values) for name, values in columns.items()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([f"n{n}" for n in range(300)], ()),
        (["0000" if n % 5 == 0 else f"n{n}" for n in range(300)], ("0000",)),
        ([" N/A" if n % 9 == 0 else "none" if n % 5 == 0 else f"n{n}" for n in range(300)], ("none", "n/a")),
        ([f"n{n % 10}" for n in range(300)], ()),  # each of few values is frequent
        (["0000" if n % 40 == 0 else f"n{n}" for n in range(300)], ()),  # eight records are too few to tell
        ([None if n % 2 else "" for n in range(300)], ()),
    ],
)
def test_placeholders_are_told_by_how_many_records_share_them(values, expected):
    assert find_placeholders(sample_of(300, x=values), "x") == expected


def test_a_person_who_is_recorded_often_has_no_placeholders():
    often = {name: [f"{name}1" if n % 3 == 0 else value for n, value in enumerate(values)] for name, values in sample_of(300).items()}
    assert find_placeholders(often, "phone") == ()


def test_values_for_not_known_may_be_said(frame, people, names):
    rows, _ = people(40, seed=8)
    said = {"placeholders": {"email": [" NONE@none.com"], "birth_date": []}}
    table = frame(with_default(with_default(rows, 3, "1900-01-01", 4), 5, "none@None.com ", 8), *names)
    understood = understand_tables([table], key="id", settings=said)
    columns = {column.name: column.placeholders for column in understood.columns}
    assert (columns["email"], columns["birth_date"]) == (("none@none.com",), ())
    forms = {field.name: field.normal.alias(field.name) for field in understood.fields}
    (row,) = table.select(forms["email"], forms["birth_date"]).agg(
        F.count_if(F.col("email") == "none@none.com").alias("shown"), F.count_if(F.col("birth_date") == "19000101").alias("kept")
    ).collect()  # fmt: skip
    assert (row.shown, row.kept) == (0, -(-len(rows) // 4))
    with pytest.raises(ConfigurationError, match="not there"):
        understand_tables([table], key="id", settings={"placeholders": {"mail": []}})
