"""Registers that show less than they did: whether that is to be believed, reading by reading.

Who adds up the rises of a count live takes each fall for a new beginning and counts all that comes
after it anew: a glitch to zero of a register at 5 GWh would be 5 GWh within a second.
"""

from dataclasses import dataclass

from models.registers.continuity import US_PER_HOUR

# A meter that was exchanged or set back begins near zero. What shows more than half of what it did
# fell back to an older index, which may last: it is believed after a day.
_BEGINS_ANEW = 0.5
_OLDER_FOR_US = 24 * US_PER_HOUR
# A stretch of zeros does not count on; a register that does so thrice in order does not stumble.
_RISES = 3


@dataclass(slots=True)
class DipWatch:
    """One register, followed by its newest readings."""

    _level: float | None = None
    _below: float | None = None
    _below_since_us: int = 0
    _rises: int = 0

    def believes(self, ts_us: int, value: float) -> bool:
        """Take the newest reading; whether it goes on from those that were believed.

        Parameters
        ----------
        ts_us : int
            Its time. [us]
        value : float
            What the register shows, in its unit; the same reading may be told again.

        Returns
        -------
        bool
            False from a fall until the register is back, or has counted on from where it fell to.

        Examples
        --------
        A glitch, and a meter that was exchanged:

        >>> watch = DipWatch()
        >>> [watch.believes(n, one) for n, one in enumerate([500.0, 0.0, 501.0])]
        [True, False, True]
        >>> [watch.believes(n, one) for n, one in enumerate([1.0, 1.0, 2.0, 3.0, 4.0], start=3)]
        [False, False, False, False, True]
        """
        if self._level is None or value >= self._level:
            self._level, self._below = value, None
            return True
        if self._below is None or value < self._below:
            self._below, self._below_since_us, self._rises = value, ts_us, 0
            return False
        self._rises += value > self._below
        self._below = value
        anew = value < _BEGINS_ANEW * self._level
        if self._rises < _RISES or not (anew or ts_us - self._below_since_us >= _OLDER_FOR_US):
            return False
        self._level, self._below = value, None
        return True
