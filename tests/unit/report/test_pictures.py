"""What every picture keeps, whatever it is given."""

import datetime as dt
import functools
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest

from tagstack.bootstrap import Estimate
from tagstack.report.bars import bars_with_intervals, per_tag_f1
from tagstack.report.curves import precision_recall, reliability, shares_over_time
from tagstack.report.distributions import histogram, tag_frequencies, timeline
from tagstack.report.embedding_picture import embedding_map, norm_histogram

NAN = float("nan")
HOSTILE = [
    "<script>alert(1)</script>",
    "日本語",
    "עברית",
    "_hidden",
    "$x^2$",
    "a\x00b\ud800\n\ufffe",
    "🎉" * 40,
    "",
    "c#",
    "\\frac{",
]
DAYS = [dt.date(2018, month, 1) for month in range(1, 13)]
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(3000, 64)).astype(np.float32)

PICTURES = {
    "embedding_map": lambda: embedding_map(VECTORS, (HOSTILE * 300)),
    "norm_histogram": lambda: norm_histogram(VECTORS),
    "per_tag_f1": lambda: per_tag_f1(HOSTILE * 10, np.linspace(0, 1, 100), np.arange(100)),
    "bars": lambda: bars_with_intervals(HOSTILE, [0.5] * 10, [0.4] * 10, [NAN] * 10, label="Micro-F1"),
    "precision_recall": lambda: precision_recall(
        np.linspace(0, 1, 9999), np.linspace(1, 0, 9999), {"chosen": (0.5, 0.5)}
    ),
    "reliability": lambda: reliability(np.linspace(0, 1, 10), np.linspace(0, 1, 10), np.full(10, 7), ece=0.1),
    "shares": lambda: shares_over_time(
        HOSTILE,
        {"<b>": [Estimate(value=at / 10, low=0.0, high=1.0) for at in range(10)], "_b": [None] * 10},
        title="Use",
    ),
    "histogram": lambda: histogram(VECTORS.ravel(), label="Words"),
    "timeline": lambda: timeline(DAYS, {part: [100] * 12 for part in ("train", "calibrate", "test", "_x")}),
    "tag_frequencies": lambda: tag_frequencies(HOSTILE * 2000, np.arange(20_000), vocabulary=100),
}
EMPTY = {
    "embedding_map": lambda: embedding_map(VECTORS[:0], []),
    "embedding_map of one": lambda: embedding_map(VECTORS[:1], ["c#"]),
    "embedding_map of equals": lambda: embedding_map(np.ones((50, 8), np.float32), [None] * 50),
    "embedding_map of NaN": lambda: embedding_map(np.full((50, 8), NAN, np.float32), [None] * 50),
    "norm_histogram": lambda: norm_histogram(VECTORS[:0]),
    "per_tag_f1": lambda: per_tag_f1([], [], []),
    "per_tag_f1 of NaN": lambda: per_tag_f1(["c#"], [NAN], [0]),
    "bars": lambda: bars_with_intervals([], [], [], [], label="Micro-F1"),
    "bars of NaN": lambda: bars_with_intervals(["a"], [NAN], [NAN], [NAN], label="Micro-F1"),
    "precision_recall": lambda: precision_recall(np.array([]), np.array([])),
    "precision_recall of NaN": lambda: precision_recall(np.array([NAN]), np.array([1.0])),
    "reliability": lambda: reliability(np.array([NAN]), np.array([NAN]), np.array([0]), ece=NAN),
    "shares": lambda: shares_over_time(["a"], {"accepted": [None]}, title="Use"),
    "shares at no time": lambda: shares_over_time([], {"accepted": []}, title="Use"),
    "histogram": lambda: histogram(np.array([NAN, np.inf]), label="Words"),
    "timeline": lambda: timeline([], {"train": []}),
    "tag_frequencies": lambda: tag_frequencies(["a"], [0]),
}
SMALL = {
    "embedding_map": lambda: embedding_map(VECTORS[:3], ["a", "a", None]),
    "per_tag_f1": lambda: per_tag_f1(["a"], [0.0], [1]),
    "bars": lambda: bars_with_intervals(["a"], [1.0], [NAN], [NAN], label="Micro-F1"),
    "precision_recall": lambda: precision_recall(np.array([0.5]), np.array([0.5])),
    "reliability": lambda: reliability(np.array([0.5, NAN]), np.array([0.5, NAN]), np.array([1, 0]), ece=0.0),
    "shares": lambda: shares_over_time(["a"], {"x": [Estimate(value=0.5, low=0.4, high=0.6)]}, title="Use"),
    "histogram": lambda: histogram(np.array([3.0]), label="Words"),
    "histogram of equals": lambda: histogram(np.full(9, 1e9), label="Words"),
    "timeline": lambda: timeline([dt.date(2018, 1, 1)], {"questions": [0]}),
    "tag_frequencies": lambda: tag_frequencies(["a"], [1], vocabulary=5),
}


