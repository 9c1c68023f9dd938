"""Checks a pack offline: hashes, signature, chain; then computes and judges everything again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.evidence.canonical import Json
from service.evidence.chain import ChainEntry, entry_of, first_fault, signers
from service.evidence.envelope import integrity_problems, shape_of, signer_of
from service.evidence.errors import PackUnreadableError
from service.evidence.exported import FORMAT as CHAIN_FORMAT
from service.evidence.exported import verify_chain
from service.evidence.known_law import KnownLaw
from service.evidence.reading import read_json
from service.evidence.recomputation import Recomputation, named
from service.evidence.report import Report, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """What somebody who checks has from elsewhere than the pack.

    ``trusted`` is the fingerprint of the key that it must be signed with, ``now`` the clock.
    """

    law: KnownLaw
    now: datetime
    trusted: str | None = None


def verify_file(path: Path, verifier: Verifier) -> Report:
    """Check a pack or an exported chain on disk."""
    report = Report()
    try:
        content = read_json(path)
        if isinstance(content, dict) and content.get("format") == CHAIN_FORMAT:
            verify_chain(content, report, verifier.trusted)
        else:
            verify(shape_of(content), report, verifier)
    except PackUnreadableError as error:
        report.refuse("file", "unreadable", detail=error)
    return report


def verify(pack: Mapping[str, Json], report: Report, verifier: Verifier) -> None:
    """Check the content of a pack; every problem is named with its part."""
    report.problems.extend(integrity_problems(pack))
    _check_authorship(pack, report, verifier.trusted)
    entries = _checked_chain(pack, report)
    if report.problems:
        report.remark("not_computed")
        return
    with named(report, "head"):
        Recomputation(pack, report, verifier.law, verifier.now).run(entries)


def _check_authorship(pack: Mapping[str, Json], report: Report, trusted: str | None) -> None:
    signer = signer_of(pack)
    report.fingerprint = None if signer is None else signer.fingerprint
    if trusted is None:
        report.authorship = Said("no_key")
    elif signer is None or signer.fingerprint != trusted:
        report.authorship = Said("key_differs")
        report.refuse("signature", "key_differs")
    else:
        report.authorship = Said("key_agrees")


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
        signer = signer_of(pack)
        others = signers(entries) - ({signer.hex} if signer else set())
        if others:
            report.remark("chain_signers", n=len(others))
        return entries
    return ()
