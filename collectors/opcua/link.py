"""One OPC UA session. The only file that knows asyncua.

The session is made by the first read and thrown away as soon as it is in doubt; the next
read makes a new one and resolves namespaces afresh, because a restarted server may number
them differently. That is simpler to be sure of than repairing a session, and polling has
nothing else to restore. Read only: the Read service is the only one used on data.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes, get_name_and_doc
from asyncua.ua.uaerrors import UaError, UaStatusCodeError
from asyncua.ua.uatypes import NodeIdType

from collectors.errors import DeviceRefused, LinkDown, LinkTimeout
from collectors.installation import OpcUaLink
from collectors.opcua.causes import connect_cause, status_cause
from collectors.opcua.decode import CODE_MASK, is_node_unknown, is_not_good
from collectors.opcua.nodes import NodeReply, NodeValue
from collectors.opcua.time_limit import time_limit
from collectors.profiles.node_ids import NodeName
from collectors.request_time import RequestTime
from models.trouble.trouble import Cause, Trouble

# Transitions are logged by the device tasks; the library logs every attempt with a traceback.
logging.getLogger("asyncua").setLevel(logging.CRITICAL)

# Servers in the field refuse more than 1000 nodes per call, some more than 500.
DEFAULT_NODES_PER_READ: Final = 500
CONNECT_PAUSE_S: Final = 1.0
SILENT_READS_BEFORE_RECONNECT: Final = 2
_CLOSE_TIMEOUT_S: Final = 1.0
# Our own reads find a dead session sooner; the library's check is for idle sessions.
_WATCHDOG_S: Final = 30.0
_LIMIT_NODE: Final = ua.NodeId(
    ua.Int32(ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead)
)
_NAMESPACES_NODE: Final = ua.NodeId(ua.Int32(ObjectIds.Server_NamespaceArray))
# What the server's clock shows: server times of values may be as old as the values.
_CLOCK_NODE: Final = ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_CurrentTime))


class AsyncuaLink:
    """Reads variables through one session that several devices share."""

    def __init__(self, link: OpcUaLink) -> None:
        """Keep the settings; the session is made by the first read."""
        self._link = link
        self._connecting = asyncio.Lock()
        self._client: Client | None = None
        self._namespaces: dict[str, int] = {}
        self._nodes_per_read = DEFAULT_NODES_PER_READ
        self._retry_at_s = 0.0
        self._refusal: Cause | None = None
        self._silent_reads = 0

    async def read(self, names: Sequence[NodeName]) -> NodeReply:
        """Read in batches no larger than the server allows; order is kept.

        The server's clock is read with the first batch.
        """
        client = await self._connected()
        indices = {uri: await self._namespace(client, uri) for uri in _namespaces(names)}
        nodes = [_CLOCK_NODE, *(_node_id(one, indices[one.namespace_uri]) for one in names)]
        results: list[NodeValue] = []
        for start in range(0, len(nodes), self._nodes_per_read):
            batch = nodes[start : start + self._nodes_per_read]
            sent_us = _now_us()
            answers = await self._ask(client, batch)
            request = RequestTime(sent_us=sent_us, received_us=_now_us())
            results.extend(_node_value(answer, request) for answer in answers)
        if len(results) != len(nodes):
            await self._drop(client)
            msg = f"{self._link.endpoint}: {len(results)} values for {len(nodes)} nodes"
            raise LinkDown(msg)
        clock, *values = results
        if all(is_node_unknown(v.status) for v in values):
            # The server may have renumbered its namespaces without closing the session.
            self._namespaces = {}
        return NodeReply(values=values, clock_offset_us=_clock_offset_us(clock))

    async def close(self) -> None:
        """Close the session, politely if the server lets us."""
        if self._client is not None:
            await self._drop(self._client)

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is not None:
                return self._client
            if self._refusal is not None and time.monotonic() < self._retry_at_s:
                # The devices behind the link wait together, and say why in the same words.
                raise LinkDown(self._refusal.detail, self._refusal.trouble)
            client = Client(
                self._link.endpoint,
                timeout=self._link.timeout_s,
                watchdog_intervall=_WATCHDOG_S,
            )
            try:
                async with time_limit(self._link.timeout_s):
                    await self._log_in(client)
                    await client.connect()
                self._nodes_per_read = await self._limit(client)
            except (OSError, UaError, TimeoutError) as exc:
                self._retry_at_s = time.monotonic() + CONNECT_PAUSE_S
                await _close(client)
                cause = _cause(exc, self._link.timeout_s)
                msg = f"no session with {self._link.endpoint}: {cause.detail}"
                self._refusal = Cause(cause.trouble, msg)
                raise LinkDown(msg, cause.trouble) from exc
            except BaseException:
                # Cancelled in between: the library's own tasks must not outlive us.
                await _close(client)
                raise
            self._client = client
            self._namespaces = {}
            self._silent_reads = 0
            return client

    async def _log_in(self, client: Client) -> None:
        """Give the client user and password, if the link has some."""
        login = self._link.login
        if login is not None:
            client.set_user(await asyncio.to_thread(login.user.read))
            client.set_password(await asyncio.to_thread(login.password.read))

    async def _limit(self, client: Client) -> int:
        """Nodes per read that the server allows; zero or no answer means no limit told."""
        async with time_limit(self._link.timeout_s):
            [result] = await client.uaclient.session.read(_parameters([_LIMIT_NODE]))
        limit = result.Value.Value if result.Value is not None else None
        if isinstance(limit, int) and limit > 0:
            return min(limit, DEFAULT_NODES_PER_READ)
        return DEFAULT_NODES_PER_READ

    async def _namespace(self, client: Client, uri: str) -> int:
        if not self._namespaces:
            [result] = await self._ask(client, [_NAMESPACES_NODE])
            uris = result.Value.Value if result.Value is not None else None
            self._namespaces = {str(u): i for i, u in enumerate(uris or ())}
        index = self._namespaces.get(uri)
        if index is None:
            listed = ", ".join(self._namespaces)
            self._namespaces = {}
            msg = f"{self._link.endpoint} has no namespace {uri}; it has {listed}"
            code = StatusCodes.BadNodeIdUnknown
            raise DeviceRefused(msg, code=code, trouble=Trouble.NODE_UNKNOWN)
        return index

    async def _ask(self, client: Client, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue]:
        try:
            async with time_limit(self._link.timeout_s):
                results = await client.uaclient.session.read(_parameters(nodes))
        except TimeoutError as exc:
            # Requests carry ids, so a late answer harms nobody; a mute session is replaced.
            self._silent_reads += 1
            if self._silent_reads >= SILENT_READS_BEFORE_RECONNECT:
                await self._drop(client)
            msg = f"{self._link.endpoint}: no answer within {self._link.timeout_s:g} s"
            raise LinkTimeout(msg) from exc
        except (OSError, UaError) as exc:
            await self._drop(client)
            cause = _cause(exc, self._link.timeout_s)
            msg = f"{self._link.endpoint}: {cause.detail}"
            raise LinkDown(msg, cause.trouble) from exc
        self._silent_reads = 0
        return results

    async def _drop(self, client: Client) -> None:
        """Close a session unless another task already replaced it."""
        if self._client is client:
            self._client = None
        await _close(client)


async def _close(client: Client) -> None:
    """End a session and its background tasks, in bounded time even if the server is mute."""
    try:
        async with time_limit(_CLOSE_TIMEOUT_S):
            await client.disconnect()
    except (OSError, UaError, TimeoutError):
        pass
    finally:
        client.disconnect_socket()


def _parameters(nodes: Sequence[ua.NodeId]) -> ua.ReadParameters:
    return ua.ReadParameters(
        TimestampsToReturn=ua.TimestampsToReturn.Both,
        NodesToRead=[ua.ReadValueId(NodeId=node, AttributeId=AttributeIds.Value) for node in nodes],
    )


def _now_us() -> int:
    return time.time_ns() // 1_000


def _clock_offset_us(clock: NodeValue) -> int | None:
    if not isinstance(clock.value, datetime):
        return None
    shown_us = _microseconds(clock.value)
    return None if shown_us is None else clock.request.offset_us(shown_us)


def _namespaces(names: Sequence[NodeName]) -> list[str]:
    return list(dict.fromkeys(one.namespace_uri for one in names))


def _node_id(name: NodeName, index: int) -> ua.NodeId:
    """The node id of the library, of the type its identifier has."""
    namespace = ua.Int16(index)
    match name.identifier:
        case int(number):
            return ua.NodeId(ua.Int32(number), namespace, NodeIdType.Numeric)
        case UUID() as guid:
            return ua.NodeId(ua.Guid(guid.hex), namespace, NodeIdType.Guid)
        case bytes(opaque):
            return ua.NodeId(ua.ByteString(opaque), namespace, NodeIdType.ByteString)
        case text:
            return ua.NodeId(ua.String(text), namespace, NodeIdType.String)


def _node_value(result: ua.DataValue, request: RequestTime) -> NodeValue:
    # a server leaves good status out of the message
    status = result.StatusCode.value if result.StatusCode is not None else 0
    return NodeValue(
        value=result.Value.Value if result.Value is not None else None,
        status=status,
        source_us=_microseconds(result.SourceTimestamp),
        server_us=_microseconds(_server_time(result)),
        request=request,
        cause=_status_cause(status) if is_not_good(status) else None,
        data_type=None if result.Value is None else result.Value.VariantType.name,
    )


def _server_time(result: ua.DataValue) -> datetime | None:
    """The server's time of a value, unless the library cannot tell it.

    Picoseconds of the source come before it (OPC 10000-6, 5.2.2.17); asyncua 2.1 looks for them
    behind it, and takes them for the beginning of it.
    """
    return None if result.SourcePicoseconds is not None else result.ServerTimestamp


def _microseconds(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1e6)


def _cause(exc: BaseException, timeout_s: float) -> Cause:
    if isinstance(exc, UaStatusCodeError):
        return _status_cause(exc.code)
    return connect_cause(exc, timeout_s)


@lru_cache(maxsize=256)
def _status_cause(status: int) -> Cause:
    name, meaning = get_name_and_doc(status & CODE_MASK)
    return status_cause(name, meaning, status)
