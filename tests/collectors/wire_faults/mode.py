"""A mode: one way to misbehave, as data, and what is expected of the collector."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from models.readings import Quality
from tests.collectors.wire_faults.modbus_server import ModbusFault
from tests.collectors.wire_faults.opcua_server import OpcUaFault


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFault:
    """The collector's own clock is set: by so much, one step every `STEP_EVERY_S`."""

    steps_s: Sequence[float]


Fault: TypeAlias = ModbusFault | OpcUaFault | ClockFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """While the fault lasts the device gives readings of ``expects``, or none where that is empty.

    ``allows`` are further qualities that may be among them. ``touches`` are the points that
    this is said of, all where it is empty; the others stay good. ``lines`` is how many lines
    the log may have of it.
    """

    name: str
    wire: str
    fault: Fault
    expects: Sequence[Quality] = ()
    allows: Sequence[Quality] = ()
    touches: Sequence[str] = ()
    has_neighbour: bool = True
    settings: Sequence[tuple[str, object]] = ()
    recovers_to: Quality = Quality.GOOD
    lines: int = 6

    @property
    def key(self) -> str:
        """The name, of all modes."""
        return f"{self.wire}: {self.name}"
