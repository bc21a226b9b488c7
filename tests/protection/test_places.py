"""The country of an address comes along, or from a table of the operator; no network is asked."""

from pathlib import Path

import pytest

from ciam.errors import Misconfigured
from ciam.protection.places import Places
from ciam.settings import Settings


def _places(tmp_path: Path, *, countries: str | None = None, networks: str | None = None) -> Places:
    table, listed = tmp_path / "countries.csv", tmp_path / "networks.txt"
    if countries is not None:
        table.write_text(countries)
    if networks is not None:
        listed.write_text(networks)
    return Places.open(
        Settings(
            home=tmp_path,
            country_table=None if countries is None else table,
            anonymous_networks=None if networks is None else listed,
        )
    )


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("133.11.0.1", "JP"),
        ("2001:240::1", "JP"),
        ("::ffff:133.11.0.1", "JP"),
        ("127.0.0.1", None),
        ("192.0.2.7", None),
        ("10.1.2.3", None),
        ("fe80::1%eth0", None),
        ("nonsense", None),
    ],
)
def test_the_registries_tables_come_along(address: str, country: str | None) -> None:
    assert Places().country_of(address) == country
    assert Places().is_anonymous(address) is False


def test_the_operators_table_takes_their_place(tmp_path: Path) -> None:
    places = _places(
        tmp_path,
        countries="# ours\n192.0.2.0,192.0.2.127,jp,more\n\n192.0.2.128/25,BR\n2001:db8::/32,FR\n",
    )
    found = [
        places.country_of(address)
        for address in ("192.0.2.0", "192.0.2.127", "192.0.2.128", "192.0.2.255", "192.0.3.0")
    ]
    assert found == ["JP", "JP", "BR", "BR", None]
    assert places.country_of("2001:db8:ffff::1") == "FR"
    assert places.country_of("133.11.0.1") is None


def test_networks_that_hide_their_users_may_overlap(tmp_path: Path) -> None:
    networks = "198.51.100.0/24  some VPN\n198.51.100.0/25\n203.0.113.7\n2001:db8::/32,x\n"
    places = _places(tmp_path, networks=networks)
    for address, expected in (
        ("198.51.100.255", True),
        ("203.0.113.7", True),
        ("203.0.113.8", False),
        ("2001:db8::5", True),
        ("::ffff:203.0.113.7", True),
    ):
        assert places.is_anonymous(address) is expected, address


@pytest.mark.parametrize(
    ("countries", "said"),
    [
        ("192.0.2.0,192.0.2.9,JP\n192.0.2.9,192.0.2.20,BR\n", "overlaps"),
        ("192.0.2.9,192.0.2.0,JP\n", "line 1"),
        ("192.0.2.0,192.0.2.9,Japan\n", "line 1"),
        ("192.0.2.0,192.0.2.9\n", "line 1"),
        ("first,last,country\n", "line 1"),
        ("192.0.2.0,2001:db8::,JP\n", "line 1"),
    ],
)
def test_a_table_that_is_wrong_stops_the_start(tmp_path: Path, countries: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        _places(tmp_path, countries=countries)


def test_a_list_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        Places.open(Settings(home=tmp_path, anonymous_networks=tmp_path / "absent"))
