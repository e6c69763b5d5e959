import io

import matplotlib as mpl
import pytest
from PIL import Image

from tagstack.report.drift_pictures import METRICS, TAGS, TESTS, WIDTH, mail_pictures


@pytest.fixture(scope="module")
def drawn(drift_reports):
    return {name: mail_pictures(report) for name, report in drift_reports.items()}


def opened(png):
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("everything", [TESTS, METRICS, TAGS]),
        ("quiet", [TESTS, METRICS]),
        ("without labels", [TESTS, METRICS, TAGS]),
        ("too little", []),
        ("hostile", [TESTS, METRICS, TAGS]),
        ("long tags", [TESTS, METRICS, TAGS]),
    ],
)
def test_what_a_report_knows_has_a_picture(drawn, name, titles):
    assert list(drawn[name]) == titles


def test_pictures_are_small_png_files_of_twice_the_width_of_a_mail(drawn):
    for pictures in drawn.values():
        for png in pictures.values():
            picture = opened(png)
            assert (picture.format, picture.width) == ("PNG", 2 * WIDTH)
            assert picture.height <= 1000
            assert len(png) < 130_000


def test_equal_reports_have_equal_pictures_without_a_date_or_a_version(drift_reports, drawn):
    again = mail_pictures(drift_reports["everything"])
    assert again == drawn["everything"]
    assert not any(opened(png).text for png in again.values())


def test_pictures_are_drawn_on_white_so_that_a_dark_mail_program_does_not_hide_the_words(drawn):
    for png in drawn["everything"].values():
        assert opened(png).convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)


def test_hundreds_of_tags_do_not_make_a_picture_longer(drawn):
    heights = {opened(drawn[name][TAGS]).height for name in ("everything", "hundreds of tags")}
    assert len(heights) == 1


def test_drawing_leaves_the_look_of_other_pictures_alone(drift_reports):
    before = dict(mpl.rcParams)
    mail_pictures(drift_reports["quiet"])
    assert dict(mpl.rcParams) == before
