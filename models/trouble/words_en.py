"""English words of the troubles with a device."""

from collections.abc import Mapping
from typing import Final

from models.trouble.trouble import Trouble
from models.trouble.words import TroubleWords as Words

ENGLISH: Final[Mapping[Trouble, Words]] = {
    Trouble.NAME_UNKNOWN: Words(
        "The name of the host is not known", "the name in the site file, or write its address"
    ),
    Trouble.NOT_REACHED: Words(
        "The machine is not reached", "its address, cable, network, route and firewall"
    ),
    Trouble.NOTHING_LISTENS: Words(
        "The machine is there, and nothing listens at the port",
        "address and port in the site file, and that the service runs",
    ),
    Trouble.NO_CONNECTION: Words(
        "Nobody answers at the address", "address and firewall, and that the machine is on"
    ),
    Trouble.HUNG_UP: Words(
        "The other side closes the connection",
        "how many connections it allows, and who else holds one",
    ),
    Trouble.OTHER_PROTOCOL: Words(
        "What listens there speaks another protocol", "the port in the site file"
    ),
    Trouble.SECRET_MISSING: Words(
        "User or password is not where the site file says",
        "the environment and the files of the collector (“login” of the link)",
    ),
    Trouble.LOGIN_REFUSED: Words(
        "The server refuses user and password", "“login” of the link, and the user on the server"
    ),
    Trouble.SECURITY_REFUSED: Words(
        "The server refuses a session without encryption",
        "that the server allows security policy None: Boucle opens no other yet",
    ),
    Trouble.SERVER_FULL: Words(
        "The server takes no more clients", "other clients of the server, or raise its limit"
    ),
    Trouble.SERVER_STOPPED: Words("The server is being stopped", "that somebody starts it again"),
    Trouble.SILENT: Words(
        "The device does not answer",
        "that it is on, its bus and its unit id, and “timeout_s” of the link if it is slow",
    ),
    Trouble.GARBLED: Words(
        "What comes is no answer to the question",
        "framing, baud rate, termination of the bus, and that nobody else asks on it",
    ),
    Trouble.ECHO: Words(
        "The converter sends back what it was sent", "its echo: switch it off in the converter"
    ),
    Trouble.OTHER_UNIT: Words(
        "Another unit answers than was asked",
        "the unit id; a device alone on its link may do so with “any_reply_unit: true”",
    ),
    Trouble.REFUSED: Words(
        "The device refuses registers",
        "that the profile is that of this model and firmware, holding or input registers, and "
        "whether addresses count from 0 or 1; declare “absent” what it lacks",
    ),
    Trouble.BUSY: Words("The device says that it is busy", "who else asks it, and ask less often"),
    Trouble.NODE_UNKNOWN: Words(
        "The server knows no such node",
        "the node id against the server’s own list, upper and lower case, its namespace, and "
        "“object” of the device",
    ),
    Trouble.NOT_READABLE: Words(
        "The user may not read this node", "the rights of the user on the server"
    ),
    Trouble.BEHIND_SERVER: Words(
        "The server answers, but not the device behind it", "that device and its bus"
    ),
    Trouble.DEVICE_FAULT: Words(
        "The device says that it has failed itself", "its display and its own fault list"
    ),
    Trouble.NOT_A_NUMBER: Words(
        "A node gives something that is no number", "the node id: name one that has a number"
    ),
    Trouble.IMPOSSIBLE_VALUE: Words(
        "Values are outside what is possible",
        "address, type, “word_order” and scale of these points in the profile; declare “absent” "
        "what means nothing in this device",
    ),
    Trouble.DEVICE_CLOCK: Words(
        "A clock is wrong, so that its values are uncertain and left out",
        "the time synchronisation (NTP) of the device and of the collector",
    ),
    Trouble.OTHER: Words("Something else is wrong", "the log of the collector"),
}
