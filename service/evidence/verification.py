"""Checks a pack offline: hashes, signature, chain; then computes and judges everything again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.evidence.authorship import check_packed_entries, check_signer
from service.evidence.canonical import Json, instant_of
from service.evidence.chain import ChainEntry, entry_of, first_fault
from service.evidence.envelope import integrity_problems, shape_of, signer_of
from service.evidence.errors import PackUnreadableError
from service.evidence.exported import FORMAT as CHAIN_FORMAT
from service.evidence.exported import verify_chain
from service.evidence.heads import HeadList, compare_heads
from service.evidence.known_law import KnownLaw
from service.evidence.reading import read_json
from service.evidence.recomputation import Recomputation, named
from service.evidence.report import Report
from service.evidence.trust import NOBODY, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """What somebody who checks has from elsewhere than the pack.

    ``heads`` are lists that were published, ``now`` the clock.
    """

    law: KnownLaw
    now: datetime
    trust: Trust = NOBODY
    heads: tuple[HeadList, ...] = ()


def verify_file(path: Path, verifier: Verifier) -> Report:
    """Check a pack or an exported chain on disk."""
    report = Report()
    try:
        content = read_json(path)
        if isinstance(content, dict) and content.get("format") == CHAIN_FORMAT:
            verify_chain(content, report, verifier.trust, verifier.heads)
        else:
            verify(shape_of(content), report, verifier)
    except PackUnreadableError as error:
        report.refuse("file", "unreadable", detail=error.said)
    return report


def verify(pack: Mapping[str, Json], report: Report, verifier: Verifier) -> None:
    """Check the content of a pack; every problem is named with its part."""
    report.problems.extend(integrity_problems(pack))
    entries = _checked_chain(pack, report)
    with named(report, "head"):
        site, made_at = pack["head"]["site"], instant_of(pack["head"]["made_at"])
        check_signer(signer_of(pack), site, made_at, verifier.trust, report)
        check_packed_entries(entries, signer_of(pack), verifier.trust, report)
        if verifier.heads:
            compare_heads(entries, site, verifier.heads, verifier.trust, report)
    if report.problems:
        report.remark("not_computed")
        return
    with named(report, "head"):
        Recomputation(pack, report, verifier.law, verifier.now).run(entries)


def _checked_chain(pack: Mapping[str, Json], report: Report) -> Sequence[ChainEntry]:
    with named(report, "chain"):
        chain, head = pack["parts"]["chain"], pack["head"]["chain"]
        entries = [entry_of(one) for one in chain["entries"]]
        reached, fault = first_fault(entries, chain["site"])
        if fault is not None:
            report.refuse("chain", "chain_fault", detail=fault)
        elif {"seq": reached.seq, "sha256": reached.sha256} != head:
            report.refuse("chain", "chain_end", seq=reached.seq)
        elif chain["site"] != pack["head"]["site"]:
            report.refuse("chain", "chain_site")
        return entries
    return ()
