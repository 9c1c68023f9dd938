"""Why something failed, sorted by what to check. Pure.

A status code that is not listed here still has its name and what the standard says of it.
"""

from collections.abc import Sequence
from typing import Final

from collectors.connecting import connect_detail, connect_trouble
from models.trouble.trouble import Cause, Trouble

TROUBLES: Final = {
    "BadSecurityModeRejected": Trouble.SECURITY_REFUSED,
    "BadSecurityPolicyRejected": Trouble.SECURITY_REFUSED,
    "BadSecurityChecksFailed": Trouble.SECURITY_REFUSED,
    "BadCertificateUntrusted": Trouble.SECURITY_REFUSED,
    "BadUserAccessDenied": Trouble.LOGIN_REFUSED,
    "BadIdentityTokenInvalid": Trouble.LOGIN_REFUSED,
    "BadIdentityTokenRejected": Trouble.LOGIN_REFUSED,
    "BadIdentityChangeNotSupported": Trouble.LOGIN_REFUSED,
    "BadNodeIdUnknown": Trouble.NODE_UNKNOWN,
    "BadNodeIdInvalid": Trouble.NODE_UNKNOWN,
    "BadNodeClassInvalid": Trouble.NOT_A_NUMBER,
    "BadAttributeIdInvalid": Trouble.NOT_A_NUMBER,
    "BadNotReadable": Trouble.NOT_READABLE,
    "BadNoCommunication": Trouble.BEHIND_SERVER,
    "BadCommunicationError": Trouble.BEHIND_SERVER,
    "BadNotConnected": Trouble.BEHIND_SERVER,
    "BadOutOfService": Trouble.BEHIND_SERVER,
    "BadDeviceFailure": Trouble.DEVICE_FAULT,
    "BadSensorFailure": Trouble.DEVICE_FAULT,
    "BadTooManySessions": Trouble.SERVER_FULL,
    "BadMaxConnectionsReached": Trouble.SERVER_FULL,
    "BadTcpNotEnoughResources": Trouble.SERVER_FULL,
    "BadTcpEndpointUrlInvalid": Trouble.OTHER_PROTOCOL,
    "BadTcpMessageTypeInvalid": Trouble.OTHER_PROTOCOL,
    "BadServerHalted": Trouble.SERVER_STOPPED,
    "UncertainLastUsableValue": Trouble.BEHIND_SERVER,
    "UncertainNoCommunicationLastUsableValue": Trouble.BEHIND_SERVER,
    "UncertainSensorNotAccurate": Trouble.DEVICE_FAULT,
}
_TEXT_AT_MOST: Final = 40


def status_cause(name: str, meaning: str, code: int) -> Cause:
    """A status code with its name and the words of the standard."""
    detail = f"{name} (0x{code:08X}), {meaning.rstrip('.')}"
    return Cause(TROUBLES.get(name, Trouble.OTHER), detail)


def connect_cause(exc: BaseException, timeout_s: float) -> Cause:
    """Why there is no session, for what is no status code."""
    detail = connect_detail(exc, timeout_s)
    if detail.startswith("No matching endpoints"):
        return Cause(Trouble.SECURITY_REFUSED, detail)
    trouble = connect_trouble(exc)
    if trouble is Trouble.NO_CONNECTION and isinstance(exc, ConnectionError):
        # The library gives up on bytes that are no OPC UA with an error of no number.
        trouble = Trouble.OTHER_PROTOCOL
    return Cause(trouble, detail)


def kind_cause(value: object) -> Cause:
    """Why a value of good status is none that a profile can use."""
    if isinstance(value, str):
        detail = f"gives the text {_short(value)} where a number is needed"
    elif isinstance(value, Sequence):
        detail = f"gives a list of {len(value)} values where one number is needed"
    else:
        detail = f"gives a {type(value).__name__} where a number is needed"
    return Cause(Trouble.NOT_A_NUMBER, detail)


def _short(text: str) -> str:
    return repr(text if len(text) <= _TEXT_AT_MOST else f"{text[:_TEXT_AT_MOST]}…")
