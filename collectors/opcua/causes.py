"""Why something failed, in words, and what to check. Pure.

A status code that is not listed here still has its name and what the standard says of it.
"""

import errno
import socket
from collections.abc import Sequence
from typing import Final

_SECURITY: Final = (
    "Boucle opens sessions without encryption; allow security policy None for it on the server"
)
_LOGIN: Final = "check user and password of the link ('login' in the site file)"
_NODE: Final = (
    "compare the node id with the server's own list of nodes, upper and lower case, and the "
    "device's object with the profile"
)
_BEHIND: Final = "the server answers, but not the device behind it: check that device and its bus"
_LIMIT: Final = "close other clients of the server, or raise its limit"
_RIGHTS: Final = "let the user of the link read this node"

CHECKS: Final = {
    "BadSecurityModeRejected": _SECURITY,
    "BadSecurityPolicyRejected": _SECURITY,
    "BadSecurityChecksFailed": _SECURITY,
    "BadCertificateUntrusted": _SECURITY,
    "BadUserAccessDenied": _LOGIN,
    "BadIdentityTokenInvalid": _LOGIN,
    "BadIdentityTokenRejected": _LOGIN,
    "BadIdentityChangeNotSupported": _LOGIN,
    "BadNodeIdUnknown": _NODE,
    "BadNodeIdInvalid": _NODE,
    "BadNodeClassInvalid": "this node is no variable; name one that has a value",
    "BadAttributeIdInvalid": "this node is no variable; name one that has a value",
    "BadNotReadable": _RIGHTS,
    "BadNoCommunication": _BEHIND,
    "BadCommunicationError": _BEHIND,
    "BadNotConnected": _BEHIND,
    "BadDeviceFailure": _BEHIND,
    "BadSensorFailure": _BEHIND,
    "BadOutOfService": _BEHIND,
    "BadConfigurationError": "check how the server is configured for this node",
    "BadTooManySessions": _LIMIT,
    "BadMaxConnectionsReached": _LIMIT,
    "BadTcpNotEnoughResources": _LIMIT,
    "BadTcpEndpointUrlInvalid": "check the path at the end of the endpoint",
    "BadServerHalted": "the server is being stopped; start it again",
    "BadTooManyOperations": "the server reads fewer nodes at a time than it says; tell its maker",
    "UncertainLastUsableValue": _BEHIND,
    "UncertainNoCommunicationLastUsableValue": _BEHIND,
    "UncertainSensorNotAccurate": "check the sensor",
}
_ERRNO_CHECKS: Final = {
    errno.ECONNREFUSED: "nothing listens there: check address, port and that the server runs",
    errno.EHOSTUNREACH: "the machine is not reached: check address, cable and network",
    errno.ENETUNREACH: "the network is not reached: check address, route and VPN",
    errno.ETIMEDOUT: "nobody answers: check address and firewall",
}
_TEXT_AT_MOST: Final = 40


def status_cause(name: str, meaning: str, code: int) -> str:
    """A status code in words, with what to check where somebody knows."""
    check = CHECKS.get(name)
    words = f"{name} (0x{code:08X}), {meaning.rstrip('.')}"
    return words if check is None else f"{words}: {check}"


def connect_cause(exc: BaseException, timeout_s: float) -> str:
    """Why there is no session, for what is no status code."""
    if isinstance(exc, socket.gaierror):
        return f"{exc.strerror}: check the name of the host, or write its address"
    if isinstance(exc, TimeoutError) and not exc.errno:
        return f"nobody answers within {timeout_s:g} s: check address and firewall"
    if isinstance(exc, OSError) and exc.errno in _ERRNO_CHECKS:
        return _ERRNO_CHECKS[exc.errno]
    said = str(exc) or type(exc).__name__
    if isinstance(exc, ConnectionError):
        return f"{said}: check that the port is that of an OPC UA server"
    return f"{said}: {_SECURITY}" if said.startswith("No matching endpoints") else said


def kind_cause(value: object) -> str:
    """Why a value of good status is none that a profile can use."""
    if isinstance(value, str):
        return f"gives the text {_short(value)} where a number is needed: name another node"
    if isinstance(value, Sequence):
        return f"gives a list of {len(value)} values where one is needed: name another node"
    return f"gives a {type(value).__name__} where a number is needed: name another node"


def _short(text: str) -> str:
    return repr(text if len(text) <= _TEXT_AT_MOST else f"{text[:_TEXT_AT_MOST]}…")
