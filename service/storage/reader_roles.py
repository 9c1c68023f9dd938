"""The roles that read the views of ``boucle_views`` and nothing else, one per clearance."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import asyncpg
import structlog

from models.site.disclosure import Confidentiality
from service.storage.connection import Connection

VIEWS_SCHEMA: Final = "boucle_views"
READER_ROLES: Final[Mapping[Confidentiality, str]] = MappingProxyType(
    {one: f"boucle_reader_{one.name.lower()}" for one in Confidentiality}
)
ROLES_SQL: Final = Path(__file__).with_name("reader_roles.sql").read_text(encoding="utf-8")

_LOGIN_SQL: Final = Path(__file__).with_name("reader_login.sql").read_text(encoding="utf-8")
# What needs no quotes in SQL, and what PostgreSQL does not cut off.
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_log = structlog.get_logger(__name__)


async def grant_readers(conn: Connection) -> bool:
    """Make the roles and give them the views, as far as we may; whether all is as it should be."""
    try:
        async with conn.transaction():
            await conn.execute(ROLES_SQL)
    except asyncpg.InsufficientPrivilegeError as error:
        _log.warning(
            "reader_roles_not_permitted",
            error=str(error),
            remedy="as superuser of the database: boucle sql-roles | psql",
        )
        return False
    return True


def login_sql(name: str, clearance: Confidentiality) -> str:
    """What gives a login of this name a clearance, and takes any other from it.

    Raises
    ------
    ValueError
        If the name would need quotes, or is that of one of the roles that it is to be member of.
    """
    if not _NAME.fullmatch(name) or name in READER_ROLES.values() or name.startswith("pg_"):
        msg = f"{name!r} is no name for a login: use small letters, digits and underscores"
        raise ValueError(msg)
    return _LOGIN_SQL.replace("READER", READER_ROLES[clearance]).replace("NAME", name)
