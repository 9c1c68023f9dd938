"""The plant: signals, what the meters say of them, and the truth of the KPIs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray
from simulators.plant.accounts import OUTDOOR
from simulators.plant.balance import HEAT_OUT, LAWS, SOURCES
from simulators.plant.derivation import Derivation
from simulators.plant.errors import PlantTimeError
from simulators.plant.grid import paris_offset_s
from simulators.plant.meters import meter_errors
from simulators.plant.noise import PERIOD_S, energy_mean_dba, is_day_hour
from simulators.plant.randomness import uniform
from simulators.plant.scenario import Scenario, ScenarioEvent
from simulators.plant.signals import SOUND_METERS, How, all_signals
from simulators.plant.timeline import COUNTER_INDEX, ROW_INDEX, STEP_INDEX, Sample, Timeline
from simulators.plant.truth import Amounts, NoiseTruth, Truth, truth_of
from simulators.plant.truth_weather import WeatherTruth, local_midnights, weather_truth
from simulators.plant.variant import REFERENCE, Variant

DEFAULT_EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)

_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SIGNALS: Final = all_signals()
# what registers may have counted before the epoch, by device or by the end of their name
_FIRST_INDEX: Final = {
    "genset_meter.active_energy_kwh": 15_000.0,
    "water_adiabatic.volume_m3": 900.0,
    "water_humidifier.volume_m3": 300.0,
    "water_rain.volume_m3": 500.0,
    "energy_kwh": 250_000.0,
    "run_hours_h": 90.0,
    "fuel_volume_m3": 5.0,
    "volume_m3": 40_000.0,
}


class Plant:
    """One seeded plant: a pure function of time, whatever was asked before.

    Times are microseconds of UTC since 1970, in any order; those before the epoch raise
    :class:`PlantTimeError`. The first question about a late time runs the years
    before it (about a second for two years); later ones are answered from memory.
    """

    def __init__(
        self,
        seed: int,
        epoch: datetime = DEFAULT_EPOCH,
        *,
        scenario: Sequence[ScenarioEvent] = (),
        variant: Variant = REFERENCE,
    ) -> None:
        """Make the plant of a seed; its registers hold their starting indexes at ``epoch``.

        The scenario is what befalls it, at its times; none by default. The variant is how it
        differs from the reference plant.
        """
        if _ts_us(epoch) % (PERIOD_S * 1_000_000):
            msg = f"the epoch {epoch} must lie on a whole ten minutes, as sound periods do"
            raise PlantTimeError(msg)
        self._timeline = Timeline(seed, _ts_us(epoch), Scenario(scenario), variant)
        self._variant = variant
        self._keys = tuple(signal.key for signal in _SIGNALS)
        index = {key: n for n, key in enumerate(self._keys)}
        self._linear = _places(How.LINEAR, ROW_INDEX)
        self._integral = _places(How.INTEGRAL, COUNTER_INDEX)
        self._step = _places(How.STEP, STEP_INDEX)
        self._derivation = Derivation(seed, index)
        self._first_index = _first_indexes(seed)
        gain, offset = meter_errors(seed, self._keys)
        # a register's error is on what it counted, not on the index it started from
        offset -= gain * self._first_index
        self._gain = gain
        self._offset = offset

    def signal_keys(self) -> tuple[str, ...]:
        """Every ``<device>.<point>`` of the site."""
        return self._keys

    def true_values(self, ts_us: IntArray) -> dict[str, FloatArray]:
        """True value of every signal; registers are exact integrals since the epoch.

        A register is its seeded starting index plus the integral of the power or flow that
        the same call gives.
        """
        return self._as_dict(self._true_matrix(ts_us))

    def measured_values(self, ts_us: IntArray) -> dict[str, FloatArray]:
        """What the meters show: true values with each meter's fixed error.

        Registers stay continuous and monotone: only what they count is in error.
        """
        out = self._true_matrix(ts_us)
        out *= 1.0 + self._gain[:, None]
        out += self._offset[:, None]
        self._derivation.settle_measured(out)
        return self._as_dict(out)

    def truth(self, start: datetime, end: datetime) -> Truth:
        """Exact energies, volumes and KPIs over ``[start, end)``."""
        _check_order(start, end)
        return truth_of(start, end, self._amounts(start, end), self._variant)

    def truth_weather(self, start: datetime, end: datetime) -> WeatherTruth:
        """Outdoor temperature by whole local day in ``[start, end)``."""
        _check_order(start, end)
        midnights = local_midnights(start, end)
        times = [start, *midnights, end]
        degc_hours = self._integrals(times)[COUNTER_INDEX[OUTDOOR]].tolist()
        hours = (end - start).total_seconds() / 3600.0
        return weather_truth(midnights, degc_hours[1:-1], (degc_hours[-1] - degc_hours[0], hours))

    def truth_noise(self, start: datetime, end: datetime) -> dict[str, NoiseTruth]:
        """Energy-averaged levels per sound meter over the 10-minute periods in the window."""
        _check_order(start, end)
        period_us = PERIOD_S * 1_000_000
        first_us = -(-_ts_us(start) // period_us) * period_us
        starts_us = np.arange(first_us, _ts_us(end) - period_us + 1, period_us, dtype=np.int64)
        starts_s = starts_us // 1_000_000
        local_hour = (starts_s + paris_offset_s(starts_s)) % 86_400 / 3600.0
        is_day = is_day_hour(np.asarray(local_hour))
        # a period's level is shown in the next one
        levels = self._steps(starts_us + period_us)
        found: dict[str, NoiseTruth] = {}
        for point in SOUND_METERS:
            ambient = levels[STEP_INDEX[f"{point}.sound_level_laeq_dba"]]
            residual = levels[STEP_INDEX[f"{point}.residual_dba"]]
            found[point] = NoiseTruth(
                ambient_day_dba=energy_mean_dba(ambient[is_day]),
                residual_day_dba=energy_mean_dba(residual[is_day]),
                ambient_night_dba=energy_mean_dba(ambient[~is_day]),
                residual_night_dba=energy_mean_dba(residual[~is_day]),
            )
        return found

    def balance(self, ts_us: IntArray) -> dict[str, FloatArray]:
        """What enters less what leaves, per law of the plant, and the totals of the site.

        ``<law>_residual_kw`` is zero up to rounding; ``electricity_in_kw`` and
        ``heat_out_kw`` say what the rounding is relative to.
        """
        laws = {f"{name}_residual_kw": law for name, law in LAWS.items()}
        sums = laws | {"electricity_in_kw": (SOURCES, ()), "heat_out_kw": (HEAT_OUT, ())}
        size = np.atleast_1d(ts_us).size
        found = {name: np.empty(size) for name in sums}
        for sample in self._timeline.samples(ts_us):
            for name, (enters, leaves) in sums.items():
                total = _sum_of(sample, enters) - _sum_of(sample, leaves)
                found[name][sample.where] = total
        return found

    def _true_matrix(self, ts_us: IntArray) -> FloatArray:
        out = np.zeros((len(self._keys), np.atleast_1d(ts_us).size))
        for sample in self._timeline.samples(ts_us):
            part = np.zeros((len(self._keys), sample.where.size))
            part[self._linear[0]] = sample.linear[self._linear[1]]
            part[self._integral[0]] = sample.integral[self._integral[1]]
            part[self._step[0]] = sample.step[self._step[1]]
            self._derivation.fill(part, sample)
            out[:, sample.where] = part
        out += self._first_index[:, None]
        return out

    def _steps(self, ts_us: IntArray) -> FloatArray:
        out = np.empty((len(STEP_INDEX), ts_us.size))
        for sample in self._timeline.samples(ts_us):
            out[:, sample.where] = sample.step
        return out

    def _amounts(self, start: datetime, end: datetime) -> Amounts:
        """Integral of every counter row over the window, and what the rows are at its ends."""
        count = len(COUNTER_INDEX)
        integral, row = np.empty((2, count, 2))
        for sample in self._timeline.samples(np.array([_ts_us(start), _ts_us(end)])):
            integral[:, sample.where] = sample.integral
            row[:, sample.where] = sample.linear[:count]
        grown, first, last = (
            dict(zip(COUNTER_INDEX, column.tolist(), strict=True))
            for column in (integral[:, 1] - integral[:, 0], row[:, 0], row[:, 1])
        )
        return Amounts(by_row=grown, first=first, last=last)

    def _integrals(self, times: Sequence[datetime]) -> FloatArray:
        """Integral of every counter row since the epoch, shape (rows, times)."""
        out = np.empty((len(COUNTER_INDEX), len(times)))
        for sample in self._timeline.samples(np.array([_ts_us(time) for time in times])):
            out[:, sample.where] = sample.integral
        return out

    def _as_dict(self, matrix: FloatArray) -> dict[str, FloatArray]:
        return dict(zip(self._keys, matrix, strict=True))


def _ts_us(time: datetime) -> int:
    if time.tzinfo is None:
        msg = f"{time} has no time zone: the plant needs aware times"
        raise PlantTimeError(msg)
    return (time - _UNIX) // _MICROSECOND


def _check_order(start: datetime, end: datetime) -> None:
    if _ts_us(end) < _ts_us(start):
        msg = f"a window must not end ({end}) before it starts ({start})"
        raise PlantTimeError(msg)


def _sum_of(sample: Sample, rows: tuple[str, ...]) -> FloatArray:
    return np.asarray(sample.linear[[ROW_INDEX[row] for row in rows]].sum(axis=0))


def _places(how: How, rows: dict[str, int]) -> tuple[IntArray, IntArray]:
    """Where signals of a kind stand among all signals, and their rows."""
    found = [(n, rows[s.row]) for n, s in enumerate(_SIGNALS) if s.how is how]
    signal, row = zip(*found, strict=True)
    return np.array(signal), np.array(row)


def _first_indexes(seed: int) -> FloatArray:
    """Starting index of every register, 0 for all other signals."""
    first = np.zeros(len(_SIGNALS))
    for n, signal in enumerate(_SIGNALS):
        if signal.how is not How.INTEGRAL:
            continue
        most = next(most for end, most in _FIRST_INDEX.items() if signal.key.endswith(end))
        draw = uniform(seed, f"register/{signal.key}", np.zeros(1, np.int64))[0]
        first[n] = np.floor(most * (0.1 + 0.9 * draw))
    return first
