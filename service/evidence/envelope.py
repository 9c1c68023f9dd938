"""What makes a pack whole: a hash of each part, and one signature over all of them."""

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from service.evidence.canonical import Json, canonical, sha256_of
from service.evidence.errors import PackUnreadableError
from service.evidence.keys import ALGORITHM, PublicKey, SigningKey
from service.evidence.report import Problem
from service.evidence.said import Said

FORMAT: Final = "boucle-evidence"
VERSION: Final = 3
PARTS: Final = (
    "verdict",
    "rule",
    "site_facts",
    "meters",
    "kpi",
    "inputs",
    "rollups",
    "raw_hashes",
    "corrections",
    "breach",
    "code",
    "chain",
)
_FIELDS: Final = frozenset({"format", "version", "head", "parts", "manifest", "signature"})
_SIGNATURE_FIELDS: Final = frozenset({"algorithm", "public_key", "value"})


def seal(parts: Mapping[str, Json], head: Mapping[str, Json], key: SigningKey) -> dict[str, Json]:
    """A pack of these parts. ``head`` names site, scope, day of making and place in the chain."""
    if set(parts) != set(PARTS):
        msg = f"a pack has the parts {', '.join(PARTS)}; got {', '.join(sorted(parts))}"
        raise ValueError(msg)
    pack: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "head": dict(head),
        "parts": {name: parts[name] for name in PARTS},
        "manifest": {name: sha256_of(parts[name]) for name in PARTS},
    }
    pack["signature"] = {
        "algorithm": ALGORITHM,
        "public_key": key.public.hex,
        "value": key.sign(signed_bytes(pack)),
    }
    return pack


def signed_bytes(pack: Mapping[str, Json]) -> bytes:
    """What the signature is over: everything but the parts themselves."""
    return canonical({name: pack[name] for name in ("format", "version", "head", "manifest")})


def write_pack(pack: Mapping[str, Json], path: Path) -> None:
    """Write a pack in its canonical form; packed with gzip when the name ends in ``.gz``."""
    data = canonical(pack)
    # Without its time, the same pack gives the same file.
    packed = gzip.compress(data, mtime=0) if path.suffix == ".gz" else data
    part = path.with_name(path.name + ".part")
    part.write_bytes(packed)
    part.replace(path)


def shape_of(pack: Json) -> dict[str, Json]:
    """The pack, when it has the fields of one.

    Raises
    ------
    PackUnreadableError
        If it is something else, or of a version that this program does not know.
    """
    if not isinstance(pack, dict) or pack.get("format") != FORMAT:
        raise PackUnreadableError(Said("not_a_pack", {"format": repr(FORMAT)}))
    if pack.get("version") != VERSION or isinstance(pack.get("version"), bool):
        theirs = repr(pack.get("version"))
        raise PackUnreadableError(Said("pack_version", {"theirs": theirs, "ours": VERSION}))
    if set(pack) != _FIELDS:
        odd = ", ".join(sorted(set(pack) ^ _FIELDS))
        raise PackUnreadableError(Said("pack_fields", {"fields": odd}))
    for name in ("head", "parts", "manifest", "signature"):
        if not isinstance(pack[name], dict):
            raise PackUnreadableError(Said("no_object", {"name": repr(name)}))
    return pack


def integrity_problems(pack: Mapping[str, Json]) -> Iterator[Problem]:
    """Each part that is missing, added or altered; then the signature."""
    parts, manifest = pack["parts"], pack["manifest"]
    for name in PARTS:
        if name not in parts:
            yield Problem(name, Said("missing"))
        elif name not in manifest:
            yield Problem(name, Said("no_hash"))
        elif sha256_of(parts[name]) != manifest[name]:
            yield Problem(name, Said("other_hash"))
    for name in sorted((set(parts) | set(manifest)) - set(PARTS)):
        yield Problem(name, Said("no_part"))
    if signer_of(pack) is None:
        yield Problem("signature", Said("bad_signature"))


def signer_of(pack: Mapping[str, Json]) -> PublicKey | None:
    """The key that signed the pack; None when the signature does not hold."""
    signature = pack["signature"]
    if set(signature) != _SIGNATURE_FIELDS or signature["algorithm"] != ALGORITHM:
        return None
    if not all(isinstance(one, str) for one in signature.values()):
        return None
    try:
        key = PublicKey.from_hex(signature["public_key"])
    except ValueError:
        return None
    return key if key.signed(signature["value"], signed_bytes(pack)) else None
