"""Phone numbers: however one writes it, a number is one name; what gets no messages is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.customers.identifiers import mask_contact, normalise_login
from ciam.customers.phones import is_phone, mask_phone, parse_phone, read_phone, write_phone
from ciam.errors import FormRefused

NUMBER = "+819012345678"


@pytest.mark.parametrize(
    "typed",
    [
        "090-1234-5678",
        "09012345678",
        "090 1234 5678",
        "(090) 1234-5678",
        "０９０ー１２３４ー５６７８",
        "０９０－１２３４－５６７８",
        "\u3000090‐1234‐5678 ",
        "090−1234−5678",
        "+81 90-1234-5678",
        "＋８１９０１２３４５６７８",
        "+81 (0)90 1234 5678",
    ],
)
def test_one_number_has_one_form_however_it_is_written(typed: str) -> None:
    assert parse_phone(typed, "JP").address == NUMBER
    assert normalise_login(typed, "JP") == NUMBER
    assert is_phone(normalise_login(typed, "JP"))


@pytest.mark.parametrize(
    "typed",
    [
        "", "090", "0901234567", "090123456789", "+", "+81", "03-1234-5678", "0120-123-456",
        "0990-123456", "050-1234-5678", "090-1234-567x", "0800-FLOWERS", "090-1234-5678 ext. 5",
        "tel:+819012345678", "090\u00001234 5678", "9" * 400, "+999 123 456 789", "٠٩٠١٢٣٤٥٦٧",
        "090-1234-5678;phone-context=example.com", "taro@example.com",
    ],
)  # fmt: skip
def test_what_gets_no_messages_is_no_number_to_sign_in_with(typed: str) -> None:
    with pytest.raises(FormRefused) as refused:
        parse_phone(typed, "JP")
    assert set(refused.value.errors) == {"phone"}


def test_a_number_without_its_country_is_read_as_of_the_home_country_alone() -> None:
    assert read_phone("090-1234-5678", None) is None
    assert not is_phone(normalise_login("090-1234-5678"))
    assert normalise_login("+81 90-1234-5678") == NUMBER
    assert parse_phone("(202) 555-0143", "US").address == "+12025550143"
    assert parse_phone("+1 202 555 0143", "JP").country == "US"
    assert parse_phone("090-1234-5678", "JP").country == "JP"


def test_a_block_is_what_a_carrier_is_allotted() -> None:
    number = parse_phone("090-1234-5678", "JP")
    assert number.block == "+8190123"
    assert parse_phone("090-1239-9999", "JP").block == number.block
    assert parse_phone("090-1244-5678", "JP").block != number.block


@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_the_reader(text: str) -> None:
    for region in ("JP", "US", None):
        found = read_phone(text, region)
        if found is not None:
            assert read_phone(found.address, None) == found
            assert normalise_login(found.address, region) == found.lookup


def test_a_number_is_shown_masked_or_as_at_home_and_never_in_a_log() -> None:
    assert mask_phone(NUMBER) == mask_contact(NUMBER) == "••• •••• ••78"
    assert mask_contact("taro@example.com") == "t•••@example.com"
    assert write_phone(NUMBER, "JP") == "090-1234-5678"
    assert write_phone(NUMBER, "US") == "+81 90-1234-5678"
    assert "5678" not in repr(parse_phone(NUMBER, None))
