"""What lets one start of the demo's server offer roles to click.

The demo writes the hash of a secret into the database that it started itself, and tells the secret
to the server that it starts, on a pipe. No setting and no request can do that: somebody else would
need to be the parent of the server and to write to its database.
"""

from service.accounts.tokens import new_secret, stored_form
from service.storage.accounts import transaction
from service.storage.connection import Pool, connected
from service.storage.named_sql import load_queries

_SQL = load_queries("handover.sql")
_TIMEOUT_S = 10.0


async def offer_handover(dsn: str) -> bytes:
    """A line for the next start of the server; one of before is of no use any more."""
    secret = new_secret()
    async with connected(dsn) as conn, conn.transaction():
        await conn.execute(_SQL["forget"], timeout=_TIMEOUT_S)
        await conn.execute(_SQL["offer"], stored_form(secret), timeout=_TIMEOUT_S)
    return f"{secret}\n".encode("ascii")


async def take_handover(pool: Pool, line: bytes) -> bool:
    """Whether the demo said this; once, and within a minute."""
    secret = line.decode("ascii", "replace").strip()
    async with transaction(pool) as conn:
        taken = await conn.fetchval(_SQL["take"], stored_form(secret), timeout=_TIMEOUT_S)
    return taken is not None
