"""Fake providers: one server that answers as each real one does, quirks included.

What stands here is written from the providers' documents, not from our declarations of them: a
wrong address or parameter in `providers/` is answered with 404 or an error.
"""

from tests.parts.fake_providers.openid import (
    Apple,
    DAccount,
    Google,
    Kakao,
    Line,
    LinkedIn,
    Microsoft,
    OpenId,
    YahooJapan,
)
from tests.parts.fake_providers.plain import Amazon, Discord, Facebook, GitHub, Naver, TikTok, X
from tests.parts.fake_providers.protocol import FakeClient, FakeProvider, Person
from tests.parts.fake_providers.server import FakeProviders

__all__ = ["ALL", "FakeClient", "FakeProvider", "FakeProviders", "Person"]

ALL = {
    fake.key: fake
    for fake in (
        Amazon,
        Apple,
        DAccount,
        Discord,
        Facebook,
        GitHub,
        Google,
        Kakao,
        Line,
        LinkedIn,
        Microsoft,
        Naver,
        OpenId,
        TikTok,
        X,
        YahooJapan,
    )
}
