"""The key that signs evidence, and the chain of evidence, for whoever wants to check them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from models.site.disclosure import Matter
from service.api.of_a_site import site_router
from service.api.parameters import GREATEST_INTEGER
from service.api.permissions import EVERYBODY, Here, reads
from service.api.recording import RECORDED
from service.evidence.keys import ALGORITHM, PublicKey

_MOST_ENTRIES = 1000


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


def key_router(key: PublicKey) -> APIRouter:
    """The key of the server."""
    of_server = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])

    @of_server.get("/key", dependencies=EVERYBODY)
    async def public_key() -> KeyAnswer:
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
async def head(here: Here) -> HeadAnswer:
    """The newest entry of the chain of evidence: a hash tells nothing of what it seals."""
    newest = await here.store.chain.head()
    return HeadAnswer(seq=newest.seq, sha256=newest.sha256)


@router.get("/evidence/chain", dependencies=[*reads(Matter.EVIDENCE), *RECORDED])
async def entries(
    here: Here,
    since: Annotated[int, Query(ge=1, le=GREATEST_INTEGER)] = 1,
    limit: Annotated[int, Query(ge=1, le=_MOST_ENTRIES)] = 100,
) -> list[dict[str, Any]]:
    """Entries of the chain of evidence, in order."""
    return [entry.record() for entry in await here.store.chain.entries(since, limit)]
