import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.intake.ticket_keys import ticket_keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("SHOP-123: pay twice", ("SHOP-123",)),
        ("[SHOP-123] and (WEB2-7), SHOP-123 again", ("SHOP-123", "WEB2-7")),
        ("Merge branch 'feature/SHOP-12-new-cart'", ("SHOP-12",)),
        ("Merge branch 'fix-SHOP-12'", ("SHOP-12",)),
        ("https://example.atlassian.net/browse/SHOP-9?x=1", ("SHOP-9",)),
        ("Refs SHOP-9.", ("SHOP-9",)),
        ("NODE-14 BUILD-2", ("NODE-14", "BUILD-2")),
    ],
)
def test_keys_are_found_where_people_write_them(text: str, keys: tuple[str, ...]) -> None:
    assert ticket_keys(text) == keys


NO_KEYS = (
    "UTF-8 UTF-16 SHA-1 SHA-256 SHA3-256 ISO-8859-1 ISO-8601 RFC-2616 CVE-2021-44228 CWE-79 PEP-8 X-1 "
    "AES-128 HTTP-2 ES6-2015 GPL-3 CP-1252 KOI8-1 IEEE-754 ECMA-262 PKCS-12 BASE-64 PR-12 GH-12 DEC-31 "
    "COVID-19 IPV6-1 "
    "shop-12 Shop-12 xSHOP-12 SHOP-012 SHOP-0 SHOP-12x SHOP-1.2 SHOP-1-2 A-B-SHOP-1 SHOP-12345678 SHOP_X "
    "FAR-TOO-LONG ABCDEFGHIJK-1 v1.SHOP-1 9F-12"
)


@pytest.mark.parametrize("word", NO_KEYS.split())
def test_what_only_looks_like_a_key_is_none(word: str) -> None:
    assert ticket_keys(f"About {word} again") == ()


@given(st.text())
def test_any_text_has_keys_of_one_form_each_once(text: str) -> None:
    keys = ticket_keys(text)
    assert len(set(keys)) == len(keys)
    assert all(key in text and key.partition("-")[2].isdigit() for key in keys)
