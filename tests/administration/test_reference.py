"""The pages of what can be set are those of the code, and say what a reader needs."""

from datetime import timedelta
from pathlib import Path

import pytest

from ciam.administration.config.documents import ConfigDocument, PoliciesConfig
from ciam.administration.reference import PAGES
from ciam.administration.reference.words import in_words, value
from ciam.policies import Policies
from ciam.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_what_the_code_says(page: str) -> None:
    assert (DOCS / page).read_text() == PAGES[page](), "run: make reference"


def test_every_setting_says_what_it_means() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert silent == []


def test_every_section_of_the_policies_can_stand_in_a_file_and_is_on_the_page() -> None:
    assert set(PoliciesConfig.model_fields) == set(Policies.model_fields)
    page = PAGES["policies.md"]()
    assert [name for name in Policies.model_fields if f"## {name}\n" not in page] == []


def test_every_kind_of_entry_is_on_the_page() -> None:
    page = PAGES["config.md"]()
    assert [name for name in ConfigDocument.model_fields if f"## {name}\n" not in page] == []


def test_no_default_of_a_secret_is_a_secret() -> None:
    assert "postgresql+asyncpg://user:password@host/name" in PAGES["settings.md"]()
    assert "SecretStr" not in "".join(write() for write in PAGES.values())


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(days=30), "30 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=61), "61 seconds"),
        (timedelta(0), "0 seconds"),
    ],
)
def test_durations_are_said_in_the_largest_unit_that_divides_them(
    duration: timedelta, said: str
) -> None:
    assert in_words(duration) == said


def test_a_duration_is_written_as_in_a_file_with_its_words_beside_it() -> None:
    assert value(timedelta(days=1)) == "86400 (1 day)"
    assert value(timedelta(seconds=30)) == "30"
