"""The chain shows what was removed, altered, swapped or added; the recorder writes what changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding, Verdict
from service.evaluation.ports import StoreAway
from service.evidence.chain import (
    NOTHING_BEFORE,
    ChainEntry,
    Draft,
    EntryError,
    Head,
    body_of,
    entries_after,
    entry_of,
    first_fault,
)
from service.evidence.exported import write_chain
from service.evidence.keys import SigningKey
from service.evidence.recording import Make, VerdictChain
from service.evidence.report import Outcome
from service.evidence.trust import Trust
from service.evidence.verification import verify_file
from service.site.facts import facts_of
from service.site.loader import load_site
from tests.service.evidence.conftest import (
    KEY,
    NOW,
    PROFILES,
    SITE,
    TRUSTING,
    VERIFIER,
    MemoryChain,
    built,
)
from tests.service.site.test_loader import SHIPPED

FACTS: SiteFacts = facts_of(load_site(SHIPPED, PROFILES).site)
FINDINGS: Sequence[Finding] = built(("csp_noise_night", "paris_wue"), 3).findings
DRAFTS = [Draft(rule_id=f.rule_id, reason="changed", body=body_of(f)) for f in FINDINGS] * 3
ENTRIES = entries_after(Head(), SITE, DRAFTS, KEY, NOW)
OTHER = SigningKey.from_seed(b"o" * 32)


def fault(entries: Sequence[ChainEntry]) -> str | None:
    found = first_fault(entries, SITE, Head())[1]
    return None if found is None else str(found)


def test_a_whole_chain_has_no_fault_and_ends_at_its_head() -> None:
    head, found = first_fault(ENTRIES, SITE, Head())

    assert found is None
    assert head == Head(seq=6, sha256=ENTRIES[-1].sha256)
    assert ENTRIES[0].prev_sha256 == NOTHING_BEFORE
    assert [entry_of(one.record()) for one in ENTRIES] == ENTRIES
    assert first_fault([], SITE, Head()) == (Head(), None)


def with_body(entry: ChainEntry) -> ChainEntry:
    return replace(entry, body={**entry.body, "verdict": "breach"})


def forged(entry: ChainEntry, key: SigningKey) -> ChainEntry:
    before = Head(seq=entry.seq - 1, sha256=entry.prev_sha256)
    draft = Draft(rule_id=entry.rule_id, reason="changed", body=with_body(entry).body)
    return entries_after(before, entry.site, [draft], key, entry.recorded_at)[0]


BROKEN: list[tuple[str, Callable[[list[ChainEntry]], list[ChainEntry]]]] = [
    ("entry 3 is missing", lambda e: e[:2] + e[3:]),
    ("entry 1 is missing", lambda e: e[1:]),
    ("entry 3: its content", lambda e: [*e[:2], with_body(e[2]), *e[3:]]),
    ("entry 3: its content", lambda e: [*e[:2], replace(e[2], sha256="0" * 64), *e[3:]]),
    ("entry 3: its signature", lambda e: [*e[:2], replace(e[2], signature="0" * 128), *e[3:]]),
    ("entry 4: does not follow entry 3", lambda e: [*e[:2], forged(e[2], KEY), *e[3:]]),
    ("entry 4: does not follow entry 3", lambda e: [*e[:2], forged(e[2], OTHER), *e[3:]]),
    ("entry 2 is missing", lambda e: [e[0], e[2], e[1], *e[3:]]),
    ("entry 3 is missing", lambda e: [e[0], e[1], e[1], *e[2:]]),
    ("entry 1: is of another site", lambda e: [replace(e[0], site="other"), *e[1:]]),
    ("entry 2: its content", lambda e: [e[0], replace(e[1], rule_id="x"), *e[2:]]),
    (
        "entry 2: its content",
        lambda e: [e[0], replace(e[1], recorded_at=NOW + timedelta(seconds=1)), *e[2:]],
    ),
]


@pytest.mark.parametrize(("said", "spoil"), BROKEN)
def test_the_first_bad_or_missing_entry_is_named(
    said: str, spoil: Callable[[list[ChainEntry]], list[ChainEntry]]
) -> None:
    found = fault(spoil(list(ENTRIES)))

    assert found is not None
    assert found.startswith(said)


def test_an_exported_chain_is_checked_offline(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.json", tmp_path / "cut.json"
    write_chain(ENTRIES, SITE, whole)
    write_chain([*ENTRIES[:2], *ENTRIES[3:]], SITE, cut)

    good = verify_file(whole, TRUSTING)
    assert good.outcome is Outcome.GOOD
    assert any(ENTRIES[-1].sha256 in str(remark) for remark in good.remarks)
    other = verify_file(whole, replace(VERIFIER, trust=Trust.of_key(OTHER.public.fingerprint)))
    assert other.outcome is Outcome.REFUSED
    assert "entry 3 is missing" in str(verify_file(cut, VERIFIER).problems[0])


class AwayOnce(MemoryChain):
    def __init__(self) -> None:
        super().__init__()
        self.away = False

    async def append(self, make: Make) -> Sequence[ChainEntry]:
        if self.away:
            raise StoreAway("gone")
        return await super().append(make)


def told(store: MemoryChain) -> list[tuple[str, str]]:
    return [(entry.rule_id, entry.reason) for entry in store.all]


@pytest.mark.asyncio
async def test_a_verdict_is_written_when_it_changes_and_once_a_legal_day() -> None:
    store = AwayOnce()
    recorder = VerdictChain(SITE, store, KEY)
    await recorder.observe(FINDINGS, FACTS, NOW)
    await recorder.observe(FINDINGS, FACTS, NOW + timedelta(minutes=1))
    assert told(store) == [(f.rule_id, "changed") for f in FINDINGS]

    # 22:59 and 23:00 UTC are two legal days in November.
    await recorder.observe(FINDINGS, FACTS, NOW.replace(hour=22, minute=59))
    assert len(store.all) == 2
    await recorder.observe(FINDINGS, FACTS, NOW.replace(hour=23, minute=0))
    assert told(store)[2:] == [(f.rule_id, "daily") for f in FINDINGS]

    bad = [replace(FINDINGS[0], verdict=Verdict.BREACH), FINDINGS[1]]
    await recorder.observe(bad, FACTS, NOW.replace(hour=23, minute=1))
    assert told(store)[4:] == [(FINDINGS[0].rule_id, "changed")]
    assert fault(store.all) is None


@pytest.mark.asyncio
async def test_a_new_process_goes_on_where_the_last_one_ended() -> None:
    store = AwayOnce()
    await VerdictChain(SITE, store, KEY).observe(FINDINGS, FACTS, NOW)

    await VerdictChain(SITE, store, KEY).observe(FINDINGS, FACTS, NOW + timedelta(minutes=1))

    assert len(store.all) == 2


@pytest.mark.asyncio
async def test_what_could_not_be_written_is_written_the_next_time() -> None:
    store = AwayOnce()
    recorder = VerdictChain(SITE, store, KEY)
    store.away = True
    with pytest.raises(StoreAway):
        await recorder.observe(FINDINGS, FACTS, NOW)
    store.away = False

    await recorder.observe(FINDINGS, FACTS, NOW + timedelta(minutes=1))

    assert len(store.all) == 2


@pytest.mark.asyncio
async def test_a_value_that_moves_is_no_other_verdict() -> None:
    store = MemoryChain()
    recorder = VerdictChain(SITE, store, KEY)
    await recorder.observe(FINDINGS, FACTS, NOW)

    moved = [replace(one, weighed_value=1.0, margin=0.5) for one in FINDINGS]
    await recorder.observe(moved, FACTS, NOW + timedelta(minutes=1))

    assert len(store.all) == 2


def test_an_entry_whose_columns_contradict_its_content_is_named() -> None:
    odd = Draft(rule_id="one_rule", reason="changed", body={"rule_id": "another"})
    unknown = Draft(rule_id="one_rule", reason="because", body={"rule_id": "one_rule"})
    for draft in (odd, unknown):
        found = fault(entries_after(Head(), SITE, [draft], KEY, NOW))
        assert found == "entry 1: its columns contradict its content"


def test_a_first_entry_that_names_one_before_it_is_refused() -> None:
    made = entries_after(Head(seq=0, sha256="ab" * 32), SITE, DRAFTS[:1], KEY, NOW)

    assert "names one before it" in str(first_fault(made, SITE)[1])


@pytest.mark.parametrize("odd", [None, 1, [], {}, {**ENTRIES[0].record(), "more": 1}])
def test_what_is_no_entry_is_refused(odd: object) -> None:
    with pytest.raises(ValueError, match="is not an entry"):
        entry_of(odd)


@pytest.mark.parametrize("name", ["seq", "body", "site", "recorded_at", "signature"])
def test_an_entry_with_a_field_of_another_type_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="another type"):
        entry_of({**ENTRIES[0].record(), name: True})


def test_a_broken_chain_is_told_in_french_too() -> None:
    (first, second, *_) = ENTRIES
    altered = [
        [first, replace(second, sha256="0" * 64)],
        [first, replace(second, seq=7)],
        [replace(first, site="elsewhere")],
    ]
    for entries in altered:
        found = first_fault(entries, SITE, Head())[1]
        assert found is not None
        french = found.words("fr")
        assert "inscription" in french
        assert "entry" not in french
        assert french != str(found)


def test_what_is_no_entry_is_told_in_french_too() -> None:
    with pytest.raises(EntryError) as refused:
        entry_of({"seq": 1})

    assert refused.value.said.words("fr") == "n’est pas une inscription de la chaîne"
