"""Brands: what is refused, and that what is accepted stays readable in light and dark."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ciam.rendering import Brand, brand_problems, brand_stylesheet
from ciam.rendering.brands import DARK_SURFACE, LIGHT_SURFACE
from ciam.rendering.colours import contrast, readable_on, text_on


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(
    "brand",
    [
        Brand(accent="#ffe600"),
        Brand(accent="red"),
        Brand(accent="#12345"),
        Brand(accent="#000;}body{display:none"),
        Brand(radius=25),
        Brand(radius=-1),
        Brand(typeface="url(https://example.com/x.woff)"),
        Brand(key="../x"),
        Brand(key=""),
        Brand(logo_url="https://example.com/logo.svg"),
        Brand(logo_url="//example.com/logo.svg"),
        Brand(logo_url="javascript:alert(1)"),
    ],
)
def test_an_unreadable_or_foreign_brand_is_refused_and_gets_no_stylesheet(brand: Brand) -> None:
    assert len(brand_problems(brand)) == 1
    assert brand_stylesheet(brand) == ""


def test_the_problem_says_the_ratio_that_was_found() -> None:
    [problem] = brand_problems(Brand(accent="#ffe600"))
    assert "1.3 to 1" in str(problem)


colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@settings(deadline=None)  # a busy machine is no failure
@given(colours)
def test_every_accepted_accent_is_readable_in_both_schemes(accent: str) -> None:
    brand = Brand(accent=accent)
    if brand_problems(brand):
        assert brand_stylesheet(brand) == ""
        return
    light, dark = brand_stylesheet(brand).split("@media")
    for css, surface in ((light, LIGHT_SURFACE), (dark, DARK_SURFACE)):
        token = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", css))
        assert contrast(token["accent-text"], surface) >= 4.5
        assert contrast(token["accent-text"], token["accent-soft"]) >= 4.5
        assert contrast(token["focus"], surface) >= 3
        assert contrast(token["on-accent"], token["accent"]) >= 4.5
        assert contrast(token["on-accent"], token["accent-strong"]) >= 4.5


@settings(deadline=None)  # a busy machine is no failure
@given(colours)
def test_text_on_any_colour_is_the_better_of_white_and_black(colour: str) -> None:
    chosen = text_on(colour)
    other = "#10151c" if chosen == "#ffffff" else "#ffffff"
    assert contrast(chosen, colour) >= contrast(other, colour)


@settings(deadline=None)  # a busy machine is no failure
@given(colours)
def test_a_colour_can_always_be_made_readable(colour: str) -> None:
    assert contrast(readable_on(colour, LIGHT_SURFACE), LIGHT_SURFACE) >= 4.5
    assert contrast(readable_on(colour, DARK_SURFACE), DARK_SURFACE) >= 4.5


def test_the_name_follows_the_language() -> None:
    brand = Brand(name="Tsumugi", names={"ja": "つむぎ"})
    assert [brand.name_in(code) for code in ("en", "ja", "ja-JP", "fr")] == [
        "Tsumugi",
        "つむぎ",
        "つむぎ",
        "Tsumugi",
    ]
