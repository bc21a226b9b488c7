"""An HTML form as a browser without scripts fills and encodes it (HTML, Form submission)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

Value = str | bool


class NotOnThePage(AssertionError):
    """The page has no such control, button, link or form; says what it has."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a form sends: where, how, and the entries in the order of the page."""

    method: str
    url: str
    enctype: str
    entries: tuple[tuple[str, str], ...]

    def encode(self) -> tuple[str, bytes | None, dict[str, str]]:
        """Give URL, body and headers of the request."""
        if self.method == "GET":
            return urlsplit(self.url)._replace(query=urlencode(self.entries)).geturl(), None, {}
        if self.enctype == "multipart/form-data":
            boundary = "----ciam-plain-browser"
            parts = [
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in self.entries
            ]
            body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
            return self.url, body, {"Content-Type": f"{self.enctype}; boundary={boundary}"}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.url, urlencode(self.entries).encode(), headers


def text_of(tag: Tag) -> str:
    """Give the visible text of an element, white space joined."""
    return " ".join(tag.get_text(" ").split())


def attribute(tag: Tag, name: str) -> str:
    """Give an attribute, empty when absent."""
    value = tag.get(name)
    return value if isinstance(value, str) else " ".join(value or [])


class Form:
    """One form of a page."""

    def __init__(self, page: BeautifulSoup, form: Tag, url: str) -> None:
        """Read the state the page gives every control."""
        self._page, self._form, self._url = page, form, url
        self._values: dict[int, list[str]] = {
            id(control): _initial(control) for control in self.controls()
        }

    def controls(self) -> list[Tag]:
        """List the controls that could be sent, also those tied by the `form` attribute."""
        own = attribute(self._form, "id")
        return [
            control
            for control in self._page.find_all(["input", "select", "textarea", "button"])
            if (
                attribute(control, "form") == own
                if control.has_attr("form")
                else self._form in control.parents
            )
        ]

    def buttons(self) -> list[Tag]:
        """List what sends the form."""
        return [c for c in self.controls() if _kind(c) in {"submit", "image"}]

    def labels(self) -> list[str]:
        """List what a person can fill, by label or else by name."""
        return [
            self._label(control) or attribute(control, "name")
            for control in self.controls()
            if _kind(control) not in {"submit", "image", "hidden", "button", "reset"}
        ]

    def fill(self, values: Mapping[str, Value]) -> None:
        """Type, tick (True, False) or choose, each by label text, name or id."""
        for key, value in values.items():
            self._set(key, value)

    def value(self, key: str) -> str:
        """Give what a control holds now."""
        return next(iter(self._values[id(self._find(key)[0])]), "")

    def submit(self, button: str | None = None) -> Submission:
        """Give what a click on the button (by text, name or id; the first one) sends."""
        clicked = self._button(button)
        entries = [
            (attribute(control, "name"), value)
            for control in self.controls()
            if attribute(control, "name") and not _is_disabled(control)
            for value in (self._clicked(control, clicked) or self._values[id(control)])
        ]

        def chosen(name: str, default: str) -> str:
            override = attribute(clicked, f"form{name}") if clicked else ""
            return override or attribute(self._form, name) or default

        return Submission(
            method=chosen("method", "get").upper(),
            url=urljoin(self._url, chosen("action", self._url)),
            enctype=chosen("enctype", "application/x-www-form-urlencoded"),
            entries=tuple((name, _crlf(value)) for name, value in entries),
        )

    def _set(self, key: str, value: Value) -> None:
        found = self._find(key)
        kind = _kind(found[0])
        if kind == "radio":
            for control in found:
                on = value in {attribute(control, "value"), self._label(control), True}
                self._values[id(control)] = [attribute(control, "value") or "on"] if on else []
            if not any(self._values[id(control)] for control in found):
                raise NotOnThePage(f"{key!r} has no choice {value!r}")
        elif kind == "checkbox":
            ticked = attribute(found[0], "value") or "on"
            self._values[id(found[0])] = [ticked] if value else []
        elif kind == "select":
            options = found[0].find_all("option")
            match = [o for o in options if value in {_option(o), text_of(o)}]
            if not match:
                raise NotOnThePage(f"{key!r} has no option {value!r}")
            self._values[id(found[0])] = [_option(match[0])]
        else:
            self._values[id(found[0])] = [str(value)]

    def _find(self, key: str) -> list[Tag]:
        controls = [c for c in self.controls() if _kind(c) not in {"submit", "image"}]
        tests: list[Callable[[Tag], bool]] = [
            lambda c: self._label(c) == key,
            lambda c: key in {attribute(c, "name"), attribute(c, "id")},
            lambda c: self._legend(c) == key,
            lambda c: self._label(c).startswith(key),
        ]
        for matches in tests:
            found = [control for control in controls if matches(control)]
            if found and _kind(found[0]) == "radio" and self._label(found[0]) != key:
                name = attribute(found[0], "name")
                return [c for c in controls if attribute(c, "name") == name]
            if found:
                return found
        raise NotOnThePage(f"no control {key!r}; there are {self.labels()}")

    def _label(self, control: Tag) -> str:
        own = attribute(control, "id")
        label = self._page.find("label", attrs={"for": own}) if own else None
        label = label or control.find_parent("label")
        return text_of(label) if isinstance(label, Tag) else attribute(control, "aria-label")

    def _legend(self, control: Tag) -> str:
        fieldset = control.find_parent("fieldset")
        legend = fieldset.find("legend") if isinstance(fieldset, Tag) else None
        return text_of(legend) if isinstance(legend, Tag) else ""

    def _button(self, wanted: str | None) -> Tag | None:
        buttons = self.buttons()
        if wanted is None:
            return buttons[0] if buttons else None
        for button in buttons:
            if wanted in {button_text(button), attribute(button, "name"), attribute(button, "id")}:
                return button
        raise NotOnThePage(f"no button {wanted!r}; there are {[button_text(b) for b in buttons]}")

    def _clicked(self, control: Tag, clicked: Tag | None) -> list[str]:
        return [attribute(control, "value")] if control is clicked else []


def button_text(button: Tag) -> str:
    """Give what is written on a button."""
    return text_of(button) or attribute(button, "value") or attribute(button, "aria-label")


def _kind(control: Tag) -> str:
    if control.name == "input":
        return attribute(control, "type").lower() or "text"
    if control.name == "button":
        return attribute(control, "type").lower() or "submit"
    return control.name


def _initial(control: Tag) -> list[str]:
    kind = _kind(control)
    if kind in {"checkbox", "radio"}:
        return [attribute(control, "value") or "on"] if control.has_attr("checked") else []
    if kind in {"submit", "image", "button", "reset", "file"}:
        return []
    if kind == "select":
        options = control.find_all("option")
        selected = [_option(o) for o in options if o.has_attr("selected")]
        return selected or (
            [_option(options[0])] if options and not control.has_attr("multiple") else []
        )
    if kind == "textarea":
        return [control.get_text().removeprefix("\n")]
    return [attribute(control, "value")]


def _option(option: Tag) -> str:
    return attribute(option, "value") if option.has_attr("value") else text_of(option)


def _is_disabled(control: Tag) -> bool:
    fieldset = control.find_parent("fieldset", attrs={"disabled": True})
    return control.has_attr("disabled") or fieldset is not None


def _crlf(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
