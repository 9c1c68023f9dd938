"""The key that signs evidence, and the chain of evidence, for whoever wants to check them."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel

from service.api.parameters import GREATEST_INTEGER
from service.evidence.chain import ChainEntry, Head
from service.evidence.keys import ALGORITHM, PublicKey

_MOST_ENTRIES = 1000


class ChainReader(Protocol):
    """Reads the chain of one site; raises StoreAway."""

    async def head(self) -> Head:
        """The newest entry; seq 0 before the first."""
        ...

    async def entries(self, since: int, limit: int) -> Sequence[ChainEntry]:
        """Entries from a number on, in order."""
        ...


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


def evidence_router(key: PublicKey, chain: ChainReader) -> APIRouter:
    """Routes under /api/v1/evidence."""
    router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])

    @router.get("/key")
    async def public_key() -> KeyAnswer:
        """The key that packs and entries of the chain are signed with."""
        return KeyAnswer(
            algorithm=ALGORITHM,
            public_key=key.hex,
            public_key_pem=key.pem(),
            fingerprint_sha256=key.fingerprint,
        )

    @router.get("/chain/head")
    async def head() -> HeadAnswer:
        """The newest entry of the chain of evidence."""
        newest = await chain.head()
        return HeadAnswer(seq=newest.seq, sha256=newest.sha256)

    @router.get("/chain")
    async def entries(
        since: Annotated[int, Query(ge=1, le=GREATEST_INTEGER)] = 1,
        limit: Annotated[int, Query(ge=1, le=_MOST_ENTRIES)] = 100,
    ) -> list[dict[str, Any]]:
        """Entries of the chain of evidence, in order."""
        return [entry.record() for entry in await chain.entries(since, limit)]

    return router
