"""Who signed, and whether that counts: the pack by its key, each entry of a chain by its own."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from models.legal_time.days import legal_day
from service.evidence.chain import ChainEntry
from service.evidence.keys import PublicKey
from service.evidence.report import Report
from service.evidence.said import Said
from service.evidence.trust import Standing, Trust


def check_signer(
    signer: PublicKey | None, site: str, at: datetime, trust: Trust, report: Report
) -> None:
    """Say whether what was signed of a site at an instant is by a key that counts."""
    report.fingerprint = None if signer is None else signer.fingerprint
    report.authorship = Said("no_key")
    if signer is None:
        return
    standing = trust.standing(signer, site, at)
    if standing is Standing.TRUSTED:
        report.authorship, report.author_known = Said("key_agrees"), True
    elif standing is not Standing.UNKNOWN:
        report.authorship = _why(standing, signer, site, at)
        report.refuse("signature", report.authorship.key, **report.authorship.fields)


def check_packed_entries(
    entries: Sequence[ChainEntry], signer: PublicKey | None, trust: Trust, report: Report
) -> None:
    """Check who signed the entries of a pack, whose signature is over all of them."""
    others = {entry.public_key for entry in entries} - ({signer.hex} if signer else set())
    found = Counter(_refuse_misdated(entry, trust, report) for entry in entries)
    if found[Standing.REVOKED]:
        report.remark("entries_revoked", n=found[Standing.REVOKED])
    if others and found[Standing.TRUSTED] < len(entries):
        report.remark("chain_signers", n=len(others))


def check_exported_entries(entries: Sequence[ChainEntry], trust: Trust, report: Report) -> None:
    """Check who signed each entry of a chain that nothing else vouches for."""
    for entry in entries:
        signer = PublicKey.from_hex(entry.public_key)
        standing = trust.standing(signer, entry.site, entry.recorded_at)
        if standing not in {Standing.TRUSTED, Standing.UNKNOWN}:
            why = _why(standing, signer, entry.site, entry.recorded_at)
            report.refuse("chain", "entry_key", seq=entry.seq, detail=why)
            return
    prints = {PublicKey.from_hex(entry.public_key).fingerprint for entry in entries}
    report.fingerprint = prints.pop() if len(prints) == 1 else None
    report.author_known = bool(entries) and trust.knows_site(entries[0].site)
    report.authorship = Said("key_agrees" if report.author_known else "no_key")


def _refuse_misdated(entry: ChainEntry, trust: Trust, report: Report) -> Standing:
    """Refuse an entry by a key that is not of its site, or not of its day."""
    signer, at = PublicKey.from_hex(entry.public_key), entry.recorded_at
    standing = trust.standing(signer, entry.site, at)
    strange = standing is Standing.NOT_OF_SITE and not trust.is_one_key
    if strange or standing in {Standing.NOT_YET, Standing.NO_LONGER}:
        why = _why(standing, signer, entry.site, at)
        report.refuse("chain", "entry_key", seq=entry.seq, detail=why)
    return standing


def _why(standing: Standing, signer: PublicKey, site: str, at: datetime) -> Said:
    day = legal_day(at).isoformat()
    return Said(standing.value, {"fingerprint": signer.fingerprint, "site": site, "day": day})
