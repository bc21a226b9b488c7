"""Fills templates: one environment for pages and mails, strict about what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup

from ciam.bundled import bundled_path
from ciam.rendering import formats
from ciam.rendering.brands import Brand
from ciam.rendering.catalogues import Catalogues
from ciam.texts import Text

_OPTIONAL: Mapping[str, object] = {
    "csrf_token": "",
    "form": SimpleNamespace(values={}, errors={}, alert=None),
    "journey": None,
    "message": None,
    "languages": (),
    "nonce": "",
}


@dataclass(frozen=True)
class RenderedMail:
    """One mail in one language: both parts say the same."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class LanguageLink:
    """One entry of the language switch."""

    code: str
    label: str
    href: str
    current: bool


class _CompiledTemplates(BytecodeCache):
    """A template is compiled once in a process, however many renderers fill it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of the same source."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _CompiledTemplates()


class Renderer:
    """Render pages and mails by name, in a language, for a brand."""

    def __init__(
        self,
        templates: Path | None = None,
        *,
        static_url: Callable[[str], str] = "/static/{}".format,
        default_language: str = "en",
    ) -> None:
        """Load the catalogues of `templates` (default: those that travel with the package)."""
        folder = templates or bundled_path("templates")
        self.catalogues = Catalogues(folder / "locale")
        self.default_language = default_language
        self._environment = _environment(folder, self.catalogues, static_url)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages on offer."""
        return self.catalogues.languages

    def choose_language(
        self, ui_locales: str = "", cookie: str = "", accept_language: str = ""
    ) -> str:
        """Return the language on offer that fits best (see Catalogues.choose)."""
        return self.catalogues.choose(
            ui_locales=ui_locales,
            cookie=cookie,
            accept_language=accept_language,
            default=self.default_language,
        )

    def language_links(self, language: str, href: Callable[[str], str]) -> Sequence[LanguageLink]:
        """Return the language switch; `href` gives the address of the page in a language."""
        return [
            LanguageLink(code, self.catalogues.label(code), href(code), code == language)
            for code in self.languages
        ]

    def render_page(
        self,
        name: str,
        *,
        language: str,
        brand: Brand,
        nonce: str,
        context: Mapping[str, object],
    ) -> str:
        """Return the HTML of `pages/<name>.html`; `admin/...` and `account/...` are names too."""
        path = f"{name}.html" if name.startswith("admin/") else f"pages/{name}.html"
        return self._environment.get_template(path).render(
            self._values(language, brand, {**context, "nonce": nonce})
        )

    def render_mail(
        self, name: str, language: str, brand: Brand, context: Mapping[str, object]
    ) -> RenderedMail:
        """Return subject, text and HTML of `mail/<name>`."""
        values = self._values(language, brand, {"recipient_name": None, **context})
        text = self._environment.get_template(f"mail/{name}.txt")
        subject = "".join(text.blocks["subject"](text.new_context(values)))
        html = self._environment.get_template(f"mail/{name}.html")
        return RenderedMail(
            subject=" ".join(subject.split()),
            text=text.render(values).strip() + "\n",
            html=html.render({**values, "subject": " ".join(subject.split())}).strip() + "\n",
        )

    def say(self, text: Text, language: str, timezone: str | None = None) -> str:
        """Return one sentence in a language."""
        zone = timezone or _zone(language)
        return formats.say(text, self.catalogues.translation(language), language, zone)

    def _values(
        self, language: str, brand: Brand, context: Mapping[str, object]
    ) -> dict[str, object]:
        return {
            **_OPTIONAL,
            "timezone": _zone(language),
            **context,
            "language": language,
            "brand": brand,
        }


def _zone(language: str) -> str:
    return formats.DEFAULT_TIMEZONE.get(language.split("-", maxsplit=1)[0], "UTC")


def _environment(
    folder: Path, catalogues: Catalogues, static_url: Callable[[str], str]
) -> Environment:
    """Build the environment. The language is read from the context, so one compiles for all."""

    @pass_context
    def gettext(context: Context, message: str) -> str:
        return catalogues.translation(context["language"]).ugettext(message)

    @pass_context
    def ngettext(context: Context, singular: str, plural: str, n: int) -> str:
        return catalogues.translation(context["language"]).ungettext(singular, plural, n)

    @pass_context
    def finalize(context: Context, value: object) -> object:
        if isinstance(value, Text):
            language = context["language"]
            translation = catalogues.translation(language)
            return formats.say(value, translation, language, context["timezone"])
        return value

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=_is_markup,  # noqa: S701 - everything but the text twins of mails
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=finalize,
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )
    _install_translations(environment, gettext, ngettext)
    environment.globals.update(static_url=static_url, csrf_field=_csrf_field)
    environment.filters.update(
        date=_written(formats.write_date),
        time=_written(formats.write_time),
        datetime=_written(formats.write_datetime),
        country=_written(formats.write_country),
        iso=formats.iso,
        field_id=formats.field_id,
        mask_email=formats.mask_email,
        prose=formats.prose,
        text=finalize,
    )
    return environment


def _is_markup(name: str | None) -> bool:
    """Escape everywhere but in the text twin of a mail, which is no markup."""
    return not (name or "").endswith(".txt")


def _install_translations(
    environment: Environment, gettext: Callable[..., str], ngettext: Callable[..., str]
) -> None:
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]  # added by the i18n extension at run time
    install(gettext, ngettext, newstyle=True)


def _written(write: Callable[[Any, str, str], str]) -> Callable[[Context, object], str]:
    @pass_context
    def written(context: Context, value: object) -> str:
        return write(value, context["language"], context["timezone"])

    return written


@pass_context
def _csrf_field(context: Context) -> Markup:
    """Return the hidden fields of every form: the token, and the journey where there is one."""
    fields = Markup('<input type="hidden" name="csrf_token" value="{}">').format(
        context["csrf_token"]
    )
    if context["journey"]:
        fields += Markup('<input type="hidden" name="journey" value="{}">').format(
            context["journey"]
        )
    return fields
