"""Whose key counts, on which days, and what published heads add to it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.__main__ import main as boucle
from service.evidence.chain import ChainEntry, Draft, Head, body_of, entries_after, entry_of
from service.evidence.envelope import write_pack
from service.evidence.errors import HeadsFileError, TrustFileError
from service.evidence.exported import write_chain
from service.evidence.heads import HeadList, PublishedHead, heads_document, read_heads
from service.evidence.keys import SigningKey
from service.evidence.report import Outcome, Report
from service.evidence.trust import Trust
from service.evidence.verification import Verifier, verify_file
from tests.service.evidence.conftest import KEY, NOW, SITE, TRUSTING, VERIFIER, Pack, built, checked
from tests.service.evidence.test_tampering import sign_again

OLD = KEY
NEW = SigningKey.from_seed(b"n" * 32)
CITY = SigningKey.from_seed(b"c" * 32)
MADE_ON = "2026-11-20"
Tiny = Callable[[], Pack]


def trust_file(path: Path, *keys: str, countersigners: str = "[]") -> Path:
    path.write_text(f"keys: [{', '.join(keys)}]\ncountersigners: {countersigners}\n", "utf-8")
    return path


def known(key: SigningKey, first: str, last: str = "null", *, site: str = SITE) -> str:
    return (
        f"{{site: {site}, public_key: '{key.public.hex}', valid_from: {first}, valid_to: {last}}}"
    )


def revoked(key: SigningKey) -> str:
    return known(key, "2020-01-01").replace("}", ", revoked: true}")


STANDING = [
    ((known(OLD, "2026-01-01"),), Outcome.GOOD, "signed with a key of the site"),
    ((known(OLD, MADE_ON, MADE_ON),), Outcome.GOOD, "signed with a key"),
    ((known(OLD, "2026-01-01", "2026-12-31"), known(NEW, "2027-01-01")), Outcome.GOOD, "signed"),
    ((known(OLD, "2026-11-21"),), Outcome.REFUSED, "does not count before its first day"),
    ((known(OLD, "2025-01-01", "2026-11-19"),), Outcome.REFUSED, "not count after its last day"),
    ((revoked(OLD),), Outcome.REFUSED, "was revoked"),
    ((known(OLD, "2026-01-01"), revoked(OLD)), Outcome.REFUSED, "was revoked"),
    ((known(NEW, "2026-01-01"),), Outcome.REFUSED, "none of those given for site"),
    ((known(OLD, "2026-01-01", site="elsewhere"),), Outcome.AUTHOR_UNKNOWN, "no key of the site"),
    ((), Outcome.AUTHOR_UNKNOWN, "no key of the site is known here"),
]


@pytest.mark.parametrize(("keys", "outcome", "said"), STANDING)
def test_a_key_counts_for_its_site_and_days(
    tmp_path: Path, tiny: Tiny, keys: tuple[str, ...], outcome: Outcome, said: str
) -> None:
    trust = Trust.of_file(trust_file(tmp_path / "trust.yaml", *keys))

    report = checked(tiny(), replace(VERIFIER, trust=trust))

    assert report.outcome is outcome
    assert said in str(report.authorship)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keys: [{site: s, public_key: 'ab', valid_from: 2026-01-01}]", "public_key"),
        ("keys: [{site: s}]", "Field required"),
        ("trusted: []", "Extra inputs"),
        (f"keys: [{known(OLD, '2026-02-01', '2026-01-01')}]", "valid_to is before"),
        ("keys: [", "cannot be read"),
    ],
)
def test_a_trust_file_that_cannot_be_used_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "trust.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrustFileError, match=said):
        Trust.of_file(path)
    with pytest.raises(TrustFileError, match="cannot be read"):
        Trust.of_file(tmp_path)


def rotated_chain() -> list[ChainEntry]:
    """Two entries by the old key, two days later two by the new one."""
    findings = built(("csp_noise_night",), None).findings
    drafts = [Draft(rule_id=f.rule_id, reason="changed", body=body_of(f)) for f in findings] * 2
    first = entries_after(Head(), SITE, drafts, OLD, NOW)
    head = Head(seq=first[-1].seq, sha256=first[-1].sha256)
    return first + entries_after(head, SITE, drafts, NEW, NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [
        ((known(OLD, "2026-01-01", "2026-11-21"), known(NEW, "2026-11-22")), Outcome.GOOD),
        ((known(OLD, "2026-01-01", "2026-11-21"), known(NEW, "2026-11-23")), Outcome.REFUSED),
        ((known(OLD, "2026-01-01"),), Outcome.REFUSED),
        ((revoked(OLD), known(NEW, "2026-11-22")), Outcome.REFUSED),
        ((), Outcome.AUTHOR_UNKNOWN),
    ],
)
def test_a_chain_of_two_keys_is_sound_when_each_signed_in_its_days(
    tmp_path: Path, keys: tuple[str, ...], outcome: Outcome
) -> None:
    path = tmp_path / "chain.json"
    write_chain(rotated_chain(), SITE, path)
    trust = Trust.of_file(trust_file(tmp_path / "trust.yaml", *keys))

    assert verify_file(path, replace(VERIFIER, trust=trust)).outcome is outcome


@pytest.mark.parametrize(
    ("keys", "said", "outcome"),
    [
        ((revoked(OLD), known(NEW, "2026-01-01")), "by a key that was revoked since", Outcome.GOOD),
        ((known(NEW, "2026-01-01"),), "none of those given", Outcome.REFUSED),
        (
            (known(OLD, "2026-11-21"), known(NEW, "2026-01-01")),
            "before its first day",
            Outcome.REFUSED,
        ),
    ],
)
def test_entries_of_a_pack_by_another_key_are_named(
    tmp_path: Path, tiny: Tiny, keys: tuple[str, ...], said: str, outcome: Outcome
) -> None:
    trust = Trust.of_file(trust_file(tmp_path / "trust.yaml", *keys))

    report = checked(sign_again(tiny(), NEW), replace(VERIFIER, trust=trust))

    assert report.outcome is outcome
    assert said in str(report.problems) + str(report.remarks)


def published(entry: ChainEntry, later: timedelta = timedelta(hours=1)) -> PublishedHead:
    return PublishedHead(
        site=entry.site,
        seq=entry.seq,
        sha256=entry.sha256,
        recorded_at=entry.recorded_at,
        published_at=entry.recorded_at + later,
    )


def with_heads(*heads: PublishedHead) -> Verifier:
    return replace(TRUSTING, heads=(HeadList(heads),))


def last_entry(pack: Pack) -> ChainEntry:
    return entry_of(pack["parts"]["chain"]["entries"][-1])


def test_a_chain_agrees_with_its_published_head_or_was_written_anew(tiny: Tiny) -> None:
    pack = tiny()
    last = last_entry(pack)
    head = published(last)

    def said(*heads: PublishedHead) -> tuple[Outcome, str]:
        report = checked(tiny(), with_heads(*heads))
        return report.outcome, str(report.problems) + str(report.remarks)

    outcome, words = said(head)
    assert outcome is Outcome.GOOD
    assert f"entry {last.seq} is the one that was published" in words
    outcome, words = said(replace(head, sha256="0" * 64))
    assert outcome is Outcome.REFUSED
    assert "the past was written anew" in words
    outcome, words = said(replace(head, seq=last.seq - 1, sha256=last.prev_sha256))
    assert outcome is Outcome.REFUSED
    assert "it was not there" in words
    outcome, words = said(replace(head, seq=last.seq + 5))
    assert outcome is Outcome.GOOD
    assert "comes after this" in words
    assert "no head of site" in said(replace(head, site="elsewhere"))[1]


def test_the_list_of_heads_is_as_good_as_who_countersigned_it(tmp_path: Path, tiny: Tiny) -> None:
    path, trusted = tmp_path / "heads.json", tmp_path / "trust.yaml"
    head = published(last_entry(tiny()))
    city = f"[{{public_key: '{CITY.public.hex}', valid_from: 2026-01-01}}]"
    trust = Trust.of_file(trust_file(trusted, known(OLD, "2026-01-01"), countersigners=city))

    def said(key: SigningKey | None) -> Report:
        path.write_text(json.dumps(heads_document([head, head], key)), encoding="utf-8")
        listed = read_heads(path)
        assert listed.heads == (head,)
        return checked(tiny(), replace(VERIFIER, trust=trust, heads=(listed,)))

    assert "is countersigned by" in str(said(CITY).remarks)
    assert said(CITY).outcome is Outcome.GOOD
    assert "is not countersigned" in str(said(None).remarks)
    assert said(NEW).outcome is Outcome.REFUSED
    assert "does not count for it" in str(said(NEW).problems)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: one["heads"][0].update(seq=9), "countersignature does not match"),
        (lambda one: one["heads"][0].update(seq=0), "no number of an entry"),
        (lambda one: one.update(format="x"), "no boucle-heads"),
        (lambda one: one.pop("heads"), "cannot be used"),
    ],
)
def test_a_list_that_was_altered_is_refused(
    tmp_path: Path, tiny: Tiny, change: Callable[[Pack], object], said: str
) -> None:
    document = heads_document([published(last_entry(tiny()))], CITY)
    change(document)
    path = tmp_path / "heads.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    with pytest.raises(HeadsFileError, match=said):
        read_heads(path)


def test_the_command_takes_a_trust_file_by_option_or_setting(
    tmp_path: Path, tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.commands.verify.now", lambda: VERIFIER.now)
    pack, heads, merged = (tmp_path / n for n in ("p.json", "heads.json", "merged.json"))
    write_pack(tiny(), pack)
    document = heads_document([published(last_entry(tiny()))], None)
    heads.write_text(json.dumps(document), encoding="utf-8")
    city = tmp_path / "city.key"
    city.write_bytes(CITY.pem())
    city.chmod(0o600)
    countersigner = f"[{{public_key: '{CITY.public.hex}', valid_from: 2026-01-01}}]"
    keys = known(OLD, "2026-01-01")
    path = str(trust_file(tmp_path / "trust.yaml", keys, countersigners=countersigner))

    # The City puts the lists of sites together and signs them, without a database.
    asked = ("evidence", "heads", heads, heads, "--countersign", city, "--out", merged)
    assert boucle([str(one) for one in asked]) == 0
    assert "1 heads" in capsys.readouterr().out
    assert boucle(["verify", str(pack), "--trust", path, "--heads", str(merged)]) == 0
    assert "is countersigned by" in capsys.readouterr().out
    assert boucle(["verify", str(pack)]) == 3
    monkeypatch.setenv("BOUCLE_TRUST", path)
    assert boucle(["verify", str(pack), "--lang", "fr"]) == 0
    assert "signé avec une clé du site" in capsys.readouterr().out
