"""How a point is wired: device, profile line, conversion and address."""

from dataclasses import dataclass
from typing import Final

from collectors.conversion import Conversion
from collectors.installation import Device, Link, ModbusLink
from collectors.profiles.node_ids import expanded, node_name
from collectors.profiles.schema import (
    REGISTERS_OF_TYPE,
    ModbusPoint,
    OpcUaPoint,
    OpcUaProfile,
    Profile,
)
from models.site.devices import device_of
from service.site.site import InstalledSite

_FUNCTION: Final = {"holding": 3, "input": 4}
# The first digit of the old notation is the table, and it counts from 1.
_TABLE_DIGIT: Final = {"holding": 4, "input": 3}
_LAST_OF_FIVE_DIGITS: Final = 9_998


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAddress:
    """Registers of a Modbus unit; ``address`` counts from 0, as it stands in the request.

    ``table_address`` is the same place as datasheets number it: 40001 is holding register 0, and
    400001 where five digits do not reach.
    """

    unit: int
    space: str
    function: int
    address: int
    table_address: str
    count: int
    type: str
    word_order: str
    byte_order: str
    nan_values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAddress:
    """A variable of an OPC UA server: its whole id, and as the profile writes it."""

    node: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """One point of a device, as site file and profile describe it.

    A value in the unit of the point is ``factor * raw + offset``, believable within ``lower`` to
    ``upper``: the scale and offset of the profile with the conversion from its unit.
    """

    device: Device
    link: Link
    profile: Profile
    line: ModbusPoint | OpcUaPoint
    conversion: Conversion
    address: RegisterAddress | NodeAddress

    @property
    def endpoint(self) -> str:
        """Where the link leads; it holds no user and no password."""
        if isinstance(self.link, ModbusLink):
            return f"{self.link.host}:{self.link.port}"
        return self.link.endpoint


def wiring_of(installed: InstalledSite, key: str) -> Wiring | None:
    """How a point is read; None for one that no device of the site has."""
    device = next((d for d in installed.installation.devices if d.id == device_of(key)), None)
    profile = None if device is None else installed.profiles.get(device.profile)
    if device is None or profile is None:
        return None
    lines: tuple[ModbusPoint | OpcUaPoint, ...] = profile.points
    line = next((one for one in lines if f"{device.id}.{one.name}" == key), None)
    link = next((one for one in installed.installation.links if one.id == device.link), None)
    if line is None or link is None:
        return None
    return Wiring(
        device=device,
        link=link,
        profile=profile,
        line=line,
        conversion=Conversion.of(line.quantity, line.unit, scale=line.scale, offset=line.offset),
        address=_address(device, profile, line),
    )


def _address(
    device: Device, profile: Profile, line: ModbusPoint | OpcUaPoint
) -> RegisterAddress | NodeAddress:
    if isinstance(line, ModbusPoint):
        return RegisterAddress(
            unit=device.unit or 0,
            space=line.space,
            function=_FUNCTION[line.space],
            address=line.address,
            table_address=table_address(line.space, line.address),
            count=REGISTERS_OF_TYPE[line.type],
            type=line.type,
            word_order=line.word_order,
            byte_order=line.byte_order,
            nan_values=line.nan_values,
        )
    uri = profile.namespace_uri if isinstance(profile, OpcUaProfile) else ""
    name = node_name(line.node, uri, device.object or "")
    return NodeAddress(node=expanded(name), written=line.node)


def table_address(space: str, address: int) -> str:
    """A register as datasheets number it.

    Examples
    --------
    >>> table_address("holding", 0), table_address("input", 102), table_address("holding", 9999)
    ('40001', '30103', '410000')
    """
    width = 4 if address <= _LAST_OF_FIVE_DIGITS else 5
    return f"{_TABLE_DIGIT[space]}{address + 1:0{width}d}"
