"""The control channel: faults on and off in a running simulator, as JSON lines over TCP."""

import asyncio
import json
import math
import socket
from collections.abc import Mapping
from typing import Any, Final

from simulators.errors import ControlError, FaultError, SimulatorError
from simulators.faults import Fault, FaultBook
from simulators.modbus_server import port_error
from simulators.values import LiveValues

_HOST: Final = "127.0.0.1"
_IDLE_S: Final = 3600.0
_CLIENT_TIMEOUT_S: Final = 5.0


class ControlServer:
    """Answers one JSON object per line; a mistake is an answer with ``ok`` false."""

    def __init__(self, port: int, faults: FaultBook, live: LiveValues) -> None:
        self.port = port
        self._faults = faults
        self._live = live
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen on this machine only, or raise PortTakenError."""
        try:
            self._server = await asyncio.start_server(self._serve, _HOST, self.port)
        except OSError as error:
            raise port_error(error, _HOST, self.port, "control channel") from error
        self.port = int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Close the socket and every connection."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            async with asyncio.timeout(_IDLE_S):
                while line := await reader.readline():
                    writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                    await writer.drain()
        except (TimeoutError, ConnectionError, ValueError):
            pass  # an idle, gone or endless-line client is dropped
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except ValueError as error:
            return {"ok": False, "error": f"not a JSON line: {error}"}
        try:
            return {"ok": True, **self._done(request)}
        except (SimulatorError, TypeError, ValueError) as error:
            return {"ok": False, "error": str(error)}

    def _done(self, request: object) -> dict[str, Any]:
        if not isinstance(request, dict):
            msg = "a request is a JSON object with op"
            raise FaultError(msg)
        match request.get("op"):
            case "fault":
                fault = self._faults.apply(
                    str(request.get("device")),
                    str(request.get("kind")),
                    seconds_of(request.get("seconds")),
                    params_of(request.get("params")),
                )
                return {"fault": self._described(fault)}
            case "clear":
                self._faults.clear(str(request.get("device")))
                return {}
            case "list":
                return {"faults": [self._described(f) for f in self._faults.all_active()]}
            case "state":
                snapshot = self._live.current()
                return {
                    "ts_us": snapshot.ts_us,
                    "values": _plain(self._live.true_now()),
                    "measured": _plain(snapshot.values),
                }
            case other:
                msg = f"unknown op {other!r}; use fault, clear, list or state"
                raise FaultError(msg)

    def _described(self, fault: Fault) -> dict[str, Any]:
        left = None if fault.until_s is None else fault.until_s - self._faults.monotonic_s()
        return {
            "device": fault.device,
            "kind": fault.kind.value,
            "seconds_left": left,
            "params": dict(fault.params),
        }


def seconds_of(value: object) -> float | None:
    """A duration from JSON or YAML."""
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        msg = f"seconds must be a number above zero or null; got {value!r}"
        raise FaultError(msg)
    return float(value)


def params_of(value: object) -> Mapping[str, float]:
    """Fault parameters from JSON or YAML."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in value.values()
    ):
        msg = f"params must be an object of numbers; got {value!r}"
        raise FaultError(msg)
    return {str(name): float(number) for name, number in value.items()}


def request_control(port: int, request: Mapping[str, Any]) -> dict[str, Any]:
    """Send one request to a running simulator and return its answer.

    Raises
    ------
    ControlError
        If nobody answers, or the answer is a refusal.
    """
    try:
        with socket.create_connection((_HOST, port), timeout=_CLIENT_TIMEOUT_S) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer = json.loads(lines.readline())
    except (OSError, ValueError) as error:
        msg = f"no simulator answers on control port {port} ({error}); is one running?"
        raise ControlError(msg) from error
    if not isinstance(answer, dict) or not answer.get("ok"):
        msg = str(answer.get("error")) if isinstance(answer, dict) else f"odd answer {answer!r}"
        raise ControlError(msg)
    return answer


def _plain(values: Mapping[str, float]) -> dict[str, float | None]:
    return {key: value if math.isfinite(value) else None for key, value in values.items()}
