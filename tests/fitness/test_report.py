"""The report: a page that needs nothing else and does not believe what it is given."""

import math
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from vitpose_live.data import RepetitionRecord
from vitpose_live.data.training import TrainingSession, TrainingSet
from vitpose_live.fitness.report import best_and_worst, report_page, symmetry
from vitpose_live.fitness.report_charts import bars, lines, ticks

EVIL = "<script>alert(1)</script>\"'&@sets@@title@"
VOID = {"meta", "img", "rect", "line", "polyline"}


class Page(HTMLParser):
    """Reads a page and refuses what is not well formed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words, self.attributes = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def repetition(number, *, reach=1.0, **more):
    return RepetitionRecord(
        "squat",
        3.0 * number,
        3.0 * number + 2,
        1.0,
        0.2,
        0.8,
        reach,
        **{"measures": {"knee_flexion": 100.0}, "view": "front", **more},
    )


def traces(left=90.0, right=90.0, seconds=12):
    wave = [(step / 10, math.sin(step / 10 * math.pi / 3) ** 2) for step in range(seconds * 10)]
    return {
        "left_knee": tuple((time, 180 - left * share) for time, share in wave),
        "right_knee": tuple((time, 180 - right * share) for time, share in wave),
    }


def session(*repetitions, source="squats.mp4", exercise="squat", of=None):
    one = TrainingSet(exercise, 1, repetitions, traces() if of is None else of)
    return TrainingSession(source, datetime(2026, 1, 2, 3, 4, tzinfo=UTC), (one,), 1)


def test_the_page_says_what_was_done():
    page = Page(report_page(session(*map(repetition, range(3)), repetition(3, reach=0.4, complete=False))))
    for words in (
        "3 \N{MULTIPLICATION SIGN} squat",
        "squats.mp4",
        "2026-01-02 03:04",
        "+ 1 partial",
        "100%",
        "1.0 s",
        "100°",
        "partial",
    ):
        assert words in page.text
    assert page.tags.count("svg") == 3
    assert page.tags.count("tr") == 5


def test_nothing_is_loaded_from_anywhere():
    text = report_page(session(repetition(0), repetition(1)), {(0, 0): b"\xff\xd8", (0, 1): b"\xff\xd8"})
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "base"} & set(page.tags)
    addresses = [value for name, value in page.attributes if name in ("src", "href", "xlink:href", "action")]
    assert len(addresses) == 2
    assert all(value.startswith("data:image/jpeg;base64,") for value in addresses)
    assert not re.search(r"https?:|@import|url\(", text)


def test_what_comes_from_outside_is_escaped():
    wicked = session(repetition(0, fault=EVIL, side=EVIL), source=EVIL, exercise=EVIL, of={EVIL: traces()["left_knee"]})
    text = report_page(wicked, {(0, 0): b"x"})
    page = Page(text)
    assert "script" not in page.tags
    assert text.count("<section>") == 1
    assert EVIL in page.text


def test_an_empty_session_has_a_page_too():
    page = Page(report_page(TrainingSession("x", datetime(2026, 1, 2, tzinfo=UTC))))
    assert "No repetition was seen" in page.text


def test_what_is_not_known_is_a_dash_and_no_number():
    unknown = RepetitionRecord("squat", 0, 2, 1, 0, 1, math.nan, measures={"knee_flexion": math.nan})
    nowhere = {"left_knee": tuple((step / 10, math.nan) for step in range(30))}
    text = report_page(session(unknown, of=nowhere))
    assert "nan" not in text
    assert "\N{EN DASH}" in Page(text).text


def test_the_best_is_complete_without_fault_and_goes_far():
    one = session(
        repetition(0, reach=1.2, fault="depth"), repetition(1, reach=0.9), repetition(2), repetition(3, complete=False)
    ).sets[0]
    assert best_and_worst(one) == (2, 3)
    assert best_and_worst(session(repetition(0)).sets[0]) == (0, None)


def test_pictures_are_those_of_the_best_and_the_worst():
    pictures = {(0, place): bytes([place]) for place in range(3)}
    text = report_page(session(repetition(0, reach=0.8), repetition(1), repetition(2, reach=0.9)), pictures)
    assert [value for name, value in Page(text).attributes if name == "src"] == [
        "data:image/jpeg;base64,AQ==", "data:image/jpeg;base64,AA==",
    ]  # fmt: skip


def test_symmetry_compares_both_sides_where_both_are_seen():
    uneven = traces(left=90, right=60)
    assert symmetry(repetition(0), uneven) == pytest.approx(2 / 3, abs=0.02)
    assert symmetry(repetition(0), traces(60, 90)) == pytest.approx(symmetry(repetition(0), uneven))
    assert math.isnan(symmetry(repetition(0, view="side"), uneven))
    assert math.isnan(symmetry(repetition(0, side="left"), uneven))
    assert math.isnan(symmetry(repetition(0), traces(5, 2)))
    assert math.isnan(symmetry(repetition(0), {"left_knee": uneven["left_knee"]}))
    hidden = {**uneven, "right_knee": tuple((time, math.nan) for time, _ in uneven["right_knee"])}
    assert math.isnan(symmetry(repetition(0), hidden))


@pytest.mark.parametrize("top", [0.03, 1, 7, 42, 180, 12345])
def test_ticks_are_few_and_round(top):
    found = ticks(0, top)
    assert 3 <= len(found) <= 7
    assert found[0] == 0
    assert found[-1] <= top


def test_bars_stay_in_the_chart_whatever_they_are():
    for values in ([], [(0.0,)], [(math.nan,)], [(1e6, 2e6)], [(1.0,)] * 200):
        chart = bars(values, [str(place) for place in range(len(values))], unit="", title="t")
        for y, height in re.findall(r'<rect[^>]* y="([-\d.]+)"[^>]* height="([-\d.]+)"', chart):
            assert 0 <= float(y) <= float(y) + float(height) <= 200


def test_a_line_is_broken_where_nothing_is_known():
    trace = tuple((step / 10, math.nan if 20 <= step < 40 else float(step)) for step in range(60))
    assert lines({"a": trace}, [], unit="", title="t").count("<polyline") == 2
    assert lines({"a": trace[:20]}, [], unit="", title="t").count("<polyline") == 1
    assert lines({"a": trace[20:40]}, [], unit="", title="t") == ""
