"""What a language says of a trouble with a device: the shape of a catalogue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """``what`` is the matter, as a sentence without its full stop, and what to ``check``."""

    what: str
    check: str
