"""One Modbus TCP connection. The only file that knows pymodbus.

Read only by construction: of all the client can do, two read functions are referenced.

What pymodbus 3.16 does not do is done here: a reply is believed only if it has the right
function, transaction and number of registers; a connection that may hold a damaged reply is
closed before the next request; an RTU line that may hold a late one is listened to until it
is quiet (`QuietLine`), and has to answer a question that is not believed before one that is;
a peer that hangs up ends the request at once.
"""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from collectors.connecting import connect_detail, connect_trouble
from collectors.errors import CorruptReply, DeviceRefused, LinkDown, LinkError, LinkTimeout
from collectors.installation import ModbusLink
from collectors.modbus.exceptions import GATEWAY_CODES, refusal_trouble
from collectors.modbus.framing import (
    foreign_unit,
    may_be_echo,
    mbap_fault,
    readdressed,
    rtu_fault,
    rtu_unit,
)
from collectors.modbus.lanes import Lanes
from collectors.modbus.quiet import QuietLine, proof_of
from collectors.modbus.wire import Block, Reply
from models.trouble.trouble import Cause, Trouble

# Transitions are logged by the device tasks; the library would log every single attempt.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

# pymodbus counts from one on each connection, and takes no number above this.
_LAST_TRANSACTION: Final = 65_000
_FRAMERS: Final = {"mbap": FramerType.SOCKET, "rtu": FramerType.RTU}
# After a failed connect the units behind the link wait together instead of each trying.
CONNECT_PAUSE_S: Final = 1.0
# So many requests in a row without any reply, whoever was asked: the connection may be dead.
SILENT_REQUESTS_BEFORE_RECONNECT: Final = 3


