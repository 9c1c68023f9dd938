"""The tables in ``service/storage/VIEWS.md``, from what the database says of its views.

``python -m tests.service.storage.views_table`` writes them anew.
"""

import asyncio
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Final

from service.storage.connection import Connection, connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate

DOCUMENT: Final = Path(__file__).parents[3] / "service" / "storage" / "VIEWS.md"
_BEGIN, _END = "<!-- views: begin -->\n", "<!-- views: end -->\n"
COLUMNS: Final = """
select c.relname as view, obj_description(c.oid) as about, a.attname as name,
    format_type(a.atttypid, null) as type, col_description(c.oid, a.attnum) as text
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'boucle_views'::regnamespace and c.relkind = 'v'
order by c.relname, a.attnum
"""


async def with_views(conn: Connection, text: str) -> str:
    """The text with the views of today between its marks."""
    before, rest = text.split(_BEGIN)
    parts = []
    for (view, about), columns in groupby(
        await conn.fetch(COLUMNS), key=lambda row: (row["view"], row["about"])
    ):
        lines = [f"| `{one['name']}` | {one['type']} | {one['text']} |" for one in columns]
        parts.append(
            "\n".join([f"### {view}", "", about, "", "| column | type | what |", "|---|---|---|"])
            + "\n"
            + "\n".join(lines)
        )
    return f"{before}{_BEGIN}\n" + "\n\n".join(parts) + f"\n\n{_END}{rest.split(_END)[1]}"


async def _written(folder: Path, text: str) -> str:
    async with EmbeddedPostgres(folder) as server, connected(server.dsn) as conn:
        await migrate(conn)
        return await with_views(conn, text)


def _main() -> None:
    with tempfile.TemporaryDirectory(prefix="boucle-views-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        text = asyncio.run(_written(folder, DOCUMENT.read_text(encoding="utf-8")))
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _main()
