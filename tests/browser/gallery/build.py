"""Writes a gallery of every page and state: `python -m tests.browser.gallery.build FOLDER`."""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

from ciam.bundled import bundled_path
from ciam.rendering import LanguageLink, Renderer, brand_stylesheet
from tests.browser.gallery.mail_states import mails
from tests.browser.gallery.samples import states
from tests.browser.gallery.world import GREEN, PLAIN, YELLOW, State

LANGUAGES = ("en", "ja")
NONCE = "gallery"


def build(folder: Path) -> list[str]:
    """Render every page and mail in every language; return their paths within the folder."""
    renderer = Renderer()
    written: list[str] = []
    for language in LANGUAGES:
        for state in [*states(language), STYLE]:
            links = [
                LanguageLink(
                    code,
                    renderer.catalogues.label(code),
                    f"/{code}/{state.name}.html",
                    code == language,
                )
                for code in renderer.languages
            ]
            html = renderer.render_page(
                state.page,
                language=language,
                brand=state.brand,
                nonce=NONCE,
                context={"languages": links, **state.context},
            )
            written.append(_write(folder, f"{language}/{state.name}.html", html))
        for name, context in mails().items():
            mail = renderer.render_mail(name, language, PLAIN, context)
            written.append(_write(folder, f"{language}/mail-{name}.html", mail.html))
            _write(folder, f"{language}/mail-{name}.txt", f"{mail.subject}\n\n{mail.text}")
    _copy_static(folder)
    _write(folder, "favicon.ico", "")
    items = "".join(f'<li><a href="/{escape(path)}">{escape(path)}</a></li>' for path in written)
    _write(folder, "index.html", f"<!doctype html><title>Gallery</title><ul>{items}</ul>")
    return written


STYLE = State("style", "admin/style", {})


def _copy_static(folder: Path) -> None:
    source = bundled_path("templates") / "static"
    for path in (path for path in source.rglob("*") if path.is_file()):
        target = folder / "static" / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    for brand in (GREEN, YELLOW):
        _write(folder, f"static/brand/{brand.key}.css", brand_stylesheet(brand))


def _write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


if __name__ == "__main__":
    for line in build(Path(sys.argv[1])):
        print(line)
