import re

import pytest
from lxml import etree, html

from tagstack.report.blocks import (
    Columns,
    Fact,
    Facts,
    Figure,
    Mark,
    Meter,
    Note,
    Number,
    Pairs,
    Section,
    TableBlock,
)
from tagstack.report.page import render_page

HOSTILE = "</table><script>alert('x')</script><img src=x onerror=alert(1)> & \" '"
TABLE = TableBlock("Tags", ["Tag", "Support", "F1"], [("c#", 12345, 0.5), (HOSTILE, 0, float("nan"))])


def tree(page):
    return html.document_fromstring(page)


def test_every_kind_of_block_escapes_hostile_text():
    blocks = [
        Facts([Fact(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]),
        Pairs(HOSTILE, [(HOSTILE, HOSTILE)]),
        TableBlock(HOSTILE, [HOSTILE], [[HOSTILE], [Mark(HOSTILE)], [Number(HOSTILE)], [Meter(HOSTILE, 0.5)]]),
        TableBlock(HOSTILE, [HOSTILE], [], empty=HOSTILE),
        Figure("<svg xmlns='http://www.w3.org/2000/svg'/>", HOSTILE, HOSTILE),
        Note("bad", HOSTILE, HOSTILE, [HOSTILE]),
        Section(HOSTILE, [Columns([Note("info", HOSTILE)])], HOSTILE),
    ]
    page = render_page(HOSTILE, HOSTILE, blocks)
    assert not tree(page).xpath("//script | //img | //@onerror")
    assert page.count("&lt;script&gt;") == page.count("&#39;x&#39;") > len(blocks)


def test_a_page_is_well_formed_and_asks_nothing_of_the_network():
    page = render_page("Scorecard", "All of it.", [Section("Tags", [TABLE])])
    etree.fromstring(re.sub(r"<meta[^>]*>", "", page.replace("<!DOCTYPE html>", "").strip()))
    assert not tree(page).xpath("//link | //script | //@src | //@href")
    assert "url(" not in page
    assert "@import" not in page


def test_headings_and_tables_are_labelled_for_those_who_cannot_see_them():
    page = tree(render_page("Scorecard", "All of it.", [Section("By tag", [TABLE])]))
    assert page.get("lang") == "en"
    assert page.xpath("//h1/text()") == ["Scorecard"]
    assert page.xpath("//section/h2/text()") == ["By tag"]
    assert page.xpath("//table/caption/text()") == ["Tags"]
    assert page.xpath("//thead//th/@scope") == ["col"] * 3
    assert page.xpath("//tbody//th/@scope") == ["row"] * 2


def test_columns_of_numbers_are_right_aligned_and_written_with_separators():
    page = tree(render_page("P", "", [TABLE]))
    assert [cell.text_content() for cell in page.xpath("//td[@class='number']")] == ["12,345", "0.500", "0", "–"]
    assert page.xpath("//thead//th[@class='number']/text()") == ["Support", "F1"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (None, "–"),
        (True, "yes"),
        (False, "no"),
        (-0.25, "−0.250"),
        (float("inf"), "–"),
        ("", ""),
        (Number("9 %"), "9 %"),
    ],
)
def test_cells_read_as_people_write_them(cell, written):
    page = tree(render_page("P", "", [Pairs("Run", [("name", cell)])]))
    assert page.xpath("string(//td)") == written


@pytest.mark.parametrize(("share", "width"), [(0.5, 50.0), (-1.0, 0.0), (7.0, 100.0), (float("nan"), 0.0)])
def test_a_meter_stays_inside_its_frame(share, width):
    assert Meter("x", share).width == width


def test_an_empty_table_says_so_instead_of_showing_a_bare_header():
    page = tree(render_page("P", "", [TableBlock("Broken rows", ["Rule"], [], empty="No row broke a rule.")]))
    assert not page.xpath("//table")
    assert "No row broke a rule." in page.text_content()


def test_a_row_of_the_wrong_length_is_named():
    with pytest.raises(ValueError, match="table 'Tags': a row of 1 cells under 2 names"):
        TableBlock("Tags", ["Tag", "F1"], [["c#"]])


def test_the_same_blocks_give_the_same_page():
    assert render_page("P", "s", [TABLE]) == render_page("P", "s", [TABLE])
