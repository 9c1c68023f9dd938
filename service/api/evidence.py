"""The key that signs evidence, and the chain of evidence, for whoever wants to check them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from models.site.disclosure import Matter
from service.api.caching import PublicRoute
from service.api.charters import rulebooks
from service.api.of_a_site import site_router
from service.api.paging import Page, PageAsked, number_of
from service.api.parameters import Instant
from service.api.permissions import EVERYBODY, Here, Who, reads, refused
from service.api.problems import ApiProblem, not_found
from service.api.recording import RECORDED
from service.evidence.chain import ChainEntry
from service.evidence.keys import ALGORITHM, PublicKey
from service.pack_desk import PackBusy, PackRefused


class KeyAnswer(BaseModel):
    """A public key."""

    algorithm: str
    public_key: str
    public_key_pem: str
    fingerprint_sha256: str


class HeadAnswer(BaseModel):
    """The newest entry of the chain: note its hash, and nothing before it can change unseen."""

    seq: int
    sha256: str


class ChainEntryAnswer(BaseModel):
    """One entry of the chain of evidence, as it is hashed and signed."""

    site: str = Field(description="id of the site", examples=["chapelle_international"])
    seq: int
    recorded_at: str = Field(
        description="when it was written, in the words that are hashed",
        examples=["2026-11-28T00:05:00.000000Z"],
    )
    rule_id: str
    reason: str = Field(
        description="changed, daily, packed, breach or joined", examples=["changed"]
    )
    body: dict[str, Any] = Field(
        description="what was found or done", examples=[{"verdict": "compliant"}]
    )
    prev_sha256: str
    public_key: str = Field(description="of the key that signed it, hexadecimal")
    sha256: str
    signature: str = Field(description="of the content, hexadecimal", examples=["7d" * 64])


class ChainPage(Page[ChainEntryAnswer]):
    """Entries of the chain, in order."""


class VerdictAnswer(BaseModel):
    """One verdict as the chain of evidence holds it."""

    seq: int = Field(description="number of its entry in the chain")
    recorded_at: datetime = Field(description="when it was written")
    reason: str = Field(
        description="changed, daily, or packed for an evidence pack", examples=["changed"]
    )
    rule_id: str
    rule_version: int | None
    on: date | None = Field(description="the legal day that was judged")
    verdict: str
    lack: str | None = Field(description="what was missing to judge")
    kpi: str | None = Field(description="the KPI that was judged; null without one")
    value: float | None = Field(description="in threshold_unit, as it was weighed")
    expanded_uncertainty: float | None = Field(description="of the KPI, coverage factor k = 2")
    coverage_ratio: float | None
    threshold: float | None
    threshold_unit: str | None
    margin: float | None = Field(description="positive on the compliant side")
    code_version: str | None
    sha256: str = Field(description="hash of the entry")

    @classmethod
    def of(cls, entry: ChainEntry) -> "VerdictAnswer":
        """From the chain; what an entry does not hold is null."""
        body: Mapping[str, Any] = entry.body
        kpi: Mapping[str, Any] = body.get("kpi") or {}
        same = ("rule_version", "on", "lack", "value", "threshold", "threshold_unit", "margin")
        return cls(
            seq=entry.seq,
            recorded_at=entry.recorded_at,
            reason=entry.reason,
            rule_id=entry.rule_id,
            verdict=body.get("verdict", ""),
            kpi=kpi.get("kpi"),
            expanded_uncertainty=kpi.get("expanded_uncertainty"),
            coverage_ratio=kpi.get("coverage_ratio"),
            code_version=body.get("code_version"),
            sha256=entry.sha256,
            **{name: body.get(name) for name in same},
        )


class VerdictPage(Page[VerdictAnswer]):
    """Verdicts, in the order they were written."""


class ImportAnswer(BaseModel):
    """A file of past readings that was taken in."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="its number", examples=[3])
    file_name: str = Field(description="as it was called", examples=["2025.npz"])
    sha256: str = Field(description="hash of its bytes")
    rows: int = Field(description="readings that were new", examples=[105120])
    from_ts: datetime = Field(description="time of its first reading")
    to_ts: datetime = Field(description="time of its last reading")
    imported_at: datetime = Field(description="when it was taken in")


class ImportPage(Page[ImportAnswer]):
    """Imports, oldest first."""


