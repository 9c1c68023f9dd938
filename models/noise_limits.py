"""What French noise law allows, as functions of duration, level, octave and period.

Code de la santé publique, R.1336-7 and R.1336-8, for activities that are no ICPE; order of 23
January 1997 for classified installations. Levels in dB(A), emergences in dB.
"""

from datetime import timedelta
from math import nan
from types import MappingProxyType

from models.calendar_fr import NoisePeriod

# R.1336-7: the noise may last so long in the period for so much more emergence. The last step
# (nothing above eight hours) is background knowledge, the others were read.
_DURATION_TERM = (
    (timedelta(minutes=1), 6.0),
    (timedelta(minutes=5), 5.0),
    (timedelta(minutes=20), 4.0),
    (timedelta(hours=2), 3.0),
    (timedelta(hours=4), 2.0),
    (timedelta(hours=8), 1.0),
)
_GLOBAL = {NoisePeriod.DAY: 5.0, NoisePeriod.NIGHT: 3.0}
# R.1336-8: limit by octave band. [Hz -> dB]
SPECTRAL_LIMITS_DB = MappingProxyType(
    {125: 7.0, 250: 7.0, 500: 5.0, 1000: 5.0, 2000: 5.0, 4000: 5.0}
)
_ICPE_FROM_DBA, _ICPE_LOUD_DBA = 35.0, 45.0
_ICPE = {
    NoisePeriod.DAY: (6.0, 5.0),
    NoisePeriod.NIGHT: (4.0, 3.0),
}


def duration_term_db(heard_for: timedelta) -> float:
    """What a noise that is heard for a part of the period only may add to the limit.

    Examples
    --------
    A generator test of half an hour; a dry cooler that never stops:

    >>> duration_term_db(timedelta(minutes=30)), duration_term_db(timedelta(hours=9))
    (3.0, 0.0)
    """
    if heard_for < timedelta(0):
        msg = f"a noise cannot be heard for {heard_for}"
        raise ValueError(msg)
    return next((term for upto, term in _DURATION_TERM if heard_for <= upto), 0.0)


def allowed_emergence_db(period: NoisePeriod, heard_for: timedelta) -> float:
    """Greatest global emergence of R.1336-7: 5 by day, 3 by night, plus the duration term.

    Examples
    --------
    >>> allowed_emergence_db(NoisePeriod.DAY, timedelta(minutes=30))
    8.0
    """
    return _GLOBAL[period] + duration_term_db(heard_for)


def allowed_emergence_icpe_db(period: NoisePeriod, ambient_dba: float) -> float:
    """Greatest emergence of a classified installation, by the ambient level with it running.

    Returns
    -------
    float
        The limit [dB]; NaN at or below 35 dB(A), where the order sets none.

    Examples
    --------
    >>> [allowed_emergence_icpe_db(NoisePeriod.NIGHT, level) for level in (34.0, 40.0, 50.0)]
    [nan, 4.0, 3.0]
    """
    if ambient_dba <= _ICPE_FROM_DBA:
        return nan
    quiet, loud = _ICPE[period]
    return quiet if ambient_dba <= _ICPE_LOUD_DBA else loud
