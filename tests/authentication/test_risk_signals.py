"""What speaks against a sign-in, one signal at a time, and what the sum of them leads to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ciam.authentication.risk import Verdict, judge
from ciam.authentication.risk_signals import SIGNALS, Facts, PastSignIn, listen, title_of
from ciam.policies import RiskPolicy

NOW = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
AN_HOUR_AGO, A_WEEK_AGO = NOW - timedelta(hours=1), NOW - timedelta(days=7)
CALM = Facts(
    now=NOW,
    country="JP",
    past=[PastSignIn(AN_HOUR_AGO, "JP"), PastSignIn(A_WEEK_AGO, "FR")],
    is_known_device=True,
    has_known_device=True,
    is_anonymous=False,
    is_guessable=False,
    customers_nearby=0,
    sign_ins_lately=0,
    failures_lately=0,
)


def test_nothing_speaks_against_who_signs_in_as_ever() -> None:
    assert listen(CALM, {}) == {}
    assert judge(CALM, RiskPolicy()).verdict is Verdict.ALLOW


def test_nothing_speaks_against_a_first_sign_in() -> None:
    first = replace(CALM, past=[], is_known_device=False, has_known_device=False, country="BR")
    assert listen(first, {}) == {}


@pytest.mark.parametrize(
    ("facts", "heard"),
    [
        (replace(CALM, is_known_device=False), ["new_device"]),
        (replace(CALM, country="KR"), ["new_country"]),
        (replace(CALM, country="BR"), ["new_country", "impossible_travel"]),
        (replace(CALM, country="FR"), ["impossible_travel"]),
        (replace(CALM, country=None), []),
        (replace(CALM, country="BR", past=[PastSignIn(AN_HOUR_AGO, None)]), []),
        (
            replace(CALM, country="FR", past=[PastSignIn(NOW, None), *CALM.past]),
            ["impossible_travel"],
        ),
        (replace(CALM, country="FR", past=CALM.past[1:]), []),
        (replace(CALM, is_anonymous=True), ["anonymous_network"]),
        (replace(CALM, customers_nearby=9), []),
        (replace(CALM, customers_nearby=10), ["busy_network"]),
        (replace(CALM, sign_ins_lately=5), ["quick_succession"]),
        (replace(CALM, failures_lately=4), []),
        (replace(CALM, failures_lately=5), ["failures"]),
        (replace(CALM, is_guessable=True), ["guessable_password"]),
    ],
)
def test_each_signal_speaks_for_itself(facts: Facts, heard: list[str]) -> None:
    assert list(listen(facts, {})) == heard


def test_every_signal_has_a_name_of_its_own_and_a_title() -> None:
    assert len({one.name for one in SIGNALS}) == len(SIGNALS)
    assert all(title_of(one.name) is one.title for one in SIGNALS)
    assert title_of("one of an older version").params == {"name": "one of an older version"}


def test_no_signal_alone_asks_but_for_an_impossible_journey_from_a_new_device() -> None:
    policy = RiskPolicy()
    assert all(one.weight < policy.ask for one in SIGNALS)
    thief = replace(CALM, country="BR", is_known_device=False)
    assert judge(thief, policy).verdict is Verdict.ASK
    assert judge(replace(thief, is_anonymous=True), policy).verdict is Verdict.REFUSE


def test_what_a_stranger_can_cause_for_somebody_else_never_asks_by_itself() -> None:
    disturbed = replace(CALM, failures_lately=1000)
    assert judge(disturbed, RiskPolicy()).verdict is Verdict.ALLOW


def test_an_operator_changes_a_weight_by_name_or_silences_a_signal() -> None:
    facts = replace(CALM, is_known_device=False)
    loud = RiskPolicy(weights={"new_device": 60})
    assert judge(facts, loud).verdict is Verdict.ASK
    assert judge(facts, RiskPolicy(weights={"new_device": 0})).signals == {}


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(49, Verdict.ALLOW), (50, Verdict.ASK), (99, Verdict.ASK), (100, Verdict.REFUSE)],
)
def test_the_thresholds_are_reached_exactly(score: int, verdict: Verdict) -> None:
    policy = RiskPolicy(weights={"new_device": score})
    assert judge(replace(CALM, is_known_device=False), policy).verdict is verdict
