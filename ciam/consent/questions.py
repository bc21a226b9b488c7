"""Questions put to a person: the words, and what their answers must look like.

A form answers `notice_<key>` with the version that was shown, `purpose_<key>` with `give` or
`refuse`, and says in `shown_<key>` which version of the purpose that was about. Nothing is chosen
beforehand. An optional purpose left open counts as refused: the person saw it and went on without
agreeing, and is not asked at every sign-in. One that the form did not show is not decided; one
that changed under the form is asked again (ISO/IEC 29184 §5.5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from ciam.consent import notices as notice_rules
from ciam.consent.notices import Notice
from ciam.consent.purposes import Purpose
from ciam.consent.screens import Screen
from ciam.errors import FormRefused
from ciam.texts import Text

GIVE = "give"
REFUSE = "refuse"

_CHANGED = Text("This text has changed in the meantime. Please read it again.")


@dataclass(frozen=True, slots=True)
class NoticeQuestion:
    """One notice to accept, in the reader's language."""

    key: str
    title: str
    version: str
    href: str
    changed: str | None
    required: bool
    version_id: UUID
    content_hash: str


@dataclass(frozen=True, slots=True)
class PurposeQuestion:
    """One optional purpose, in the reader's language."""

    key: str
    title: str
    what: str
    why: str
    recipient: str
    href: str
    version: int
    version_id: UUID


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided: accepted notice versions, and yes or no by purpose version."""

    accepted: frozenset[UUID]
    purposes: Mapping[UUID, bool]


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked on one page; the field names are those of the templates."""

    language: str
    notices: tuple[NoticeQuestion, ...]
    purposes: tuple[PurposeQuestion, ...]

    def __bool__(self) -> bool:
        """Tell whether anything is asked."""
        return bool(self.notices or self.purposes)

    def shown_on(self, page: str, origin: str, **content: object) -> Screen:
        """Give the screen to keep; `origin` is our issuer, `content` what else the page said."""
        return Screen(
            page,
            origin,
            self.language,
            {
                **content,
                "notices": [
                    {
                        "key": item.key,
                        "title": item.title,
                        "version": item.version,
                        "changed": item.changed,
                        "sha256": item.content_hash,
                    }
                    for item in self.notices
                ],
                "purposes": [
                    {
                        "key": item.key,
                        "title": item.title,
                        "what": item.what,
                        "why": item.why,
                        "recipient": item.recipient,
                        "version": item.version,
                        "chosen_beforehand": None,
                    }
                    for item in self.purposes
                ],
            },
        )


def make_questions(
    notices: Iterable[Notice], purposes: Iterable[Purpose], language: str
) -> Questions:
    """Put versions into a reader's language."""
    return Questions(
        language,
        tuple(_ask_notice(item, language) for item in notices),
        tuple(_ask_purpose(item, language) for item in purposes),
    )


def check_answers(questions: Questions, values: Mapping[str, str]) -> Decisions:
    """Read the answers of a form; raise FormRefused when one is missing or about an old text."""
    errors: dict[str, Text] = {}
    accepted: set[UUID] = set()
    for notice in questions.notices:
        field = f"notice_{notice.key}"
        answer = values.get(field, "")
        if answer == notice.version:
            accepted.add(notice.version_id)
        elif answer:
            errors[field] = _CHANGED
        elif notice.required:
            errors[field] = Text("Please read “{title}” and agree to go on.", title=notice.title)
    decided: dict[UUID, bool] = {}
    for purpose in questions.purposes:
        field = f"purpose_{purpose.key}"
        shown = values.get(f"shown_{purpose.key}")
        if shown == str(purpose.version):
            decided[purpose.version_id] = values.get(field) == GIVE
        elif shown is not None or field in values:
            errors[field] = _CHANGED
    if errors:
        raise FormRefused("a question is open, or was about another text", errors=errors)
    return Decisions(frozenset(accepted), decided)


def _ask_notice(notice: Notice, language: str) -> NoticeQuestion:
    _, texts = notice_rules.texts_in(notice, language)
    return NoticeQuestion(
        notice.key,
        texts.title,
        notice.version,
        notice.href,
        texts.changed,
        notice.document.required,
        notice.id,
        notice.content_hash.hex(),
    )


def _ask_purpose(purpose: Purpose, language: str) -> PurposeQuestion:
    texts = purpose.document.texts_in(language)
    return PurposeQuestion(
        purpose.key,
        texts.title,
        texts.what,
        texts.why,
        texts.recipient,
        purpose.href,
        purpose.version,
        purpose.id,
    )
