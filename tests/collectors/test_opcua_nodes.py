"""Node ids of every kind, against a real server that has them."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from collectors.errors import LinkDown, ProfileError
from collectors.opcua.causes import TROUBLES, status_cause
from collectors.opcua.link import AsyncuaLink
from collectors.opcua.source import OpcUaSource
from collectors.profiles.node_ids import node_name, object_problems
from models.readings import Quality
from models.trouble.trouble import Trouble
from tests.collectors.builders import NAMESPACE, opcua_link, opcua_profile
from tests.collectors.opcua_peer import OpcUaPeer, free_port, serving

on_one_server = pytest.mark.asyncio(loop_scope="module")
GUID = "09087e75-8e5e-499b-954f-f2a9603db28a"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine() -> AsyncIterator[tuple[OpcUaPeer, AsyncuaLink]]:
    port = free_port()
    async with serving(port, {"HP.a": 20.5}, namespaces_before=1) as peer:
        index = await peer.namespace(NAMESPACE)
        await peer.add_node("number", ua.NodeId(ua.Int32(1374562933), ua.Int16(index)), 7.5)
        await peer.add_node("guid", ua.NodeId(ua.Guid(UUID(GUID).hex), ua.Int16(index)), 8.5)
        await peer.add_node("bytes", ua.NodeId(ua.ByteString(b"M/RbKBsRVk"), ua.Int16(index)), 9.5)
        await peer.add("HP.text", index, "12.5 kW")
        await peer.add("HP.list", index, [1.0, 2.0])
        other = await peer.namespace("urn:test:other:0")
        await peer.add_node("other", ua.NodeId(ua.String("HP.a"), ua.Int16(other)), 10.5)
        link = AsyncuaLink(opcua_link(port))
        yield peer, link
        await link.close()


def source_of(link: AsyncuaLink, nodes: list[str], object_name: str = "") -> OpcUaSource:
    profile = opcua_profile([(f"p{n}", node) for n, node in enumerate(nodes)])
    return OpcUaSource(
        device="m",
        object_name=object_name,
        profile=profile,
        link=link,
        point_ids=range(1, len(nodes) + 1),
    )


@on_one_server
async def test_nodes_of_every_kind_and_of_two_namespaces_are_read_together(
    machine: tuple[OpcUaPeer, AsyncuaLink],
) -> None:
    _, link = machine
    written = {
        "i=1374562933": 7.5,
        f"g={GUID}": 8.5,
        "b=TS9SYktCc1JWaw==": 9.5,
        "s=HP.a": 20.5,
        "nsu=urn:test:other:0;s=HP.a": 10.5,
        f"nsu={NAMESPACE};i=1374562933": 7.5,
    }
    poll = await source_of(link, list(written)).poll(probe=False)
    assert poll.batch.value.tolist() == list(written.values())
    assert set(poll.batch.quality.tolist()) == {Quality.GOOD}


@on_one_server
async def test_the_object_of_a_device_may_be_a_whole_node_id(
    machine: tuple[OpcUaPeer, AsyncuaLink],
) -> None:
    _, link = machine
    poll = await source_of(link, ["{object}"], "i=1374562933").poll(probe=False)
    assert poll.batch.value.tolist() == [7.5]


@on_one_server
async def test_a_value_that_is_no_number_is_told_in_words(
    machine: tuple[OpcUaPeer, AsyncuaLink],
) -> None:
    _, link = machine
    poll = await source_of(link, ["{object}.text", "{object}.list", "{object}.a"], "HP").poll(
        probe=False
    )
    assert (poll.bad_points, poll.failed_points) == (2, 2)
    assert poll.error is not None
    assert "HP.text: gives the text '12.5 kW' where a number is needed" in poll.error.detail
    assert "HP.list: gives a list of 2 values" in poll.error.detail
    assert "0x00000000" not in poll.error.detail


@on_one_server
async def test_nodes_that_are_missing_for_one_reason_are_told_together(
    machine: tuple[OpcUaPeer, AsyncuaLink],
) -> None:
    _, link = machine
    poll = await source_of(link, ["{object}.a", "{object}.x", "{object}.y"], "HP").poll(probe=False)
    assert poll.error is not None
    assert poll.error.detail.startswith("HP.x: BadNodeIdUnknown (0x80340000)")
    assert poll.error.detail.endswith("(and 1 more)")
    assert poll.error.trouble is Trouble.NODE_UNKNOWN


@pytest.mark.parametrize(
    ("policy", "cause", "trouble"),
    [
        (
            ua.SecurityPolicyType.Basic256Sha256_Sign,
            "No matching endpoints",
            Trouble.SECURITY_REFUSED,
        ),
        (None, "Connect call failed", Trouble.NOTHING_LISTENS),
    ],
)
@pytest.mark.asyncio
async def test_the_cause_stays_while_the_link_waits_for_its_next_attempt(
    policy: ua.SecurityPolicyType | None, cause: str, trouble: Trouble
) -> None:
    port = free_port()
    link = AsyncuaLink(opcua_link(port))
    source = source_of(link, ["{object}.a"], "HP")
    told = []
    troubles = set()

    async def ask() -> None:
        for _ in range(3):
            with pytest.raises(LinkDown) as refused:
                await source.poll(probe=True)
            told.append(str(refused.value))
            troubles.add(refused.value.trouble)

    if policy is None:
        await ask()
    else:
        async with serving(port, {}, policy=policy):
            await ask()
    assert len(set(told)) == 1
    assert cause in told[0]
    assert troubles == {trouble}


@pytest.mark.parametrize(
    ("template", "object_name", "words"),
    [
        ("ns=1;s={object}/X", "HP", r"write 's=HP/X'.*namespace_uri"),
        ("{object}.X", "ns=3;s=HP", r"ns=3 may be another one after a restart"),
        ("s={object}.X", "i=12", "give the name alone"),
        ("i={object}", "HP", "a whole number"),
        ("i=4294967296", "", "a whole number below"),
        ("g=12", "", "a GUID"),
        ("b=*", "", "base64"),
        ("nsu=urn:x;HP", "", "i=, s=, g= or b="),
        ("svr=1;i=3", "", "svr=1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(
    template: str, object_name: str, words: str
) -> None:
    with pytest.raises(ProfileError, match=words):
        node_name(template, NAMESPACE, object_name)


def test_the_standard_namespace_has_its_number_for_ever() -> None:
    assert node_name("ns=0;i=2258", NAMESPACE).namespace_uri == "http://opcfoundation.org/UA/"


def test_an_object_is_asked_for_where_it_has_a_place() -> None:
    with_place = opcua_profile([("t", "{object}.a")])
    whole = opcua_profile([("t", "i=12")])
    assert list(object_problems("HP", with_place)) == []
    assert list(object_problems(None, whole)) == []
    assert "add 'object'" in next(object_problems(None, with_place))
    assert "remove it" in next(object_problems("HP", whole))
    assert "write 's=HP'," in next(object_problems("ns=1;s=HP", with_place))


def test_every_status_with_a_trouble_is_one_of_the_standard() -> None:
    unknown = [name for name in TROUBLES if not hasattr(StatusCodes, name)]
    assert unknown == []
    said = status_cause("BadSecurityModeRejected", "The mode does not fit.", 0x80540000)
    assert said.detail == "BadSecurityModeRejected (0x80540000), The mode does not fit"
    assert said.trouble is Trouble.SECURITY_REFUSED
