"""How many files and sockets this process may hold open at once."""

import resource
from typing import Final

# More than any process of ours opens. Some systems allow a thousand million, and programs that are
# started from here may walk over all of them.
_ENOUGH: Final = 65_536


def raise_file_limit() -> None:
    """Take what the system allows: the usual 1,024 is a default for programs of another age."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def file_limit() -> int:
    """Files and sockets that may be open now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _ENOUGH if soft == resource.RLIM_INFINITY else soft