def key_router(key: PublicKey) -> APIRouter:
    """The key of the server."""
    of_server = APIRouter(prefix="/api/v1/evidence", tags=["evidence"], route_class=PublicRoute)

    @of_server.get("/key", dependencies=EVERYBODY)
    async def read_public_key() -> KeyAnswer:
        """The key that packs and entries of the chain are signed with."""
        return KeyAnswer(
            algorithm=ALGORITHM,
            public_key=key.hex,
            public_key_pem=key.pem(),
            fingerprint_sha256=key.fingerprint,
        )

    return of_server


router = site_router("evidence")


@router.get("/evidence/chain/head", dependencies=EVERYBODY)
async def read_chain_head(here: Here) -> HeadAnswer:
    """The newest entry of the chain of evidence: a hash tells nothing of what it seals."""
    newest = await here.store.chain.head()
    return HeadAnswer(seq=newest.seq, sha256=newest.sha256)


@router.get("/evidence/chain", dependencies=[*reads(Matter.EVIDENCE), *RECORDED])
async def list_chain_entries(here: Here, page: PageAsked) -> ChainPage:
    """Entries of the chain of evidence, in order, as they are hashed and signed."""
    first = max(number_of(page.cursor), 1)
    found = await here.store.chain.entries(first, page.limit + 1)
    return ChainPage(
        items=[ChainEntryAnswer(**entry.record()) for entry in found[: page.limit]],
        next=page.goes_on(str(found[page.limit].seq) if len(found) > page.limit else None),
    )


@router.get("/verdicts/history", tags=["charter"], dependencies=[*reads(Matter.VERDICT), *RECORDED])
async def list_verdict_history(
    here: Here,
    who: Who,
    page: PageAsked,
    rule: Annotated[
        str | None, Query(description="only of this rule", examples=["paris_ref"])
    ] = None,
    since: Annotated[
        Instant | None,
        Query(description="only what was written from then on", examples=["2026-11-01T00:00:00Z"]),
    ] = None,
) -> VerdictPage:
    """Verdicts as the chain of evidence holds them, in order: changes, and one a day."""
    shown = here.rules_shown(who)
    if rule is not None:
        if shown is not None and rule not in shown:
            why = f"the verdicts on {rule} of {here.id} are not for all"
            raise refused(who, why)
        shown = frozenset({rule})
    found = await here.store.chain.verdicts(
        shown,
        datetime(1970, 1, 1, tzinfo=UTC) if since is None else since,
        number_of(page.cursor),
        page.limit + 1,
    )
    items = found[: page.limit]
    return VerdictPage(
        items=[VerdictAnswer.of(one) for one in items],
        next=page.goes_on(str(items[-1].seq) if len(found) > page.limit else None),
    )


@router.get("/imports", dependencies=[*reads(Matter.EVIDENCE), *RECORDED])
async def list_imports(here: Here, page: PageAsked) -> ImportPage:
    """Files of past readings that were taken in, oldest first."""
    found = await here.store.imports.after(number_of(page.cursor), page.limit + 1)
    items = found[: page.limit]
    return ImportPage(
        items=[ImportAnswer.model_validate(one) for one in items],
        next=page.goes_on(str(items[-1].id) if len(found) > page.limit else None),
    )


@router.post(
    "/evidence/packs",
    dependencies=[*reads(Matter.EVIDENCE), *RECORDED],
    response_class=Response,
    responses={
        200: {
            "description": "a pack for boucle verify",
            "content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def make_evidence_pack(
    here: Here,
    who: Who,
    rule: Annotated[str, Query(description="a rule of the charter", examples=["paris_ref"])],
) -> Response:
    """A signed pack of the verdict on one rule now, recomputed from the stored readings.

    The verdict is written into the chain of evidence. One pack is made at a time.
    """
    shown = here.rules_shown(who)
    if shown is not None and rule not in shown:
        why = f"the evidence on {rule} of {here.id} is not for all"
        raise refused(who, why)
    if rule not in {one.id for one in rulebooks()[here.site.identity.charter].rules}:
        what = "rule"
        raise not_found(what, rule, f"see /api/v1/charters/{here.site.identity.charter}/rules")
    try:
        pack = await here.store.packs.pack(rule)
    except PackBusy as error:
        raise ApiProblem(
            503, "busy", "Busy", str(error), "ask again in a minute: one is made at a time"
        ) from error
    except PackRefused as error:
        raise ApiProblem(
            503, "pack_failed", "No pack", str(error), "the log of the server says why"
        ) from error
    name = f"{here.id}-{rule}.boucle.json.gz"
    return Response(
        pack,
        media_type="application/gzip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
