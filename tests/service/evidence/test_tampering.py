"""A pack tampered with in each of its parts is refused, with the part named."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.evidence.canonical import sha256_of
from service.evidence.envelope import PARTS, signed_bytes
from service.evidence.keys import SigningKey
from service.evidence.report import Outcome, Report
from tests.service.evidence.conftest import KEY, TRUSTING, Pack, checked, pack_of

MALLORY = SigningKey.from_seed(b"m" * 32)
Small = Callable[[], Pack]


def parts_named(report: Report) -> set[str]:
    return {problem.part for problem in report.problems}


def rehash(pack: Pack) -> Pack:
    pack["manifest"] = {name: sha256_of(part) for name, part in pack["parts"].items()}
    return pack


def sign_again(pack: Pack, key: SigningKey) -> Pack:
    rehash(pack)
    pack["signature"]["public_key"] = key.public.hex
    pack["signature"]["value"] = key.sign(signed_bytes(pack))
    return pack


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(data, dict) and data:
        for name, one in data.items():
            yield from leaves(one, (*path, name))
    elif isinstance(data, list) and data:
        for n, one in enumerate(data):
            yield from leaves(one, (*path, n))
    else:
        yield path


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def put(data: Any, path: tuple[Any, ...], value: Any) -> None:
    at(data, path[:-1])[path[-1]] = value


def first_sample(pack: Pack) -> list[Any]:
    by_key = pack["parts"]["inputs"]["readings"]["long"]["registers"]
    values: list[Any] = next(iter(by_key.values()))["value"]
    return values


def last_digit(pack: Pack) -> None:
    values = first_sample(pack)
    values[5] = values[5] * (1.0 + 2.0**-52)


def drop_meter(pack: Pack) -> None:
    pack["parts"]["meters"]["registry"]["meters"].pop()


def set_in(*path: Any, value: Any) -> Callable[[Pack], None]:
    return lambda pack: put(pack["parts"], path, value)


TAMPERING: dict[str, tuple[str, Callable[[Pack], None]]] = {
    "a verdict": ("verdict", set_in("verdict", "findings", 0, "verdict", value="breach")),
    "a threshold": ("verdict", set_in("verdict", "findings", 0, "threshold", value=2.5)),
    "the day of the law": ("verdict", set_in("verdict", "on", value="2026-11-19")),
    "a rule": ("rule", set_in("rule", "rules", "paris_wue", "min_coverage", value=0.1)),
    "a lock": ("rule", set_in("rule", "lock", "paris_wue", "version", value=9)),
    "a fact": ("site_facts", set_in("site_facts", "facts", "floor_area_m2", value=1.0)),
    "a declaration": (
        "site_facts",
        set_in("site_facts", "declared", "site", "installed_it_power_kw", value=1.0),
    ),
    "a dropped meter": ("meters", drop_meter),
    "a class": ("meters", set_in("meters", "registry", "meters", 0, "max_per_h", value=1.5)),
    "a result": ("kpi", set_in("kpi", "results", 0, "expanded_uncertainty", value=0.001)),
    "the last digit of a sample": ("inputs", last_digit),
    "a missing sample": ("inputs", lambda pack: first_sample(pack).pop() and None),
    "a roll-up": ("rollups", lambda pack: pack["parts"]["rollups"].popitem() and None),
    "a raw hash": ("raw_hashes", set_in("raw_hashes", "complete", value=False)),
    "an import": ("corrections", set_in("corrections", "imports", value=[])),
    "a breach": ("breach", set_in("breach", "records", value=None)),
    "the code": ("code", set_in("code", "version", value="9.9")),
    "a removed entry": ("chain", lambda pack: pack["parts"]["chain"]["entries"].pop(1) and None),
    "the last entry": ("chain", lambda pack: pack["parts"]["chain"]["entries"].pop() and None),
    "an altered entry": (
        "chain",
        set_in("chain", "entries", 0, "body", "verdict", value="breach"),
    ),
}


def test_a_good_pack_is_computed_again_to_the_same_verdicts(small: Small) -> None:
    report = checked(small(), TRUSTING)

    assert report.problems == []
    assert str(report.authorship) == "signed with a key of the site that was given"
    told = small()["parts"]["verdict"]["findings"]
    assert [(one["rule_id"], one["verdict"]) for one in report.findings] == [
        (one["rule_id"], one["verdict"]) for one in told
    ]
    assert told[1]["verdict"] == "insufficient_data"


def test_every_part_is_tampered_with() -> None:
    assert {part for part, _ in TAMPERING.values()} == set(PARTS)


@pytest.mark.parametrize(("part", "tamper"), TAMPERING.values(), ids=TAMPERING.keys())
def test_a_tampered_part_is_named(small: Small, part: str, tamper: Callable[[Pack], None]) -> None:
    pack = small()
    tamper(pack)

    report = checked(pack)

    assert report.outcome is Outcome.REFUSED
    named = {p.part for p in report.problems if p.message == "content does not match its hash"}
    assert named == {part}
    assert report.findings == []


@pytest.mark.parametrize(("part", "tamper"), TAMPERING.values(), ids=TAMPERING.keys())
def test_hashing_again_without_the_key_does_not_help(
    small: Small, part: str, tamper: Callable[[Pack], None]
) -> None:
    pack = small()
    tamper(pack)

    assert "signature" in parts_named(checked(rehash(pack)))


@pytest.mark.parametrize(("part", "tamper"), TAMPERING.values(), ids=TAMPERING.keys())
def test_signing_again_with_another_key_is_not_the_sites(
    small: Small, part: str, tamper: Callable[[Pack], None]
) -> None:
    pack = small()
    tamper(pack)

    report = checked(sign_again(pack, MALLORY), TRUSTING)

    assert "signature" in parts_named(report)


# What the owner of the key itself cannot make agree: it follows from the other parts.
DERIVED = {
    "a verdict": {"verdict", "chain"},
    "a threshold": {"verdict", "chain"},
    "a rule": {"rule"},
    "a lock": {"rule"},
    "a fact": {"site_facts"},
    "a declaration": {"site_facts"},
    "a dropped meter": {"meters"},
    "a class": {"meters"},
    "a result": {"kpi"},
    "a missing sample": {"inputs"},
    "a roll-up": {"rollups"},
    "a breach": {"breach"},
    "a removed entry": {"chain"},
    "the last entry": {"chain"},
    "an altered entry": {"chain"},
}


@pytest.mark.parametrize("name", DERIVED)
def test_even_the_owner_of_the_key_cannot_make_the_parts_contradict(
    small: Small, name: str
) -> None:
    pack = small()
    TAMPERING[name][1](pack)

    report = checked(sign_again(pack, KEY), TRUSTING)

    assert DERIVED[name] <= parts_named(report)
    assert "signature" not in parts_named(report)


def test_the_signature_of_another_pack_does_not_fit(small: Small) -> None:
    pack, other = small(), pack_of("csp_noise_night")
    pack["signature"] = other["signature"]

    assert parts_named(checked(pack)) == {"signature"}


def test_a_part_can_neither_go_missing_nor_be_added(small: Small) -> None:
    for name in PARTS:
        pack = small()
        del pack["parts"][name]
        assert f"part '{name}': is missing" in map(str, checked(pack).problems)
    pack = small()
    pack["parts"]["more"] = {}
    assert "more" in parts_named(checked(pack))


def test_every_bad_part_is_named_not_only_the_first(small: Small) -> None:
    pack = small()
    for part, tamper in TAMPERING.values():
        tamper(pack)
        del part

    assert set(PARTS) <= parts_named(checked(pack))


OTHER_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=10),
    st.just([]),
    st.just({}),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_single_changed_value_is_refused(small: Small, data: st.DataObject) -> None:
    pack = small()
    # Each top-level field, then each part, as often as the large ones.
    field = data.draw(st.sampled_from([*sorted(pack), *(["parts"] * 6)]))
    base: tuple[Any, ...] = (field,)
    if field == "parts":
        base = (field, data.draw(st.sampled_from(PARTS)))
    path = data.draw(st.sampled_from([base + p for p in leaves(at(pack, base))]))
    value = data.draw(OTHER_VALUES.filter(lambda v: sha256_of(v) != sha256_of(at(pack, path))))
    put(pack, path, value)

    if field in {"format", "version"}:
        assert "signature" in parts_named(checked(pack))
    else:
        assert checked(pack).outcome is Outcome.REFUSED


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_nothing_that_somebody_signs_makes_the_check_crash(
    tiny: Small, data: st.DataObject
) -> None:
    pack = tiny()
    part = data.draw(st.sampled_from(PARTS))
    for _ in range(data.draw(st.integers(1, 3))):
        paths = [p for p in branches(pack["parts"][part]) if p]
        path = data.draw(st.sampled_from(paths or [()]))
        value = data.draw(OTHER_VALUES)
        if path:
            put(pack["parts"][part], path, value)
        else:
            pack["parts"][part] = value

    report = checked(sign_again(pack, MALLORY))

    assert report.outcome


def branches(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place, inner ones included; of a long list only its ends."""
    yield path
    if isinstance(data, dict):
        for name, one in data.items():
            yield from branches(one, (*path, name))
    elif isinstance(data, list):
        for n in {0, len(data) - 1} if data else ():
            yield from branches(data[n], (*path, n))


def test_a_verdict_without_its_rule_is_refused(small: Small) -> None:
    pack = small()
    for name in ("rules", "lock"):
        del pack["parts"]["rule"][name]["paris_wue"]

    problems = checked(sign_again(pack, KEY)).problems

    assert "the rules, their lock and the verdicts differ" in [one.message for one in problems]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("chain", "seq"), 99, "not at the head that was signed"),
        (("chain", "sha256"), "0" * 64, "not at the head that was signed"),
        (("site",), "elsewhere", "of another site than the pack"),
    ],
)
def test_the_head_of_the_pack_is_that_of_its_chain(
    small: Small, path: tuple[str, ...], value: object, said: str
) -> None:
    pack = small()
    put(pack["head"], path, value)

    assert said in str(checked(sign_again(pack, KEY)).problems)
