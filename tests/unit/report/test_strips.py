import xml.etree.ElementTree as ET

import pytest

from tagstack.report.strips import change_strip, forest_strip, interval_strip

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>\x00&'
STRIPS = {
    "forest": lambda spoken: forest_strip(0.5, 0.1, 0.4, threshold=0.6, drifted=True, spoken=spoken),
    "change": lambda spoken: change_strip(0.1, 0.4, spoken=spoken),
    "interval": lambda spoken: interval_strip(0.5, 0.4, 0.6, spoken=spoken),
}


@pytest.mark.parametrize("name", STRIPS)
def test_a_strip_is_well_formed_and_says_what_it_shows(name):
    root = ET.fromstring(STRIPS[name](HOSTILE))
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == root.get("aria-label") == HOSTILE.replace("\x00", "\ufffd")
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.parametrize("outside", [-5.0, 7.0])
def test_what_lies_outside_is_drawn_at_the_edge(outside):
    circle = ET.fromstring(interval_strip(outside, outside, outside, spoken="x")).find(f"{SVG}circle")
    assert float(circle.get("cx")) in (8.0, 200.0)


def test_a_rise_and_a_fall_are_drawn_from_ring_to_disc():
    rise, fall = (ET.fromstring(change_strip(*ends, spoken="x")).findall(f"{SVG}circle") for ends in ((0, 1), (1, 0)))
    assert [circle.get("cx") for circle in rise] == ["8.0", "200.0"]
    assert [circle.get("cx") for circle in fall] == ["200.0", "8.0"]
    assert rise[0].get("fill") == fall[0].get("fill") == "#fff"


def test_a_band_without_width_can_still_be_seen():
    band = ET.fromstring(forest_strip(0.9, 0.5, 0.5, threshold=0.6, drifted=True, spoken="x")).find(f"{SVG}rect")
    assert float(band.get("width")) >= 1
