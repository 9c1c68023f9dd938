"""A Modbus client packed and unpacked by hand, so that no library hides a mistake."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass

TIMEOUT_S = 3.0


@dataclass
class HandClient:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def exchange(self, unit: int, pdu: bytes, transaction: int = 7) -> bytes:
        """One request and its reply, function code first."""
        async with asyncio.timeout(TIMEOUT_S):
            self.writer.write(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)
            header = await self.reader.readexactly(7)
            got, protocol, length, who = struct.unpack(">HHHB", header)
            assert (got, protocol, who) == (transaction, 0, unit)
            return await self.reader.readexactly(length - 1)

    async def read(self, unit: int, function: int, address: int, count: int) -> bytes:
        """The registers' bytes, or the two bytes of an exception reply."""
        reply = await self.exchange(unit, struct.pack(">BHH", function, address, count))
        if reply[0] & 0x80:
            return reply
        assert reply[0] == function
        assert reply[1] == len(reply) - 2
        return reply[2:]


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[HandClient]:
    """A connection that is closed at the end."""
    async with asyncio.timeout(TIMEOUT_S):
        client = HandClient(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield client
    finally:
        client.writer.close()
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(TIMEOUT_S):
                await client.writer.wait_closed()
