"""The closed set of troubles with a device, each with one thing to check."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Trouble(StrEnum):
    """What is wrong with a device, told apart by what somebody has to do about it.

    First what keeps a connection from being made, then what a device answers, then what is wrong
    with the values that it gives.
    """

    NAME_UNKNOWN = "name_unknown"
    NOT_REACHED = "not_reached"
    NOTHING_LISTENS = "nothing_listens"
    NO_CONNECTION = "no_connection"
    HUNG_UP = "hung_up"
    OTHER_PROTOCOL = "other_protocol"
    SECRET_MISSING = "secret_missing"  # nosec B105 # the name of a trouble
    LOGIN_REFUSED = "login_refused"
    SECURITY_REFUSED = "security_refused"
    SERVER_FULL = "server_full"
    SERVER_STOPPED = "server_stopped"

    SILENT = "silent"
    GARBLED = "garbled"
    ECHO = "echo"
    OTHER_UNIT = "other_unit"
    REFUSED = "refused"
    BUSY = "busy"
    NODE_UNKNOWN = "node_unknown"
    NOT_READABLE = "not_readable"
    BEHIND_SERVER = "behind_server"
    DEVICE_FAULT = "device_fault"

    NOT_A_NUMBER = "not_a_number"
    IMPOSSIBLE_VALUE = "impossible_value"
    DEVICE_CLOCK = "device_clock"

    OTHER = "other"

    @property
    def is_of_link(self) -> bool:
        """Whether all devices behind the link have it."""
        return self in _OF_LINK


_OF_LINK: Final = {
    Trouble.NAME_UNKNOWN,
    Trouble.NOT_REACHED,
    Trouble.NOTHING_LISTENS,
    Trouble.NO_CONNECTION,
    Trouble.OTHER_PROTOCOL,
    Trouble.SECRET_MISSING,
    Trouble.LOGIN_REFUSED,
    Trouble.SECURITY_REFUSED,
    Trouble.SERVER_FULL,
    Trouble.SERVER_STOPPED,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One trouble, and what was seen of it: ``detail`` is English, for the log and the maker."""

    trouble: Trouble
    detail: str
