"""Contrast of colours (WCAG 2.2 §1.4.3, §1.4.11), and an accent's readable variants."""

from __future__ import annotations

import colorsys
import re

AA_TEXT = 4.5
AA_GRAPHIC = 3.0
_MID_GREY = 0.18  # in luminance: what is darker needs lighter text
_STEP = 0.01
_SHORT_FORM = 3
_LINEAR_BELOW = 0.04045  # sRGB: below it the curve is a line

Rgb = tuple[float, float, float]


def parse_hex(colour: str) -> Rgb:
    """Return the channels, 0 to 1, of `#rgb` or `#rrggbb`; anything else is a ValueError."""
    if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", colour):
        message = "a colour is written as #rgb or #rrggbb"
        raise ValueError(message)
    digits = colour[1:]
    if len(digits) == _SHORT_FORM:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def to_hex(rgb: Rgb) -> str:
    """Return `#rrggbb`."""
    return "#" + "".join(f"{round(max(0.0, min(1.0, channel)) * 255):02x}" for channel in rgb)


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG defines it."""
    linear = [
        c / 12.92 if c <= _LINEAR_BELOW else ((c + 0.055) / 1.055) ** 2.4 for c in parse_hex(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """Return white or near-black, whichever reads better on a background."""
    white, black = "#ffffff", "#10151c"
    return white if contrast(white, background) >= contrast(black, background) else black


def readable_on(colour: str, surface: str, ratio: float = AA_TEXT) -> str:
    """Move a colour's lightness away from the surface until it reaches the ratio; keep its hue."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*parse_hex(colour))
    lighten = luminance(surface) < _MID_GREY
    found = to_hex(parse_hex(colour))
    while contrast(found, surface) < ratio and lightness != (1.0 if lighten else 0.0):
        lightness = min(1.0, lightness + _STEP) if lighten else max(0.0, lightness - _STEP)
        found = to_hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return found


def mix(colour: str, other: str, share: float) -> str:
    """Return `share` of a colour in another."""
    pairs = zip(parse_hex(colour), parse_hex(other), strict=True)
    red, green, blue = (a * share + b * (1 - share) for a, b in pairs)
    return to_hex((red, green, blue))
