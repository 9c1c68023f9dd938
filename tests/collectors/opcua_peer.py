"""An OPC UA server with a few variables, for tests."""

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from asyncua import ua
from asyncua.common.callback import CallbackService, CallbackType, ServerItemCallback
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from tests.collectors.builders import NAMESPACE

logging.getLogger("asyncua").setLevel(logging.CRITICAL)

# Sees what is read by whoever is connected, may change the values, wait, or refuse.
OnRead = Callable[[list[ua.NodeId], list[ua.DataValue]], Awaitable[None]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class OpcUaPeer:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._nodes: dict[str, ua.NodeId] = {}

    async def add(self, name: str, index: int, value: object) -> None:
        await self.add_node(name, ua.NodeId(ua.String(name), ua.Int16(index)), value)

    async def add_node(self, name: str, node_id: ua.NodeId, value: object) -> None:
        browse_name = f"{node_id.NamespaceIndex}:{name}"
        await self._server.nodes.objects.add_variable(node_id, browse_name, value)
        self._nodes[name] = node_id
        await self.set(name, value)

    async def namespace(self, uri: str) -> int:
        return int(await self._server.get_namespace_index(uri))

    async def set(
        self,
        name: str,
        value: object,
        *,
        status: int = 0,
        skew: timedelta = timedelta(),
        has_time: bool = True,
        server_age: timedelta = timedelta(),
    ) -> None:
        now = datetime.now(UTC)
        moment = ua_time(now + skew) if has_time else None
        data = ua.DataValue(
            ua.Variant(value) if value is not None else ua.Variant(),
            StatusCode=ua.StatusCode(ua.UInt32(status)),
            SourceTimestamp=moment,
            ServerTimestamp=ua_time(now - server_age),
        )
        await self._server.write_attribute_value(self._nodes[name], data)

    def answer(self, name: str, value: Callable[[], ua.DataValue]) -> None:
        """From now on the value is what this says when it is read."""
        self._server.iserver.aspace.set_attribute_value_callback(
            self._nodes[name], AttributeIds.Value, lambda *_: value()
        )

    def on_read(self, act: OnRead) -> None:
        """Act on each read of a client, once the values are there."""

        async def handle(event: ServerItemCallback, _: CallbackService) -> None:
            nodes = [one.NodeId for one in event.request_params.NodesToRead]
            if event.is_external:
                await act(nodes, event.response_params)

        self._server.subscribe_server_callback(CallbackType.PostRead, handle)

    def show_time(self, skew: timedelta) -> None:
        """From now on the server's own clock is so far ahead."""

        def shown(*_: object) -> ua.DataValue:
            return ua.DataValue(ua.Variant(ua_time(datetime.now(UTC) + skew)))

        self._server.iserver.aspace.set_attribute_value_callback(CLOCK, AttributeIds.Value, shown)


CLOCK = ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_CurrentTime))


def ua_time(moment: datetime) -> ua.DateTime:
    return ua.DateTime.fromtimestamp(moment.timestamp(), UTC)


@asynccontextmanager
async def serving(
    port: int,
    variables: Mapping[str, float],
    *,
    namespaces_before: int = 0,
    user_manager: UserManager | None = None,
    policy: ua.SecurityPolicyType = ua.SecurityPolicyType.NoSecurity,
) -> AsyncIterator[OpcUaPeer]:
    server = Server(user_manager=user_manager)
    # The library would write the time down once a second; here the server is asked for it.
    server.iserver.disabled_clock = True
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/test")
    server.set_security_policy([policy])
    for number in range(namespaces_before):
        await server.register_namespace(f"urn:test:other:{number}")
    index = await server.register_namespace(NAMESPACE)
    peer = OpcUaPeer(server)
    peer.show_time(timedelta())
    for name, value in variables.items():
        await peer.add(name, index, value)
    async with server:
        yield peer
