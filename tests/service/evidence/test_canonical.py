"""Canonical bytes and signatures against the published examples, and what JSON lacks."""

import struct
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.readings import Origin
from service.evidence.canonical import canonical, instant_of, plain, sha256_of, utc_text
from service.evidence.errors import PackUnreadableError
from service.evidence.keys import PublicKey, SigningKey
from service.evidence.reading import parse_json

# RFC 8785, appendix B: bits of a double and how it is written.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]

# RFC 8032, 7.1: secret key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_numbers_are_written_as_rfc_8785_says(bits: str, text: str) -> None:
    value = struct.unpack(">d", bytes.fromhex(bits))[0]

    assert canonical(value) == text.encode()
    assert canonical(parse_json(text.encode(), "n")) == text.encode()


def test_the_example_of_rfc_8785_gives_its_bytes() -> None:
    given_text = (
        b'{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
        b'"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/",'
        b'"literals": [null, true, false]}'
    )
    expected = (
        "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b333333"
        "3333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e"
        "67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
    )

    assert canonical(parse_json(given_text, "example")).hex() == expected


def test_keys_are_sorted_by_utf_16_as_rfc_8785_shows() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]

    content = list(parse_json(canonical(dict.fromkeys(keys, 0)), "keys"))

    assert content == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_rfc_8032(
    secret: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey.from_seed(bytes.fromhex(secret))

    assert key.public.hex == public
    assert key.sign(bytes.fromhex(message)) == signature
    assert PublicKey.from_hex(public).signed(signature, bytes.fromhex(message))
    assert not PublicKey.from_hex(public).signed(signature, bytes.fromhex(message) + b"\x00")
    assert not PublicKey.from_hex(public).signed(signature.upper(), bytes.fromhex(message))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_to_itself(value: float) -> None:
    assert float(parse_json(canonical(value), "n")) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).filter(lambda data: "\\ud" not in ascii(data))
)
def test_what_was_read_has_the_same_bytes_again(data: object) -> None:
    assert canonical(parse_json(canonical(data), "data")) == canonical(data)


def test_what_json_lacks_has_one_form() -> None:
    assert plain(float("nan")) is None
    assert plain(np.float64("inf")) is None
    assert plain(2**64 - 1) == "18446744073709551615"
    assert plain(Decimal("0.10")) == "0.10"
    assert plain(Origin.IMPORTED) == "imported"
    assert plain((date(2026, 1, 2), {1: True})) == ["2026-01-02", {"1": True}]
    with pytest.raises(TypeError, match="no place in evidence"):
        plain(object())


def test_an_instant_has_one_text() -> None:
    instant = datetime(2026, 11, 20, 13, 32, 7, 1, tzinfo=UTC)

    assert utc_text(instant) == "2026-11-20T13:32:07.000001Z"
    assert instant_of(utc_text(instant)) == instant
    for odd in ("2026-11-20T13:32:07.1Z", "2026-11-20", "2026-11-20T13:32:07.000001+00:00"):
        with pytest.raises(ValueError, match="2026"):
            instant_of(odd)


def test_content_without_a_canonical_form_is_refused() -> None:
    with pytest.raises(PackUnreadableError):
        sha256_of({"a": "\ud800"})
    with pytest.raises(PackUnreadableError):
        sha256_of(float("nan"))
