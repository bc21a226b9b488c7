"""Every kind of event has words, in both languages, and no two kinds the same."""

from ciam.audit.events import EventKind
from ciam.rendering import Renderer
from ciam.web.admin.event_words import EVENT_WORDS, event_words


def test_every_kind_has_words_of_its_own() -> None:
    assert sorted(set(EventKind) - set(EVENT_WORDS)) == []
    renderer = Renderer(static_url=lambda name: name)
    for language in ("en", "ja"):
        said = [renderer.say(event_words(kind), language) for kind in EventKind]
        assert len(said) == len(set(said))
    japanese = [renderer.say(event_words(kind), "ja") for kind in EventKind]
    assert [text for text in japanese if text.isascii()] == []


def test_a_kind_that_is_not_known_yet_is_shown_by_its_name() -> None:
    said = Renderer(static_url=lambda name: name).say(event_words("some.thing"), "ja")
    assert said == "some.thing"
