"""What is wired: the links of a site and the devices behind them, as pydantic shapes.

The ``links:`` and ``devices:`` parts of a site file have this shape. The rest of the file
(identity, meter tree) belongs to the service.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from collectors.login import Login

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
PollSeconds = Annotated[float, Field(gt=0, le=3600)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _without_secret(address: str) -> str:
    """Refuse what would show a password to everybody who sees the site file or an error."""
    if "@" in address or "?" in address:
        msg = (
            "user and password do not stand in an address; take them out and write "
            "'login: {user: {env: NAME}, password: {env: NAME}}', or 'file: /path' in place of env"
        )
        raise ValueError(msg)
    return address


def _with_host(endpoint: str) -> str:
    """Refuse what no session can be opened with, before one is tried for ever."""
    try:
        parts = urlsplit(endpoint)
        named, _ = parts.hostname, parts.port
    except ValueError:
        named = None
    if not named:
        msg = "needs a host, and a port below 65536 if it has one: opc.tcp://10.0.0.5:4840/path"
        raise ValueError(msg)
    return endpoint


Endpoint = Annotated[
    str,
    Field(pattern=r"^opc\.tcp://"),
    AfterValidator(_without_secret),
    AfterValidator(_with_host),
]


class ModbusLink(_Shape):
    """One TCP connection to a Modbus device or gateway, shared by all units behind it.

    ``framing`` is ``mbap`` for Modbus TCP, and ``rtu`` for a serial server that passes the
    bytes of the bus on as they are. With ``any_reply_unit`` a reply of the only device is
    believed whatever unit id it bears: some write their own into every reply.
    """

    id: Identifier
    protocol: Literal["modbus"]
    host: Annotated[str, AfterValidator(_without_secret)]
    port: int = Field(ge=1, le=65535, default=502)
    framing: Literal["mbap", "rtu"] = "mbap"
    timeout_s: float = Field(gt=0, le=30, default=1.0)
    gap_s: float = Field(ge=0, le=5, default=0.0)
    any_reply_unit: bool = False


class OpcUaLink(_Shape):
    """One OPC UA session, shared by all devices whose nodes the server exposes.

    Anonymous without ``login``.
    """

    id: Identifier
    protocol: Literal["opcua"]
    endpoint: Endpoint
    login: Login | None = None
    timeout_s: float = Field(gt=0, le=30, default=4.0)


Link = Annotated[ModbusLink | OpcUaLink, Field(discriminator="protocol")]


class Device(_Shape):
    """One device: where it answers, what it is (profile) and how often it is asked.

    ``unit`` is the Modbus unit id; ``object`` the OPC UA name that replaces ``{object}``
    in the profile's node ids. A device has the one its link's protocol needs. ``absent`` are
    points of the profile that this device does not have, or that mean nothing in it.
    ``poll_s_of`` gives points a rate of their own, by name; all others are read every ``poll_s``.
    """

    id: Identifier
    link: Identifier
    profile: Identifier
    unit: int | None = Field(ge=0, le=255, default=None)
    object: str | None = None
    poll_s: PollSeconds = 5.0
    poll_s_of: Mapping[str, PollSeconds] = Field(default_factory=dict)
    absent: tuple[str, ...] = ()
    label_fr: str
    label_en: str


class Installation(_Shape):
    """The links and devices of one site."""

    links: tuple[Link, ...]
    devices: tuple[Device, ...]


def link_problems(link: ModbusLink, devices: Sequence[Device]) -> Iterator[str]:
    """What of a Modbus link does not fit the devices behind it, one sentence each."""
    if link.any_reply_unit and link.framing == "rtu":
        yield "any_reply_unit is for framing mbap: on a bus the unit id tells who speaks"
    units = len({device.unit for device in devices})
    if link.any_reply_unit and units != 1:
        yield (
            f"any_reply_unit is for a link with one unit, this one has {units}: "
            "give the device a link of its own"
        )
    if link.framing == "rtu" and any(d.unit == 0 for d in devices):
        yield "nobody answers to unit 0 of a bus, which is for all: give the device's own unit"
