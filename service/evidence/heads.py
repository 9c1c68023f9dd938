"""The published heads of chains: what a site had written by a day, for anyone to compare with.

Who holds the key of a site can write another past for it. It cannot make that past agree with a
head that others noted; the City countersigns the list that everybody notes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from service.evidence.canonical import Json, canonical, instant_of, utc_text
from service.evidence.chain import ChainEntry
from service.evidence.errors import HeadsFileError, PackUnreadableError
from service.evidence.keys import ALGORITHM, PublicKey, SigningKey
from service.evidence.reading import read_json
from service.evidence.report import Report
from service.evidence.trust import Standing, Trust

FORMAT: Final = "boucle-heads"
_VERSION: Final = 1
# What the clocks of two machines may differ by.
_CLOCKS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PublishedHead:
    """The newest entry of a chain, when it was written, and when it was published."""

    site: str
    seq: int
    sha256: str
    recorded_at: datetime
    published_at: datetime

    def record(self) -> dict[str, Json]:
        """As it is published."""
        return {
            "site": self.site,
            "seq": self.seq,
            "sha256": self.sha256,
            "recorded_at": utc_text(self.recorded_at),
            "published_at": utc_text(self.published_at),
        }

    @classmethod
    def of(cls, data: Json) -> Self:
        """The inverse; LookupError, TypeError or ValueError otherwise."""
        seq = data["seq"]
        if type(seq) is not int or seq < 1:
            msg = f"{seq!r} is no number of an entry"
            raise ValueError(msg)
        return cls(
            site=str(data["site"]),
            seq=seq,
            sha256=str(data["sha256"]),
            recorded_at=instant_of(data["recorded_at"]),
            published_at=instant_of(data["published_at"]),
        )


@dataclass(frozen=True, slots=True)
class HeadList:
    """A list of heads and who countersigned it, if anybody did."""

    heads: tuple[PublishedHead, ...]
    signer: PublicKey | None = None


def heads_document(heads: Iterable[PublishedHead], key: SigningKey | None) -> dict[str, Json]:
    """The list as it is published, each head once, signed when there is a key."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "version": _VERSION,
        "heads": [one.record() for one in sorted(set(heads))],
    }
    if key is None:
        return document
    signature = {
        "algorithm": ALGORITHM,
        "public_key": key.public.hex,
        "value": key.sign(canonical(document)),
    }
    return {**document, "countersignature": signature}


def read_heads(path: Path) -> HeadList:
    """Read a list that was published.

    Raises
    ------
    HeadsFileError
        If it is none, or its countersignature does not hold.
    """
    try:
        content = read_json(path)
        _require_format(content)
        heads = tuple(PublishedHead.of(one) for one in content["heads"])
        signature = content.pop("countersignature", None)
        return HeadList(heads, None if signature is None else _signer(signature, content))
    except (PackUnreadableError, LookupError, TypeError, ValueError, AttributeError) as error:
        msg = f"the list of heads {path} cannot be used: {error}"
        raise HeadsFileError(msg) from error


def _require_format(content: Json) -> None:
    if content["format"] != FORMAT or content["version"] != _VERSION:
        msg = f"it is no {FORMAT} of version {_VERSION}"
        raise ValueError(msg)


def _signer(signature: Json, content: Mapping[str, Json]) -> PublicKey:
    key = PublicKey.from_hex(signature["public_key"])
    if signature["algorithm"] != ALGORITHM or not key.signed(
        signature["value"], canonical(content)
    ):
        msg = "its countersignature does not match"
        raise ValueError(msg)
    return key


def compare_heads(
    entries: Sequence[ChainEntry],
    site: str,
    lists: Sequence[HeadList],
    trust: Trust,
    report: Report,
) -> None:
    """Compare a piece of chain with the heads of its site that were published."""
    for one in lists:
        _check_countersigner(one, trust, report)
    heads = [head for one in lists for head in one.heads if head.site == site]
    if not heads:
        report.remark("heads_none", site=site)
    by_seq = {entry.seq: entry for entry in entries}
    for head in heads:
        entry = by_seq.get(head.seq)
        if entry is None:
            _compare_times(head, entries, report)
        elif entry.sha256 != head.sha256:
            published = utc_text(head.published_at)
            report.refuse("chain", "head_other", seq=head.seq, published_at=published)
        else:
            _compare_times(head, entries, report)
            report.remark("head_agrees", seq=head.seq, published_at=utc_text(head.published_at))


def _compare_times(head: PublishedHead, entries: Sequence[ChainEntry], report: Report) -> None:
    """An entry after a head cannot have been there when the head was published."""
    if entries and head.seq > entries[-1].seq:
        report.remark("head_later", seq=head.seq)
        return
    early = head.published_at - _CLOCKS
    backdated = [one.seq for one in entries if one.seq > head.seq and one.recorded_at < early]
    if backdated:
        published = utc_text(head.published_at)
        report.refuse("chain", "head_backdated", seq=backdated[0], published_at=published)


def _check_countersigner(one: HeadList, trust: Trust, report: Report) -> None:
    if one.signer is None or not one.heads:
        report.remark("heads_unsigned")
        return
    standing = trust.countersigner(one.signer, max(head.published_at for head in one.heads))
    if standing is Standing.TRUSTED:
        report.remark("heads_countersigned", fingerprint=one.signer.fingerprint)
    elif standing is Standing.UNKNOWN:
        report.remark("heads_unsigned")
    else:
        report.refuse("heads", "heads_not_trusted", fingerprint=one.signer.fingerprint)
