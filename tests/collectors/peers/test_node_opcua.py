"""The OPC UA link against node-opcua, which shares no code with it: every value as it is listed."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from collectors.errors import CollectorError, LinkDown
from collectors.installation import OpcUaLink
from collectors.login import Login, SecretPlace
from collectors.opcua.link import AsyncuaLink
from collectors.opcua.source import OpcUaSource
from collectors.polling import Poll
from models.readings import Quality
from models.trouble.trouble import Trouble
from tests.collectors.builders import opcua_profile
from tests.collectors.peers.node_opcua import NODES, NodeOpcua
from tests.collectors.peers.reading import expected, told

SERVED: dict[str, Any] = json.loads(NODES.read_text(encoding="utf-8"))
MAIN, OTHER = SERVED["namespaces"]
USER, _, PASSWORD = SERVED["login"].partition(":")
pytestmark = pytest.mark.timeout(60)


def link_to(port: int, **changes: Any) -> OpcUaLink:
    return OpcUaLink(
        id="plc", protocol="opcua", endpoint=f"opc.tcp://127.0.0.1:{port}/peer", **changes
    )


def source_of(link: AsyncuaLink, nodes: Sequence[str]) -> OpcUaSource:
    profile = opcua_profile([(f"p{n}", one) for n, one in enumerate(nodes)], namespace_uri=MAIN)
    return OpcUaSource(
        device="plc", object_name="", profile=profile, link=link, point_ids=range(len(nodes))
    )


@asynccontextmanager
async def source_at(
    port: int, nodes: Sequence[str] = ("s=PLC.now",), **changes: Any
) -> AsyncIterator[OpcUaSource]:
    link = AsyncuaLink(link_to(port, **changes))
    try:
        yield source_of(link, nodes)
    finally:
        await link.close()


async def polled_again(source: OpcUaSource) -> Poll:
    """The first poll that is answered, by a server that was started again."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await source.poll(probe=True)
            except CollectorError:
                await asyncio.sleep(0.1)


def written(one: dict[str, Any]) -> str:
    return f"nsu={OTHER};{one['id']}" if one.get("namespace") else str(one["id"])


@pytest.mark.asyncio
async def test_every_value_status_time_and_node_id_is_read_as_listed(
    node_opcua: NodeOpcua,
) -> None:
    """Of an idle meter, of four kinds of ids, of texts; from the future and behind dead devices."""
    nodes = SERVED["nodes"]
    async with source_at(node_opcua.open_port, [written(one) for one in nodes]) as source:
        poll = await source.poll(probe=False)
    assert told(poll) == expected([(one["expected"], one["quality"]) for one in nodes])
    said = f"{poll.error}; {poll.doubt}"
    for one in nodes:
        assert one.get("words", "") in said
    assert said.count("ahead of us") == 1


@pytest.mark.asyncio
async def test_a_value_that_stands_still_is_fresh_each_time(node_opcua: NodeOpcua) -> None:
    async with source_at(node_opcua.open_port, ["s=PLC.idle", "s=PLC.years"]) as source:
        polls = [await source.poll(probe=False) for _ in range(3)]
        node_opcua.command("change", id="s=PLC.idle", value=63.5)
        changed = await source.poll(probe=False)
    for poll in polls:
        assert told(poll) == [(63.25, "good"), (64.5, "good")]
        assert (poll.doubt, poll.error) == (None, None)
        assert (poll.batch.received_us - poll.batch.ts_us < 1_000_000).all()
    times = [int(poll.batch.ts_us[0]) for poll in polls]
    assert times == sorted(set(times))
    assert told(changed) == [(63.5, "good"), (64.5, "good")]
    node_opcua.command("change", id="s=PLC.idle", value=63.25)


@pytest.mark.asyncio
async def test_a_wrong_password_is_named_and_the_right_one_opens(
    node_opcua: NodeOpcua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PLC_USER", USER)
    file = tmp_path / "password"
    file.write_text("an old one", encoding="utf-8")
    login = Login(user=SecretPlace(env="TEST_PLC_USER"), password=SecretPlace(file=str(file)))
    async with source_at(node_opcua.login_port, login=login) as source:
        with pytest.raises(LinkDown) as refused:
            await source.poll(probe=False)
    assert refused.value.trouble is Trouble.LOGIN_REFUSED
    assert "an old one" not in str(refused.value)
    async with source_at(node_opcua.login_port) as source:
        with pytest.raises(LinkDown) as anonymous:
            await source.poll(probe=False)
    assert anonymous.value.trouble is Trouble.LOGIN_REFUSED
    file.write_text(PASSWORD, encoding="utf-8")
    async with source_at(node_opcua.login_port, login=login) as source:
        assert told(await source.poll(probe=False)) == [(20.5, "good")]


@pytest.mark.asyncio
async def test_a_server_that_wants_encryption_is_named_as_that(node_opcua: NodeOpcua) -> None:
    async with source_at(node_opcua.encrypted_port) as source:
        with pytest.raises(LinkDown, match="BadSecurityModeRejected") as refused:
            await source.poll(probe=False)
    assert refused.value.trouble is Trouble.SECURITY_REFUSED


@pytest.mark.asyncio
async def test_namespaces_with_other_numbers_are_found_again(node_opcua: NodeOpcua) -> None:
    nodes = ["s=PLC.now", f"nsu={OTHER};s=PLC.now", "i=1374562933"]
    right = [(20.5, "good"), (11.5, "good"), (7.5, "good")]
    async with source_at(node_opcua.open_port, nodes) as source:
        assert told(await source.poll(probe=False)) == right
        # what had the number of ours is another's now, with a node of the same name
        node_opcua.command("renumber", before=["urn:peer:first"])
        assert told(await polled_again(source)) == right
        node_opcua.command("renumber", before=[])
        assert told(await polled_again(source)) == right


@pytest.mark.asyncio
@pytest.mark.parametrize(("ahead_s", "words"), [(30.0, "30 s ahead"), (-7200.0, "7200 s behind")])
async def test_the_clock_of_a_server_is_measured_and_named(
    node_opcua: NodeOpcua, ahead_s: float, words: str
) -> None:
    async with source_at(node_opcua.open_port) as source:
        assert told(await source.poll(probe=False)) == [(20.5, "good")]
        node_opcua.command("clock", ahead_s=ahead_s)
        poll = await polled_again(source)
        node_opcua.command("clock", ahead_s=0.0)
        again = await polled_again(source)
    assert told(poll) == [(20.5, "uncertain")]
    assert poll.clock_offset_s == pytest.approx(ahead_s, abs=2.0)
    assert words in str(poll.doubt)
    assert (abs(poll.batch.received_us - poll.batch.ts_us) < 5_000_000).all()
    assert again.batch.quality.tolist() == [Quality.GOOD]
