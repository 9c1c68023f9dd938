"""One site over some periods: what every KPI takes its sums, gauges and hours from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np

from models.kpi.gauged import daily_loose_u, daily_means
from models.kpi.result import Doubt, DoubtReason
from models.kpi.series import BoolArray
from models.kpi.totals import MeteredTotals, metered_totals
from models.legal_time.days import to_us
from models.metering.registers import SiteRegisters
from models.metering.sums import SiteSums
from models.metering.tree import Meter, Role, SignedMeters
from models.metering.uncertainty import ElectricityAccuracy
from models.missing import missing_ratio
from models.readings import FloatArray, IntArray, Window
from models.registers.gauges import GaugesByKey, GaugeTotals, ValueRange, unknown_gauge
from models.registers.periods import JointCounts, Periods
from models.registers.samples import SamplesByKey
from models.registers.table import RegisterTable
from models.site.site import Site

_HOUR_US = 3_600_000_000
_DAY_S = 86_400.0
# What a gap may hide follows from the scatter of blocks: days of a month and more, hours of a day
# and more, else so many parts of the period.
_DAYS_FROM_S, _HOURS_FROM_S = 30 * _DAY_S, _DAY_S
_PARTS = 30
# Over so long a register that never moves proves nothing while the site runs; heat and water may
# rest for a whole season and the months beside it, and machines that stand by are meant to stand.
_LONG_S, _SEASON_S = 60 * _DAY_S, 270 * _DAY_S
# A meter that stands still now leaves out less than this of a period without harm to its figure.
_LASTING_RATIO = 1e-3
# A running period ends where everything has arrived, and is shown as that of now for so long.
_SHOWN_US = 20_000_000
_STANDING_BY = frozenset({Role.GENERATOR, Role.FUEL, Role.EXPORT})


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReadings:
    """What was read of a site, as far as some periods need it.

    ``registers`` are readings of cumulative registers around the periods, ``gauges`` totals over
    consecutive steps that tile them, ``levels`` the ten-minute reports of sound and wind.
    ``imported`` are the stretches that were imported, each named as its document, ``doubts`` what
    the diagnosis knows of meters, for any period.
    """

    registers: SamplesByKey = field(default_factory=dict)
    gauges: GaugesByKey = field(default_factory=dict)
    levels: SamplesByKey = field(default_factory=dict)
    imported: tuple[Window, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeHours:
    """The whole hours of some periods: those of period k are ``[first[k], stop[k])``."""

    table: RegisterTable
    meters: tuple[Meter, ...]
    first: IntArray
    stop: IntArray

    def each(self) -> FloatArray:
        """What each meter counted in each hour, shape (m, hours); NaN where not known."""
        return self.table.each([meter.point for meter in self.meters])


class Measurement:
    """The periods of one kind, such as the last quarter of an hour or every day of a year.

    Parameters
    ----------
    site : Site
        What is measured where.
    sums : SiteSums
        The sums that follow from its meters.
    readings : SiteReadings
        What was read.
    windows : sequence of Window
        The periods; all of one kind.
    registers : SiteRegisters, optional
        The registers of the readings, when they are traced already.
    """

    def __init__(
        self,
        site: Site,
        sums: SiteSums,
        readings: SiteReadings,
        windows: Sequence[Window],
        registers: SiteRegisters | None = None,
    ) -> None:
        """Nothing is computed before it is asked for."""
        self.site, self.sums, self.readings = site, sums, readings
        self.windows = tuple(windows)
        self._registers = registers
        self.periods = Periods(
            start_us=np.array([to_us(one.start) for one in windows], dtype=np.int64),
            end_us=np.array([to_us(one.end) for one in windows], dtype=np.int64),
        )
        self._totals: dict[tuple[str, ...], MeteredTotals] = {}
        self._volumes: dict[tuple[str, ...], JointCounts] = {}

    def only(self, rows: Sequence[int]) -> "Measurement":
        """Some of the periods, with the registers that are traced already."""
        if len(rows) == len(self.windows):
            return self
        windows = [self.windows[n] for n in rows]
        return Measurement(self.site, self.sums, self.readings, windows, self.registers)

    @cached_property
    def registers(self) -> SiteRegisters:
        """The registers, traced."""
        if self._registers is not None:
            return self._registers
        return SiteRegisters(self.site.tree, self.readings.registers, self.readings.gauges)

    @cached_property
    def table(self) -> RegisterTable:
        """All registers over the periods."""
        return self.registers.table(self.periods)

    def totals(self, *names: str, also: Sequence[SignedMeters] = ()) -> MeteredTotals:
        """Totals of the meters of some named sums, over the time known to all of them.

        Parameters
        ----------
        *names : str
            Named sums of the site; one that it does not have is empty.
        also : sequence of SignedMeters
            Further sums.
        """
        sums = [self.sums[name] for name in names] + list(also)
        ids = tuple(dict.fromkeys(one for sum_ in sums for one in sum_.ids))
        if ids not in self._totals:
            self._totals[ids] = self._totals_of(ids)
        return self._totals[ids]

    def _totals_of(self, ids: tuple[str, ...]) -> MeteredTotals:
        meters = tuple(self.site.tree.meters[one] for one in ids)
        joint = self.table.joint([meter.point for meter in meters])
        volumes = {
            meter.id: self._with_volume(meter.point, meter.volume_point)
            for meter in meters
            if meter.volume_point is not None and meter.volume_point in self.registers.traces
        }
        return replace(
            metered_totals(meters, joint, volumes, sums=self.sums),
            it_category=self.sums.category,
            facts={name: tuple(self.sums.facts(name)) for name in self.sums},
            doubts=self._doubts(meters, joint),
            hidden=lambda n, top, bottom: self._hidden_u(n, meters, top, bottom),
        )

    def _with_volume(self, *points: str) -> JointCounts:
        """Heat and volume of a heat meter, which several sums ask for."""
        if points not in self._volumes:
            self._volumes[points] = self.table.joint(points)
        return self._volumes[points]

    def _doubts(self, meters: Sequence[Meter], joint: JointCounts) -> Mapping[Doubt, BoolArray]:
        """What is in doubt of the meters, by period."""
        found: dict[Doubt, BoolArray] = {}
        everywhere = np.ones(len(self.periods), dtype=bool)
        for doubt in (*self.readings.doubts, *self.registers.doubts):
            found[doubt] = everywhere
        standing = {one.meter: one.since_us for one in self.registers.standing}
        lasting_us = _LASTING_RATIO * (self.periods.end_us - self.periods.start_us)
        for meter in meters:
            if meter.id in standing:
                stood_us = self._shown_until_us(meter.point) - standing[meter.id]
                found[Doubt(meter.id, DoubtReason.FROZEN)] = stood_us > lasting_us
        if not (joint.covered_s >= _LONG_S).any():
            return found
        long_s = np.array([[_LONG_S if _is_electric(one) else _SEASON_S] for one in meters])
        unmoved = (joint.covered_s >= long_s.reshape(-1, 1)) & (joint.total == 0.0)
        for row in np.flatnonzero(unmoved.any(axis=1)).tolist():
            meter = meters[row]
            if meter.role not in _STANDING_BY and not self._rests(meter):
                found[Doubt(meter.id, DoubtReason.NEVER_MOVED)] = unmoved[row]
        return found

    def _shown_until_us(self, point: str) -> IntArray:
        """The ends of closed periods; of running ones the newest reading, for it is said of now."""
        end_us = self.periods.end_us
        running = np.array([not one.closed for one in self.windows])
        newest_us = np.clip(self.readings.registers[point].ts_us[-1], end_us, end_us + _SHOWN_US)
        return np.asarray(np.where(running, newest_us, end_us))

    def _rests(self, meter: Meter) -> bool:
        """Whether the meter's own gauge shows that nothing flows."""
        gauge = self.readings.gauges.get(meter.power_point or "")
        if gauge is None or not len(gauge):
            return False
        return bool(np.nansum(np.abs(gauge.integral)) == 0.0 and gauge.known_us.sum() > 0)

    def whole_hours(self, *names: str) -> WholeHours:
        """The whole hours inside the periods, of the meters of some sums."""
        meters = tuple(self.site.tree.meters[one] for one in self.totals(*names).meters)
        start = -(-self.periods.start_us // _HOUR_US)
        end = np.maximum(self.periods.end_us // _HOUR_US, start)
        edges = np.arange(start.min(), end.max() + 1, dtype=np.int64) * _HOUR_US
        table = self.registers.table(Periods.between(edges), [meter.point for meter in meters])
        return WholeHours(
            table=table, meters=meters, first=start - start.min(), stop=end - start.min()
        )

    def _hidden_u(
        self, n: int, meters: Sequence[Meter], top: FloatArray, bottom: FloatArray
    ) -> float:
        """What the time without data of one period may hide in a ratio, from its own blocks."""
        edges = _blocks(int(self.periods.start_us[n]), int(self.periods.end_us[n]))
        points = [meter.point for meter in meters]
        counted = self.registers.table(Periods.between(edges), points).each(points)
        rows = len(points)
        if top[rows:].any() or bottom[rows:].any():
            # A declared energy has no blocks to judge the missing ones by.
            return float("nan")
        known: BoolArray = np.asarray(np.isfinite(counted).all(axis=0))
        if known.all():
            return 0.0
        by_block = np.nan_to_num(counted)
        return missing_ratio(top[:rows] @ by_block, bottom[:rows] @ by_block, known).u

    def steps(
        self, keys: Sequence[str], n: int, ranges: tuple[ValueRange, ...] = ()
    ) -> list[GaugeTotals]:
        """Gauges over the steps inside one period; unknown throughout without any."""
        start_us, end_us = int(self.periods.start_us[n]), int(self.periods.end_us[n])
        found = {
            key: self.readings.gauges[key].between(start_us, end_us)
            for key in keys
            if key in self.readings.gauges
        }
        known = next((one.periods for one in found.values() if len(one)), None)
        if known is None:
            known = Periods(
                start_us=self.periods.start_us[n : n + 1], end_us=self.periods.end_us[n : n + 1]
            )
        return [
            found[key] if key in found and len(found[key]) else unknown_gauge(known, ranges)
            for key in keys
        ]

    def daily_means(self, key: str, days: Sequence[date]) -> FloatArray:
        """Time-weighted mean of a gauge on some legal days; NaN where too little is known."""
        totals = self.readings.gauges.get(key)
        return np.full(len(days), np.nan) if totals is None else daily_means(totals, days)

    def daily_loose_u(self, key: str, days: Sequence[date]) -> FloatArray:
        """Standard uncertainty of these means for what moved between readings far apart."""
        totals = self.readings.gauges.get(key)
        return np.zeros(len(days)) if totals is None else daily_loose_u(totals, days)


def _is_electric(meter: Meter) -> bool:
    return isinstance(meter.accuracy, ElectricityAccuracy)


def _blocks(start_us: int, end_us: int) -> IntArray:
    """Edges of the equal blocks of a period."""
    length_s = (end_us - start_us) / 1e6
    block_us = (end_us - start_us) // _PARTS
    if length_s >= _DAYS_FROM_S:
        block_us = 24 * _HOUR_US
    elif length_s >= _HOURS_FROM_S:
        block_us = _HOUR_US
    return np.arange(start_us, end_us + 1, max(block_us, 1), dtype=np.int64)
