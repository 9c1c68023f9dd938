"""The registers of a whole site, traced: each once, with what else says that it should move."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from models.kpi.result import Doubt
from models.metering.doubts import doubts_of
from models.metering.tree import Meter, MeterTree
from models.metering.witnesses import witnesses_of
from models.registers.continuity import US_PER_HOUR
from models.registers.gauges import GaugesByKey, GaugeTotals, gauge_totals
from models.registers.periods import Periods
from models.registers.samples import NO_SAMPLES, Samples, SamplesByKey
from models.registers.standstill import flat_stretches
from models.registers.table import RegisterTable
from models.registers.trace import RegisterTrace, trace_register

# A power gauge is polled every few seconds; what it says does not hold for longer than this.
_HOLD_US = 60_000_000


_Maker = Callable[[], RegisterTrace]


class _Traces(Mapping[str, RegisterTrace]):
    """Traces by key of the register, each made when it is first asked for.

    A year of readings is looked up fastest right after it was gone through.
    """

    def __init__(self, makers: Mapping[str, _Maker]) -> None:
        self._makers = makers
        self._made: dict[str, RegisterTrace] = {}

    def __getitem__(self, key: str) -> RegisterTrace:
        if key not in self._made:
            self._made[key] = self._makers[key]()
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingMeter:
    """A meter that stands still although it should count, since when [us]."""

    meter: str
    since_us: int


class SiteRegisters:
    """Every register of some meters, made monotone.

    Parameters
    ----------
    tree : MeterTree
        The meters.
    samples : mapping of point key to Samples
        Readings of their registers; a register without any is known nowhere. Readings of their
        power gauges among them bear witness.
    gauges : mapping of point key to GaugeTotals, optional
        Powers over consecutive steps, from every reading, where there are no readings.
    meters : sequence of str, optional
        Ids of those that are wanted; all by default.
    """

    def __init__(
        self,
        tree: MeterTree,
        samples: SamplesByKey,
        gauges: GaugesByKey | None = None,
        meters: Sequence[str] | None = None,
    ) -> None:
        """Nothing is traced before it is asked for."""
        self.tree = tree
        wanted = tree.meters.values() if meters is None else [tree.meters[m] for m in meters]
        self._meters, self._samples, self._gauges = tuple(wanted), samples, gauges or {}
        self._plain = _Traces(
            {
                meter.point: partial(trace_register, meter.register, samples[meter.point])
                for meter in tree.meters.values()
                if meter.point in samples
            }
        )
        self.traces: Mapping[str, RegisterTrace] = _Traces(self._makers())

    def _makers(self) -> dict[str, _Maker]:
        """How each wanted register is traced, the volumes of heat meters included."""
        makers: dict[str, _Maker] = {}
        for meter in self._meters:
            makers[meter.point] = partial(self._witnessed, meter)
            volume = meter.volume_register
            if volume is not None and volume.key in self._samples:
                makers[volume.key] = partial(trace_register, volume, self._samples[volume.key])
        return makers

    def _witnessed(self, meter: Meter) -> RegisterTrace:
        """Traced by continuity first, and again with witnesses where a register stood still."""
        if meter.point not in self._plain:
            return trace_register(meter.register, NO_SAMPLES)
        trace = self._plain[meter.point]
        if not stands_long(trace):
            return trace
        witnesses = tuple(witnesses_of(meter, self.tree, self._plain, self._powers(meter)))
        if not witnesses:
            return trace
        return trace_register(meter.register, self._samples[meter.point], witnesses)

    def _powers(self, meter: Meter) -> list[GaugeTotals]:
        """The power of a meter: over steps, and between its readings where they are close."""
        power = meter.power_point or ""
        steps, readings = self._gauges.get(power), self._samples.get(power)
        return ([] if steps is None else [steps]) + (
            [] if readings is None else [_between_readings(readings)]
        )

    @cached_property
    def standing(self) -> tuple[StandingMeter, ...]:
        """The meters that stand still at the newest reading although they should count."""
        return tuple(
            StandingMeter(meter=meter.id, since_us=since)
            for meter in self._meters
            if (since := self.traces[meter.point].frozen_since_us) is not None
        )

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """The meters that count in another unit than is thought, or faster than they can."""
        read = {
            power: gauge_totals(samples, Periods.between(samples.ts_us))
            for meter in self._meters
            if (power := meter.power_point or "") and (samples := self._samples.get(power))
        }
        return doubts_of(self._meters, self._samples, {**read, **self._gauges})

    def table(self, periods: Periods, keys: Sequence[str] | None = None) -> RegisterTable:
        """The registers over some periods; only those of the keys when given."""
        if keys is None:
            return RegisterTable(self.traces, periods)
        return RegisterTable({k: self.traces[k] for k in keys if k in self.traces}, periods)


def _between_readings(power: Samples) -> GaugeTotals:
    """A power over the time from each of its readings to the next; silent ones are not known."""
    between = Periods.between(power.ts_us)
    return gauge_totals(power, between, hold_us=_HOLD_US, longest_us=_HOLD_US)


def stands_long(trace: RegisterTrace) -> bool:
    """Whether a register stood for long enough to hide more than its step at its greatest rate."""
    if trace.rises:
        return False
    first, last = flat_stretches(trace.level, trace.segment)
    if not len(first):
        return False
    span_h = (trace.ts_us[last] - trace.ts_us[first]) / US_PER_HOUR
    rate = trace.register.max_rate_per_h
    hidden = 2.0 * trace.register.step_at(trace.level[first])
    return rate is None or bool(np.any(rate * span_h > hidden))
