"""The whole chain of a site as a file, and its check on another machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from service.evidence.canonical import Json, canonical
from service.evidence.chain import ChainEntry, Head, entry_of, first_fault
from service.evidence.keys import PublicKey
from service.evidence.report import Report

FORMAT: Final = "boucle-chain"
_VERSION: Final = 1


def write_chain(entries: Sequence[ChainEntry], site: str, path: Path) -> None:
    """Write every entry in canonical form."""
    content = {
        "format": FORMAT,
        "version": _VERSION,
        "site": site,
        "entries": [entry.record() for entry in entries],
    }
    part = path.with_name(path.name + ".part")
    part.write_bytes(canonical(content))
    part.replace(path)


def verify_chain(content: Json, report: Report, trusted: str | None) -> None:
    """Check an exported chain from its first entry on."""
    try:
        entries = [entry_of(one) for one in content["entries"]]
        site = content["site"]
    except (LookupError, TypeError, ValueError) as error:
        report.refuse("chain", f"an entry cannot be used: {error}")
        return
    head, fault = first_fault(entries, site, Head())
    if fault is not None:
        report.refuse("chain", fault)
        return
    prints = {PublicKey.from_hex(entry.public_key).fingerprint for entry in entries}
    if trusted is not None and prints != {trusted}:
        report.refuse("chain", "not every entry is by the key that was given")
    report.fingerprint = prints.pop() if len(prints) == 1 else None
    report.authorship = (
        "signed with the key that was given"
        if trusted is not None
        else "no key was given: this shows that the chain is whole, not who wrote it"
    )
    report.remarks.append(
        f"{len(entries)} entries up to {head.sha256}: compare this hash with one noted earlier, "
        "since a chain that ends too soon looks whole"
    )
