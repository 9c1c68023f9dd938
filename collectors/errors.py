"""Everything that can go wrong between Boucle and a device.

::

    CollectorError
    ├── LinkError                 this attempt gave no answer; nothing is known of the value
    │   ├── LinkDown              no connection
    │   ├── LinkTimeout           connected, and silent
    │   ├── CorruptReply          answered, and the answer cannot be trusted
    │   └── SecretMissing         not tried: what to log in with is not there
    ├── DeviceRefused             answered in good form: no
    └── ProfileError              our description of the device is wrong; no retry helps
        └── InstallationError     the wiring of the site contradicts itself

Code above the two ``link.py`` files meets these types only, never a library's.
"""

from collections.abc import Sequence
from typing import ClassVar

from models.trouble.trouble import Cause, Trouble


class CollectorError(Exception):
    """Base of all errors of this package; ``trouble`` says what to check."""

    usual: ClassVar[Trouble] = Trouble.OTHER

    def __init__(self, message: str, trouble: Trouble | None = None) -> None:
        """Keep the trouble; without one it is the usual one of the class."""
        super().__init__(message)
        self.trouble = self.usual if trouble is None else trouble

    @property
    def cause(self) -> Cause:
        """What is known of it."""
        return Cause(self.trouble, str(self))


class LinkError(CollectorError):
    """An attempt ended without an answer that can be used."""


class LinkDown(LinkError):
    """There is no connection: refused, unreachable, or closed by the peer.

    Unlike `LinkTimeout` this says something of every device behind the link.
    """

    usual = Trouble.NO_CONNECTION


class LinkTimeout(LinkError):
    """The connection stands, but this device did not answer in time.

    Unlike `LinkDown` other devices behind the same link may be well.
    """

    usual = Trouble.SILENT


class CorruptReply(LinkError):
    """Bytes came back that are no answer to what was asked.

    Too few registers, the reply to another request, or no frame at all. Unlike
    `DeviceRefused` nothing of it may be believed, not even that the device is well.
    """

    usual = Trouble.GARBLED


class SecretMissing(LinkError):
    """The user or password of a link is not where the site file says.

    Unlike all others this is mended on our own machine, without a restart.
    """

    usual = Trouble.SECRET_MISSING


class DeviceRefused(CollectorError):
    """The device (or server) understood and declined, with a reason.

    ``code`` is the Modbus exception code or the OPC UA status code. The link is fine and
    asking the same again gives the same answer, so what is asked has to change.
    """

    usual = Trouble.REFUSED

    def __init__(self, message: str, *, code: int, trouble: Trouble | None = None) -> None:
        """Keep the device's own code beside the message."""
        super().__init__(message, trouble)
        self.code = code


class ProfileError(CollectorError):
    """A device profile cannot be read with: a mistake in data, found before any request."""


class InstallationError(ProfileError):
    """Links, devices, profiles and points do not fit together; names every mistake at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join all problems into one message, one per line."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