class PymodbusLink:
    """Reads blocks from the units behind one address, one request at a time."""

    def __init__(self, link: ModbusLink) -> None:
        """Keep the settings; the connection is made by the first request."""
        self._link = link
        self._client: AsyncModbusTcpClient | None = None
        self._deadline: asyncio.Timeout | None = None
        self._quiet = QuietLine(link.timeout_s) if link.framing == "rtu" else None
        # An RTU line has to be quiet for another timeout after a failure.
        self._lanes = Lanes(link.timeout_s * (1.0 if self._quiet is None else 2.0))
        self._retry_at_s = 0.0
        self._next_request_at_s = 0.0
        self._silent_requests = 0
        self._requests_sent = 0
        self._proofs = 0
        self._unproven: set[int] = set()
        self._bytes_seen = False
        self._hung_up = False
        self._fault: Cause | None = None
        self._refusal: Cause | None = None
        self._sent = self._heard = b""
        self._count = 0

    async def read(
        self, unit: int, block: Block, *, is_retest: bool = False, asker: str = ""
    ) -> Reply:
        """Read one block; fails within the link's timeout counted from its turn.

        On RTU framing the wait until the line is quiet, and the proof that it is in step, come
        before that. A block that was mute before (``is_retest``) may be so again without a word
        on its unit, and so may what one device asks (``asker``) of a unit that answers another.
        """
        async with self._lanes.turn(unit):
            if self._link.gap_s:
                # Pause after the previous request, for gateways that need one.
                await asyncio.sleep(max(0.0, self._next_request_at_s - time.monotonic()))
            started_s = time.monotonic()
            try:
                reply = await self._ask(unit, block)
            except asyncio.CancelledError:
                # Its reply may still come; nobody will be there to tell it from another.
                self._distrust()
                raise
            except DeviceRefused:
                self._lanes.answered(unit, asker)
                raise
            except (LinkTimeout, CorruptReply):
                self._unproven.add(unit)
                if not is_retest:
                    self._lanes.missed(unit, self._cost_s(started_s), asker)
                raise
            finally:
                self._next_request_at_s = time.monotonic() + self._link.gap_s
            self._lanes.answered(unit, asker)
            return reply

    async def _ask(self, unit: int, block: Block) -> Reply:
        """Ask, and once more if the peer hangs up a connection that was good before.

        Some hang up after every reply, and a question may cross with that.
        """
        client = await self._proven(unit, block)
        is_new = self._requests_sent == 0
        try:
            return await self._exchange(client, unit, block)
        except LinkDown:
            if is_new:
                raise
        return await self._exchange(await self._listened(), unit, block)

    def expect(self, unit: int, in_s: float, *, asker: str = "") -> None:
        """Keep the time free in which a living unit will be asked again."""
        self._lanes.expect(unit, in_s, asker)

    def _cost_s(self, started_s: float) -> float:
        is_doubtful = self._quiet is not None and self._quiet.is_doubtful
        quiet_s = self._link.timeout_s if is_doubtful else 0.0
        return time.monotonic() - started_s + quiet_s

    async def close(self) -> None:
        """Hang up."""
        self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        self._silent_requests = 0
        if client is not None:
            client.close()

    def _distrust(self) -> None:
        """What comes next may be no answer: a new connection, or on RTU a quiet line, is needed.

        An RTU line is listened to on the same connection, lest a late reply waits for the next.
        """
        if self._quiet is None:
            self._drop()
        else:
            self._quiet.doubt()

    async def _listened(self) -> AsyncModbusTcpClient:
        """The open connection, on which no reply to an earlier question is to be expected."""
        client = await self._connected()
        if self._quiet is None or not self._quiet.is_doubtful:
            return client
        await self._quiet.wait()
        if await self._connected() is not client:
            # What the bus said meanwhile may have been kept for whoever connects next.
            self._quiet.doubt()
            await self._quiet.wait()
        return await self._connected()

    async def _proven(self, unit: int, block: Block) -> AsyncModbusTcpClient:
        """The open connection; were line or unit in doubt, answers fit their questions again.

        A quiet line may still hold a reply that is very late, or be one behind for good.
        """
        if self._quiet is None:
            return await self._connected()
        is_proven = not self._quiet.is_doubtful and unit not in self._unproven
        client = await self._listened()
        if is_proven:
            return client
        self._proofs += 1
        # Some give nothing but whole values; a refusal is an answer, too.
        with suppress(DeviceRefused):
            await self._exchange(client, unit, proof_of(block, self._proofs))
        self._unproven.discard(unit)
        return await self._connected()

    async def _connected(self) -> AsyncModbusTcpClient:
        """The open connection, or a new one. Each has its own client object: pymodbus shares
        one protocol object between old and new transports otherwise.
        """
        if self._client is not None and self._client.connected:
            return self._client
        self._drop()
        where = f"{self._link.host}:{self._link.port}"
        if self._refusal is not None and time.monotonic() < self._retry_at_s:
            # The units behind the link wait together, and say why in the same words.
            raise LinkDown(self._refusal.detail, self._refusal.trouble)
        client = AsyncModbusTcpClient(
            self._link.host,
            port=self._link.port,
            framer=_FRAMERS[self._link.framing],
            # Never reached: our own deadline is, so that silence is told from other failures.
            timeout=2.0 * self._link.timeout_s + 1.0,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._note_packet,
            trace_connect=self._note_connection,
        )
        try:
            async with asyncio.timeout(self._link.timeout_s):
                await _connect(client)
        except OSError as exc:
            client.close()
            self._retry_at_s = time.monotonic() + CONNECT_PAUSE_S
            why = connect_detail(exc, self._link.timeout_s)
            self._refusal = Cause(connect_trouble(exc), f"cannot connect to {where}: {why}")
            raise LinkDown(self._refusal.detail, self._refusal.trouble) from exc
        self._client = client
        self._requests_sent = 0
        if self._quiet is not None and self._quiet.is_doubtful:
            self._quiet.doubt()
        return client

    async def _exchange(self, client: AsyncModbusTcpClient, unit: int, block: Block) -> Reply:
        self._bytes_seen = self._hung_up = False
        self._fault = None
        self._heard = b""
        self._count = block.count
        self._requests_sent += 1
        sent_us = time.time_ns() // 1_000
        try:
            async with asyncio.timeout(self._link.timeout_s) as self._deadline:
                reply = await _request(client, unit, block)
        except TimeoutError:
            raise self._missed(unit, block) from None
        except (ConnectionException, OSError) as exc:
            self._distrust()
            self._drop()
            msg = f"{block} of unit {unit}: {exc}"
            raise LinkDown(msg, Trouble.HUNG_UP) from exc
        except ModbusException as exc:
            self._distrust()
            msg = f"{block} of unit {unit}: {exc}"
            raise CorruptReply(msg) from exc
        finally:
            self._deadline = None
        received_us = time.time_ns() // 1_000
        self._silent_requests = 0
        return Reply(
            registers=self._registers(reply, unit, block), sent_us=sent_us, received_us=received_us
        )

    def _missed(self, unit: int, block: Block) -> LinkError:
        """Say why there was no reply, and close the connection if it cannot be trusted."""
        self._silent_requests += 1
        if self._bytes_seen or self._quiet is not None:
            self._distrust()
        if self._hung_up or self._silent_requests >= SILENT_REQUESTS_BEFORE_RECONNECT:
            self._drop()
        what = f"{block} of unit {unit}"
        other = rtu_unit(self._heard)
        if other is not None and other != unit:
            self._fault = self._stranger(other)
        if self._fault is not None:
            msg = f"{what}: no reply to that ({self._fault.detail})"
            return CorruptReply(msg, self._fault.trouble)
        if self._bytes_seen:
            return CorruptReply(f"{what}: bytes came that are no answer to the request")
        if self._hung_up:
            return LinkDown(f"{what}: the peer closed the connection", Trouble.HUNG_UP)
        return LinkTimeout(f"{what}: no answer within {self._link.timeout_s:g} s")

    def _registers(self, reply: ModbusPDU, unit: int, block: Block) -> Sequence[int]:
        """The registers of a reply that answers exactly what was asked."""
        what = f"{block} of unit {unit}"
        if reply.isError():
            code = reply.exception_code
            if code in GATEWAY_CODES:
                msg = f"{what}: the gateway says that the unit does not answer (exception {code})"
                raise LinkTimeout(msg)
            msg = f"{what}: refused with exception {code}"
            raise DeviceRefused(msg, code=code, trouble=refusal_trouble(code))
        expected = 3 if block.space == "holding" else 4
        wrong = None
        if reply.function_code != expected:
            wrong = f"function code {reply.function_code} instead of {expected}"
        elif self._link.framing == "mbap" and not reply.transaction_id:
            # pymodbus takes transaction 0 as an answer to anything, and never asks with it.
            wrong = "transaction id 0"
        elif len(reply.registers) != block.count:
            wrong = f"{len(reply.registers)} registers instead of {block.count}"
        if wrong is not None:
            self._distrust()
            msg = f"{what}: {wrong}"
            raise CorruptReply(msg)
        return reply.registers

    def _note_packet(self, is_sending: bool, data: bytes) -> bytes:
        """Look at raw bytes: end the request at once when they cannot become a reply."""
        if is_sending:
            self._sent = data
            return data
        self._bytes_seen = True
        if self._quiet is None:
            return self._mbap_bytes(data)
        if self._deadline is None:
            self._quiet.doubt()
            return b""
        self._heard = data
        if may_be_echo(data, sent=self._sent):
            return b""
        fault = rtu_fault(data, sent=self._sent, count=self._count)
        return self._unless(fault, data)

    def _mbap_bytes(self, data: bytes) -> bytes:
        if (fault := mbap_fault(data)) is not None:
            return self._unless(Cause(Trouble.GARBLED, fault), data)
        # pymodbus would wait for another reply, and take any for an answer of unit 0.
        unit = foreign_unit(data, sent=self._sent)
        if unit is not None and self._link.any_reply_unit:
            return readdressed(data, sent=self._sent)
        return self._unless(None if unit is None else self._stranger(unit), data)

    def _stranger(self, unit: int) -> Cause:
        return Cause(Trouble.OTHER_UNIT, f"the reply bears unit {unit}")

    def _unless(self, fault: Cause | None, data: bytes) -> bytes:
        """The bytes, or none and the end of the request if they are no reply to it."""
        self._fault = fault
        if fault is None:
            return data
        self._end_request()
        return b""

    def _note_connection(self, is_connected: bool) -> None:
        if not is_connected:
            self._hung_up = True
            self._end_request()

    def _end_request(self) -> None:
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time())


async def _connect(client: AsyncModbusTcpClient) -> None:
    """Connect, or raise the `OSError` that the library would only log."""
    failed: OSError | None = None
    create = client.ctx.call_create

    async def noted() -> object:
        nonlocal failed
        try:
            return await create()
        except OSError as exc:
            failed = exc
            raise

    client.ctx.call_create = noted
    if not await client.connect():
        raise failed or ConnectionError("no connection")


async def _request(client: AsyncModbusTcpClient, unit: int, block: Block) -> ModbusPDU:
    # A number that nobody can guess: a gateway may hold a reply for an earlier connection.
    client.ctx.next_tid = random.randrange(1, _LAST_TRANSACTION)
    if block.space == "holding":
        return await client.read_holding_registers(block.address, count=block.count, device_id=unit)
    return await client.read_input_registers(block.address, count=block.count, device_id=unit)
