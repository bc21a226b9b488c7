"""Catalogues of translations, and the choice of a reader's language (BCP 47, RFC 4647 §3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE_LANGUAGE = "en"


class Catalogues:
    """Every language that has a folder under `templates/locale`, and English, the source."""

    def __init__(self, folder: Path) -> None:
        """Read all `<folder>/<language>/*.po`; one folder more is one language more."""
        self._translations: dict[str, NullTranslations] = {SOURCE_LANGUAGE: NullTranslations()}
        for language_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
            self._translations[language_folder.name] = _load(language_folder)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages on offer, English first."""
        return tuple(self._translations)

    def label(self, language: str) -> str:
        """Return what a language calls itself."""
        name = Locale.parse(language, sep="-").get_display_name(language) or language
        return name[:1].upper() + name[1:]

    def translation(self, language: str) -> NullTranslations:
        """Return the catalogue of a language on offer."""
        return self._translations[language]

    def choose(
        self,
        *,
        ui_locales: str = "",
        cookie: str = "",
        accept_language: str = "",
        default: str,
    ) -> str:
        """Return the first language on offer that the reader asked for.

        In this order: the request (OIDC Core §3.1.2.1, space separated), the remembered choice,
        the browser's Accept-Language (RFC 9110 §12.5.4). A tag is shortened from its end until
        it matches: `ja-Kana-JP` is served by `ja`.
        """
        wanted = [*ui_locales.split(), *([cookie] if cookie else [])]
        wanted += _by_quality(accept_language)
        for tag in wanted:
            found = self._lookup(tag)
            if found:
                return found
        return default if default in self._translations else SOURCE_LANGUAGE

    def _lookup(self, tag: str) -> str | None:
        offered = {language.lower(): language for language in self._translations}
        parts = tag.strip().lower().replace("_", "-").split("-")[:8]
        while parts:
            found = offered.get("-".join(parts))
            if found:
                return found
            parts.pop()
        return None


@cache
def _load(folder: Path) -> Translations:
    merged: Translations | None = None
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=folder.name.replace("-", "_"))
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        loaded = Translations(compiled)
        merged = loaded if merged is None else merged.add(loaded)
    return merged or Translations()


def _by_quality(header: str) -> Iterable[str]:
    ranked: list[tuple[float, int, str]] = []
    for position, item in enumerate(header[:500].split(",")):
        tag, _, parameters = item.strip().partition(";")
        quality = _quality(parameters)
        if tag and tag != "*" and quality > 0:
            ranked.append((-quality, position, tag))
    return [tag for _, _, tag in sorted(ranked)]


def _quality(parameters: str) -> float:
    key, _, value = parameters.replace(" ", "").partition("=")
    if key != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def language_labels(catalogues: Catalogues) -> Mapping[str, str]:
    """Return each language on offer with its own name."""
    return {language: catalogues.label(language) for language in catalogues.languages}
