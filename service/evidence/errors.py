"""What can go wrong with evidence.

UserError
    EvidenceError       the pack cannot be made
    KeyFileError        a key file is missing, open to others, or no Ed25519 key
    TrustFileError      the file of trusted keys cannot be used
    HeadsFileError      a list of heads cannot be used, or its countersignature does not hold
    PackUnreadableError the file is not an evidence pack
"""

from service.errors import UserError
from service.evidence.said import Said


class EvidenceError(UserError):
    """A pack or an entry of the chain cannot be made."""


class KeyFileError(UserError):
    """A key file cannot be used."""


class TrustFileError(UserError):
    """The file of trusted keys cannot be used."""


class HeadsFileError(UserError):
    """A list of heads cannot be used."""


class PackUnreadableError(UserError):
    """A file is not an evidence pack, or is too large or too deep to be one."""

    def __init__(self, said: Said) -> None:
        super().__init__(str(said))
        self.said = said
