"""Takes what may be a secret out of a text that goes to a log, a database or a page. Pure.

A site file with a secret in an address is refused; this is for what libraries, servers and
operators put into messages all the same.
"""

import re
from typing import Final

_REDACTED: Final = "…"
# The last @ counts: passwords may hold one, hosts may not.
_USER_OF_URL: Final = re.compile(r"(?<=://)[^\s'\"<>]*@")
_NAMED: Final = re.compile(
    r"(?i)\b(passwor[dt]|passwd|pwd|secret|token|user(?:name)?)=(?!\s)[^&\s'\"<>;,)]+"
)


def redacted(text: str) -> str:
    """The text without user and password of addresses.

    Examples
    --------
    >>> redacted("no session with opc.tcp://bms:s3c@ret@10.0.0.5:4840/x?password=s3cret (refused)")
    'no session with opc.tcp://…@10.0.0.5:4840/x?password=… (refused)'
    """
    return _NAMED.sub(rf"\1={_REDACTED}", _USER_OF_URL.sub(f"{_REDACTED}@", text))
