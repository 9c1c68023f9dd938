"""What can go wrong in the simulators, each told in one line.

::

    SimulatorError
    ├── SiteError         the site file cannot be simulated
    ├── PortTakenError    another program listens where a device should
    ├── PortsTakenError   the same of all ports of the site, in one line
    ├── FaultError        a fault that does not exist or does not fit the device
    ├── ControlError      the control channel of a running simulator does not answer
    └── FleetError        invented sites that cannot be written
"""

from collections.abc import Sequence


class SimulatorError(Exception):
    """Base of everything the simulators raise on purpose."""


class SiteError(SimulatorError):
    """The site file is unreadable, or names what the plant does not have."""


class PortTakenError(SimulatorError):
    """A port of the site is in use by another program, or may not be used."""

    def __init__(self, port: int, user: str, reason: str) -> None:
        self.port = port
        self.user = user
        self.reason = reason
        super().__init__(f"port {port} ({user}) {reason}")


class PortsTakenError(SimulatorError):
    """All ports of the site that could not be had, in one line."""

    def __init__(self, taken: Sequence[PortTakenError]) -> None:
        self.ports = tuple(error.port for error in taken)
        places = ", ".join(f"{error.port} ({error.user})" for error in taken)
        reasons = "; ".join(sorted({error.reason for error in taken}))
        plural = "s" if len(taken) > 1 else ""
        super().__init__(f"port{plural} {places}: {reasons}")


class FaultError(SimulatorError):
    """An unknown device or fault, or a fault this kind of device cannot have."""


class ControlError(SimulatorError):
    """There is no simulator behind the control port, or it refused."""


class FleetError(SimulatorError):
    """Invented sites that cannot be written: a past too early, or a place that takes no files."""