ALL = PICTURES | {f"empty {name}": draw for name, draw in EMPTY.items()} | {f"small {n}": d for n, d in SMALL.items()}


@functools.cache
def drawn(name):
    return ALL[name]()


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_input_gives_the_same_picture_of_modest_size(name):
    assert drawn(name) == PICTURES[name]()
    assert len(drawn(name)) < 150_000


@pytest.mark.parametrize("name", ALL)
def test_a_picture_is_well_formed_described_and_stands_alone(name):
    svg = drawn(name)
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].tag.endswith("title")
    assert root[0].text
    assert root[1].tag.endswith("desc")
    assert root[1].text
    assert not [element for element in root.iter() if element.tag.endswith(("script", "metadata", "foreignObject"))]
    links = [value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")]
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    names = {element.get("id") for element in root.iter()}
    assert {link[1:] for link in links if link.startswith("#")} <= names


@pytest.mark.parametrize("name", EMPTY)
def test_without_data_the_picture_says_why_it_is_empty(name):
    text = ET.fromstring(drawn(f"empty {name}"))[1].text
    assert text.startswith(("No ", "Too few"))


def test_two_pictures_in_one_page_share_no_identifier():
    first, second = (
        {element.get("id") for element in ET.fromstring(drawn(name)).iter()} - {None}
        for name in ("timeline", "histogram")
    )
    assert first
    assert second
    assert not first & second


def test_names_of_any_script_stay_readable_text():
    texts = "".join(ET.fromstring(drawn("per_tag_f1")).itertext())
    assert "日本語" in texts
    assert "$x^2$" in texts
    assert "<script>" in texts
    assert "_hidden" in texts


def test_few_tags_are_all_shown_and_many_are_shown_by_frequency_best_and_worst():
    few = "".join(ET.fromstring(per_tag_f1(["a", "b"], [0.1, 0.9], [5, 9])).itertext())
    many = "".join(
        ET.fromstring(per_tag_f1([f"t{i}" for i in range(100)], np.linspace(0, 1, 100), range(100))).itertext()
    )
    assert "Best" not in few
    assert all(word in many for word in ("Most frequent", "Best", "Worst", "t99 (99)", "t0 (0)"))


def test_the_map_names_the_eight_most_frequent_groups_and_puts_the_rest_together():
    groups = [f"tag{min(at % 20, at % 9)}" for at in range(3000)]
    texts = "".join(ET.fromstring(embedding_map(VECTORS, groups)).itertext())
    assert "tag0" in texts
    assert "other" in texts
    assert "% of the variance" in texts


def test_the_map_reads_only_its_sample_of_a_memory_map(tmp_path):
    np.save(tmp_path / "vectors.npy", VECTORS)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    assert embedding_map(mapped, ["a"] * 3000, points=500) == embedding_map(VECTORS, ["a"] * 3000, points=500)


def test_drawing_leaves_the_look_of_other_pictures_alone():
    before = dict(mpl.rcParams)
    PICTURES["histogram"]()
    assert dict(mpl.rcParams) == before


def test_few_different_integers_get_a_bar_each():
    svg = ET.fromstring(histogram(np.array([0, 1, 1, 5]), label="Tags"))
    clipped = [element for element in svg.iter() if element.tag.endswith("path") and element.get("clip-path")]
    assert len(clipped) >= 6
    assert "4 values, 0 to 5, median 1." in "".join(svg.itertext())
