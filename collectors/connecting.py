"""Why a connection was not made, told apart by what to check. Pure."""

import errno
import socket
from typing import Final

from models.trouble.trouble import Trouble

_TROUBLES: Final = {
    errno.ECONNREFUSED: Trouble.NOTHING_LISTENS,
    errno.EHOSTUNREACH: Trouble.NOT_REACHED,
    errno.ENETUNREACH: Trouble.NOT_REACHED,
    errno.EHOSTDOWN: Trouble.NOT_REACHED,
    errno.ETIMEDOUT: Trouble.NO_CONNECTION,
    errno.ECONNRESET: Trouble.HUNG_UP,
}


def connect_trouble(exc: BaseException) -> Trouble:
    """What kept a connection from being made; an unknown error is `NO_CONNECTION`.

    Examples
    --------
    >>> connect_trouble(ConnectionRefusedError(111, "Connection refused"))
    <Trouble.NOTHING_LISTENS: 'nothing_listens'>
    """
    if isinstance(exc, socket.gaierror):
        return Trouble.NAME_UNKNOWN
    known = _TROUBLES.get(exc.errno or 0) if isinstance(exc, OSError) else None
    return Trouble.NO_CONNECTION if known is None else known


def connect_detail(exc: BaseException, timeout_s: float) -> str:
    """What the system says of it."""
    if isinstance(exc, TimeoutError) and not exc.errno:
        return f"no answer within {timeout_s:g} s"
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return str(exc) or type(exc).__name__
