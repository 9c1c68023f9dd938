"""A Modbus TCP listener for all units of one link, with full control over what goes wrong."""

import asyncio
import errno
import struct
from collections.abc import Mapping
from typing import Final

from simulators.errors import PortTakenError
from simulators.modbus_device import TARGET_SILENT, ModbusDevice, refusal

_HEADER: Final = struct.Struct(">HHHB")
# transaction, protocol and length fields come before the bytes that the length counts
_LENGTH_ENDS: Final = 6
_LONGEST_PDU: Final = 253


class ModbusServer:
    """One listening socket; ``is_listening`` is the state of its plug."""

    def __init__(
        self, link_id: str, host: str, port: int, units: Mapping[int, ModbusDevice]
    ) -> None:
        self.link_id = link_id
        self.units = units
        self.connections: set[_Connection] = set()
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None

    @property
    def is_listening(self) -> bool:
        """Whether clients can connect."""
        return self._server is not None

    @property
    def port(self) -> int:
        """The port, also when it was chosen by the system."""
        return self._port

    async def start(self) -> None:
        """Listen, or raise PortTakenError."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self), self._host, self._port
            )
        except OSError as error:
            raise port_error(error, self._host, self._port, f"link {self.link_id}") from error
        self._port = int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Close the socket and every connection, as pulling the plug does."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in tuple(self.connections):
            connection.abort()


def port_error(error: OSError, host: str, port: int, user: str) -> PortTakenError:
    """Why a socket cannot be had; ``user`` says what it is for."""
    if error.errno == errno.EADDRINUSE:
        reason = f"taken on {host} by another program; stop it, or use other ports"
    else:
        reason = f"cannot listen on {host}: {error.strerror or error}"
    return PortTakenError(port, user, reason)


class _Connection(asyncio.Protocol):
    """One client. Requests are answered in order, slow ones later."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._delayed: set[asyncio.TimerHandle] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's name)
        self._server.connections.discard(self)
        for handle in self._delayed:
            handle.cancel()

    def abort(self) -> None:
        """Drop the connection without a farewell."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            transaction, protocol, length, unit = _HEADER.unpack_from(self._buffer)
            if protocol != 0 or not 2 <= length <= _LONGEST_PDU + 1:
                self.abort()  # not Modbus: nothing after it can be made sense of
                return
            end = _LENGTH_ENDS + length
            if len(self._buffer) < end:
                return
            request = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            self._answer(transaction, unit, request)

    def _answer(self, transaction: int, unit: int, request: bytes) -> None:
        device = self._server.units.get(unit)
        if device is None:
            self._send(_framed(transaction, unit, refusal(request[0], TARGET_SILENT)))
            return
        if device.is_babbling():
            self._send(device.babble())
            return
        reply = device.reply(request)
        if reply is None:
            return
        frame = _framed(transaction, unit, reply)
        delay_s = device.delay_s()
        if delay_s > 0.0:
            self._send_later(delay_s, frame)
        else:
            self._send(frame)

    def _send_later(self, delay_s: float, frame: bytes) -> None:
        def send() -> None:
            self._delayed.discard(handle)
            self._send(frame)

        handle = asyncio.get_running_loop().call_later(delay_s, send)
        self._delayed.add(handle)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def _framed(transaction: int, unit: int, reply: bytes) -> bytes:
    return _HEADER.pack(transaction, 0, len(reply) + 1, unit) + reply
