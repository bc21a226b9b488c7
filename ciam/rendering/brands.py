"""A brand: what an app may change of the look, checked so that the pages stay readable."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ciam.rendering.colours import AA_GRAPHIC, AA_TEXT, contrast, mix, readable_on, text_on
from ciam.texts import Text

LIGHT_SURFACE, DARK_SURFACE = "#ffffff", "#161b22"
MAX_RADIUS = 24
TYPEFACES = {
    "sans": "var(--font-sans)",
    "rounded": "var(--font-rounded)",
    "serif": "var(--font-serif)",
}


@dataclass(frozen=True)
class BrandLinks:
    """Where a brand's own pages are; None leaves the link out."""

    home: str | None = None
    help: str | None = None
    terms: str | None = None
    privacy: str | None = None


@dataclass(frozen=True)
class Brand:
    """Name, logo and tokens. The defaults are the installation's own look."""

    key: str = "default"
    name: str = "ciam"
    names: Mapping[str, str] = field(default_factory=dict)
    """The name by language, e.g. {"ja": "つむぎ商店"}; `name` where a language is missing."""
    logo_url: str | None = None
    """A path on this server; other origins are refused by the pages' CSP."""
    accent: str | None = None
    """#rrggbb"""
    radius: int | None = None
    """Corner radius in px, 0 to 24."""
    typeface: str | None = None
    """sans, rounded or serif: system typefaces, nothing is loaded."""
    links: BrandLinks = field(default_factory=BrandLinks)
    methods: Mapping[str, str] = field(default_factory=dict)
    """Where signing in on its pages differs (`ciam.policies.MethodPolicy`)."""

    def name_in(self, language: str) -> str:
        """Return the name for a language."""
        return (
            self.names.get(language)
            or self.names.get(language.split("-", maxsplit=1)[0])
            or self.name
        )

    @property
    def on_accent(self) -> str:
        """The text colour on the accent, for mails, which know no stylesheet of ours."""
        return text_on(self.accent) if self.accent else "#ffffff"

    @property
    def stylesheet_version(self) -> str:
        """A digest of the tokens; part of the stylesheet's address, so that it may be kept long."""
        return hashlib.sha256(brand_stylesheet(self).encode()).hexdigest()[:10]

    @property
    def has_stylesheet(self) -> bool:
        """Whether anything differs from the installation's own look."""
        return not (self.accent is None and self.radius is None and self.typeface is None)


def brand_problems(brand: Brand) -> tuple[Text, ...]:
    """Return what keeps a brand from being saved; empty when it is readable and safe."""
    problems: list[Text] = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", brand.key):
        problems.append(Text("A brand's key has 1 to 40 small letters, digits, hyphens."))
    if brand.accent is not None:
        problems += _accent_problems(brand.accent)
    if brand.radius is not None and not 0 <= brand.radius <= MAX_RADIUS:
        problems.append(Text("The corner radius is 0 to {most} px.", most=MAX_RADIUS))
    if brand.typeface is not None and brand.typeface not in TYPEFACES:
        problems.append(Text("The typeface is one of: {names}.", names=", ".join(TYPEFACES)))
    if brand.logo_url is not None and not re.fullmatch(r"/(?!/)[\w./-]+", brand.logo_url):
        problems.append(Text("The logo is a path on this server, such as /static/logo.svg."))
    return tuple(problems)


def _accent_problems(accent: str) -> list[Text]:
    try:
        ratio = contrast(accent, LIGHT_SURFACE)
    except ValueError:
        return [Text("The accent colour is written as #rrggbb.")]
    if ratio < AA_GRAPHIC:
        return [
            Text(
                "The accent colour {colour} stands out too little from white: {ratio} to 1,"
                " and at least {least} to 1 is needed.",
                colour=accent,
                ratio=round(ratio, 1),
                least=int(AA_GRAPHIC),
            )
        ]
    if contrast(text_on(accent), accent) < AA_TEXT:
        return [Text("Neither white nor black text is readable on the accent colour.")]
    return []


def brand_stylesheet(brand: Brand) -> str:
    """Return the tokens that a brand overrides, as CSS; the values are checked before use."""
    if brand_problems(brand):
        return ""
    shape = []
    if brand.radius is not None:
        shape.append(f"--radius:{brand.radius}px")
    if brand.typeface is not None:
        shape.append(f"--font:{TYPEFACES[brand.typeface]}")
    light, dark = shape, []
    if brand.accent is not None:
        light = [*shape, *_accent_tokens(brand.accent, LIGHT_SURFACE)]
        dark = _accent_tokens(readable_on(brand.accent, DARK_SURFACE), DARK_SURFACE)
    css = f":root{{{';'.join(light)}}}\n" if light else ""
    if dark:
        css += f"@media (prefers-color-scheme:dark){{:root{{{';'.join(dark)}}}}}\n"
    return css


def _accent_tokens(accent: str, surface: str) -> list[str]:
    on_accent, soft = text_on(accent), mix(accent, surface, 0.1)
    # Under the pointer a button moves away from its text, never towards it.
    away = "#000000" if on_accent == "#ffffff" else "#ffffff"
    return [
        f"--accent:{accent}",
        f"--accent-strong:{mix(accent, away, 0.84)}",
        f"--on-accent:{on_accent}",
        f"--accent-text:{readable_on(readable_on(accent, surface), soft)}",
        f"--accent-soft:{soft}",
        f"--focus:{readable_on(accent, surface)}",
    ]
