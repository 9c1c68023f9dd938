"""The chain of evidence, verdicts and events of breaches: each entry holds the hash before it.

Pure: what an entry is, how the next ones are made, and where a chain is broken.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from charter_rules.findings import Finding
from models.kpi.result import KpiResult
from service.evidence.canonical import Json, canonical, instant_of, plain, sha256_of, utc_text
from service.evidence.keys import PublicKey, SigningKey
from service.evidence.said import Said

NOTHING_BEFORE: Final = "0" * 64
CHANGED, DAILY, PACKED = "changed", "daily", "packed"
VERDICTS: Final = frozenset({CHANGED, DAILY, PACKED})
BREACH, JOINED = "breach", "joined"
REASONS: Final = VERDICTS | {BREACH, JOINED}


class EntryError(ValueError):
    """What stands in a chain is no entry of one."""

    def __init__(self, said: Said) -> None:
        super().__init__(str(said))
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A verdict or an event that is to be written down, and why."""

    rule_id: str
    reason: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """One verdict or event as it was written down. ``sha256`` covers every field but itself and
    ``signature``; ``prev_sha256`` is that of the entry before."""

    site: str
    seq: int
    recorded_at: datetime
    rule_id: str
    reason: str
    body: Mapping[str, Json]
    prev_sha256: str
    public_key: str
    sha256: str
    signature: str

    def content(self) -> dict[str, Json]:
        """What is hashed and signed."""
        return {
            "site": self.site,
            "seq": self.seq,
            "recorded_at": utc_text(self.recorded_at),
            "rule_id": self.rule_id,
            "reason": self.reason,
            "body": self.body,
            "prev_sha256": self.prev_sha256,
            "public_key": self.public_key,
        }

    def record(self) -> dict[str, Json]:
        """The entry as plain data."""
        return {**self.content(), "sha256": self.sha256, "signature": self.signature}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a chain; ``seq`` 0 before the first.

    ``unjoined`` is the newest event of a trail of breaches that was kept apart, and that the next
    entry takes into the chain.
    """

    seq: int = 0
    sha256: str = NOTHING_BEFORE
    unjoined: tuple[int, str] | None = None


def body_of(finding: Finding) -> dict[str, Json]:
    """What the chain keeps of a verdict: all that it rests on, without its words."""
    kpi = finding.kpi
    return {
        "rule_id": finding.rule_id,
        "rule_version": finding.rule_version,
        "rule_sha256": finding.rule_sha256,
        "parameter_id": finding.parameter_id,
        "on": plain(finding.on),
        "verdict": finding.verdict.value,
        "lack": finding.lack,
        "value": plain(finding.weighed_value),
        "threshold": plain(finding.threshold),
        "threshold_high": plain(finding.threshold_high),
        "threshold_unit": finding.threshold_unit,
        "guard_band": plain(finding.guard_band),
        "margin": plain(finding.margin),
        "kpi": None if kpi is None else _kpi_body(kpi),
        "known_on": plain(finding.known_on),
        "code_version": finding.code_version,
    }


def _kpi_body(kpi: KpiResult) -> dict[str, Json]:
    return {
        "kpi": kpi.kpi,
        "unit": kpi.unit,
        "value": plain(kpi.value),
        "expanded_uncertainty": plain(kpi.expanded_uncertainty),
        "window": plain(kpi.window),
        "coverage_ratio": plain(kpi.coverage_ratio),
        "origin": plain(kpi.origin),
        "withheld": plain(kpi.withheld),
        # Left out where there is none: verdicts without them read as they always did.
        **({"doubts": plain(kpi.doubts)} if kpi.doubts else {}),
        **({"documents": plain(kpi.documents)} if kpi.documents else {}),
    }


def entries_after(
    head: Head, site: str, drafts: Iterable[Draft], key: SigningKey, now: datetime
) -> list[ChainEntry]:
    """The entries that carry a chain on; none when there is nothing to write."""
    made: list[ChainEntry] = []
    wanted = list(drafts)
    if wanted and head.unjoined is not None:
        wanted.insert(0, _joining(head, head.unjoined))
    for draft in wanted:
        seq, prev = head.seq + 1, head.sha256
        unsigned = ChainEntry(
            site=site,
            seq=seq,
            recorded_at=now,
            rule_id=draft.rule_id,
            reason=draft.reason,
            body=draft.body,
            prev_sha256=prev,
            public_key=key.public.hex,
            sha256="",
            signature="",
        )
        content = unsigned.content()
        entry = entry_of(
            {**content, "sha256": sha256_of(content), "signature": key.sign(canonical(content))}
        )
        made.append(entry)
        head = Head(seq=seq, sha256=entry.sha256)
    return made


def _joining(head: Head, trail: tuple[int, str]) -> Draft:
    """The heads of the two chains of before, as the first link of the one from here on."""
    body = {
        "rule_id": "",
        "verdicts": {"seq": head.seq, "sha256": head.sha256},
        "trail": {"seq": trail[0], "sha256": trail[1]},
    }
    return Draft(rule_id="", reason=JOINED, body=body)


def entry_of(record: Json) -> ChainEntry:
    """An entry from plain data.

    Raises
    ------
    EntryError
        If a field is missing, added or of another type.
    """
    texts = ("site", "rule_id", "reason", "prev_sha256", "public_key", "sha256", "signature")
    fields = {*texts, "seq", "recorded_at", "body"}
    if not isinstance(record, Mapping) or set(record) != fields:
        raise EntryError(Said("not_an_entry"))
    sound = (
        isinstance(record["seq"], int)
        and not isinstance(record["seq"], bool)
        and isinstance(record["body"], Mapping)
        and all(isinstance(record[name], str) for name in (*texts, "recorded_at"))
    )
    if not sound:
        raise EntryError(Said("other_types"))
    return ChainEntry(**{**record, "recorded_at": instant_of(record["recorded_at"])})


def faults_of(entry: ChainEntry) -> Iterator[Said]:
    """What is wrong with one entry by itself."""
    content = entry.content()
    if sha256_of(content) != entry.sha256:
        yield Said("entry_hash")
    if entry.reason not in REASONS or entry.body.get("rule_id") != entry.rule_id:
        yield Said("entry_columns")
    try:
        signed = PublicKey.from_hex(entry.public_key).signed(entry.signature, canonical(content))
    except ValueError:
        signed = False
    if not signed:
        yield Said("entry_signature")


def _faults_in(entry: ChainEntry, site: str, head: Head | None) -> Iterator[Said]:
    """What is wrong with an entry that is to follow a head, whatever it is if that is None."""
    seq = entry.seq
    if entry.site != site:
        yield Said(
            "fault_of_entry", {"seq": seq, "fault": Said("entry_site", {"site": entry.site})}
        )
    if head is not None and seq != head.seq + 1:
        yield Said("entry_missing", {"missing": head.seq + 1, "seq": seq, "before": head.seq})
    for fault in faults_of(entry):
        yield Said("fault_of_entry", {"seq": seq, "fault": fault})
    if seq == 1 and entry.prev_sha256 != NOTHING_BEFORE:
        yield Said("fault_of_entry", {"seq": seq, "fault": Said("entry_first")})
    if head is not None and entry.prev_sha256 != head.sha256:
        before = Said("entry_after", {"before": head.seq})
        yield Said("fault_of_entry", {"seq": seq, "fault": before})


def first_fault(
    entries: Iterable[ChainEntry], site: str, before: Head | None = None
) -> tuple[Head, Said | None]:
    """Walk along a chain: its head, and the first entry that is bad or missing.

    ``before`` is what the first entry must follow; None when the chain begins somewhere.
    """
    head = before
    for entry in entries:
        for fault in _faults_in(entry, site, head):
            return head or Head(), fault
        head = Head(seq=entry.seq, sha256=entry.sha256)
    return head or Head(), None
