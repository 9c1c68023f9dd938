"""The whole chain of a site as a file, and its check on another machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from service.evidence.authorship import check_exported_entries
from service.evidence.canonical import Json, canonical
from service.evidence.chain import ChainEntry, EntryError, Head, entry_of, first_fault
from service.evidence.heads import HeadList, compare_heads
from service.evidence.report import Report
from service.evidence.trust import Trust

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


def verify_chain(
    content: Json, report: Report, trust: Trust, heads: Sequence[HeadList] = ()
) -> None:
    """Check an exported chain from its first entry on."""
    try:
        entries = [entry_of(one) for one in content["entries"]]
        site = content["site"]
    except EntryError as error:
        report.refuse("chain", "unusable", detail=error.said)
        return
    except (LookupError, TypeError, ValueError) as error:
        report.refuse("chain", "unusable", detail=error)
        return
    head, fault = first_fault(entries, site, Head())
    if fault is not None:
        report.refuse("chain", "chain_fault", detail=fault)
        return
    check_exported_entries(entries, trust, report)
    if heads:
        compare_heads(entries, site, heads, trust, report)
    report.remark("chain_whole", n=len(entries), sha256=head.sha256)
