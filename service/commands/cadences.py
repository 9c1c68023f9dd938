"""What the cadence of readings gives and cannot give, in one line a kind: for import and check."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.kpi.registry import KPIS
from models.kpi.wanted import wanted_points
from models.legal_time.calendar_spans import Span
from models.registers.cadence import (
    PERIOD_KINDS,
    Cadence,
    PeriodOutlook,
    cadence_of,
    gauge_known_ratio,
    polled_outlook,
    register_outlook,
)
from models.registers.register import Register
from models.registers.samples import Samples, samples_of
from models.registers.trace import trace_register
from models.site.site import Site, site_sums
from service.storage.import_table import WideTable

# Below this a meter's own class, 0.5 to 3 %, hides it: nothing is lost.
_UNSEEN_RATIO: Final = 0.01
# So small that nobody asks how small; readings at the stroke of a period leave nothing at all.
_SMALL_RATIO: Final = 0.001
# A day's mean is given from this share of its time on.
_ENOUGH_OF_GAUGE: Final = 0.9
_MOSTLY: Final = 0.5
_IRREGULAR_RATIO: Final = 0.1
# As a silence of a register is: beyond twice what is ordinary.
_SILENCE_TIMES: Final = 2.0
# A calendar month is up to 8 % shorter than its mean.
_NAME_TOLERANCE: Final = 0.1
_STANDS: Final = "for 16 minutes, or until the next hour's where it is read by the hour"
_LEAST_WAIT_S: Final = 3600.0
_MANY: Final = {
    Span.YEAR.value: "years",
    Span.QUARTER.value: "quarters",
    Span.MONTH.value: "months",
    Span.WEEK.value: "weeks",
    Span.DAY.value: "days",
    "hour": "hours",
    "15min": "15 minutes",
}
_ONE: Final = {f"a {span}": span.value for span in reversed(Span)} | {"an hour": "hour"}


@dataclass(slots=True)
class _Kind:
    """Points of one cadence, and the worst of what it gives of them."""

    cadence: Cadence
    keys: list[str] = field(default_factory=list)
    silence_s: float = 0.0
    expanded: dict[str, float] = field(default_factory=dict)
    wait_s: float = 0.0
    known_ratio: float = 1.0

    def weigh(self, outlook: Mapping[str, PeriodOutlook]) -> None:
        for kind, one in outlook.items():
            self.expanded[kind] = max(self.expanded.get(kind, 0.0), 2.0 * one.edge_u_ratio)
            if one.is_told_from_nothing:
                self.wait_s = max(self.wait_s, one.known_after_s)


class _Kinds(dict[tuple[bool, str], _Kind]):
    """Kinds of cadence, apart for registers and gauges."""

    def of(self, key: str, cadence: Cadence, *, is_gauge: bool) -> _Kind:
        kind = self.setdefault((is_gauge, _how_often(cadence)), _Kind(cadence))
        kind.keys.append(key)
        kind.silence_s = max(kind.silence_s, cadence.longest_silence_s)
        return kind

    def lines(self) -> Iterator[str]:
        for (is_gauge, how_often), kind in self.items():
            gives = _of_gauges(kind) if is_gauge else _of_registers(kind)
            if gives:
                yield f"{_named(kind.keys)}: {how_often}{_silence(kind)}: {gives}"


def lines_of_table(site: Site, table: WideTable) -> Iterator[str]:
    """What the readings of a file give of periods; nothing of what gives everything."""
    registers, gauges = _registers(site), _gauges(site)
    kinds = _Kinds()
    for column, key in enumerate(table.keys):
        if key not in registers and key not in gauges:
            continue
        samples = _read(table, column)
        is_gauge = key not in registers
        kind = kinds.of(key, cadence_of(samples.ts_us), is_gauge=is_gauge)
        if is_gauge:
            kind.known_ratio = min(kind.known_ratio, gauge_known_ratio(samples.ts_us))
        else:
            kind.weigh(register_outlook(trace_register(registers[key], samples)))
    yield from kinds.lines()


def lines_of_polls(site: Site) -> Iterator[str]:
    """What the poll plan gives of periods; nothing of what gives everything.

    Gauges are not in it: a site file asks for a poll an hour at least, and so they are known.
    """
    kinds = _Kinds()
    for key in _registers(site):
        poll_s = site.points[key].poll_s
        always = Cadence(
            readings=2, interval_s=poll_s, irregularity_ratio=0.0, longest_silence_s=poll_s
        )
        kinds.of(key, always, is_gauge=False).weigh(polled_outlook(poll_s))
    yield from kinds.lines()


def _registers(site: Site) -> dict[str, Register]:
    found = {}
    for meter in site.tree.meters.values():
        found[meter.point] = meter.register
        if meter.volume_register is not None:
            found[meter.volume_register.key] = meter.volume_register
    return found


def _gauges(site: Site) -> tuple[str, ...]:
    return tuple(wanted_points(KPIS.values(), site, site_sums(site)).gauges)


def _read(table: WideTable, column: int) -> Samples:
    values = table.values[:, column]
    known = np.isfinite(values)
    return samples_of(table.ts_us[known], values[known])


def _named(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1} more"


def _how_often(cadence: Cadence) -> str:
    if cadence.readings < 2:
        return "one reading" if cadence.readings else "no reading"
    irregular = ", irregularly" if cadence.irregularity_ratio > _IRREGULAR_RATIO else ""
    for name, kind in _ONE.items():
        if abs(cadence.interval_s / PERIOD_KINDS[kind] - 1.0) <= _NAME_TOLERANCE:
            return f"one reading {name}{irregular}"
    return f"one reading every {_duration(cadence.interval_s)}{irregular}"


def _silence(kind: _Kind) -> str:
    if kind.silence_s <= _SILENCE_TIMES * kind.cadence.interval_s:
        return ""
    return f", silent for up to {_duration(kind.silence_s)}"


def _of_registers(kind: _Kind) -> str:
    """Nothing when even the shortest periods are known as well as any meter measures."""
    if kind.cadence.readings < 2:
        return "no period can be known"
    if all(ratio <= _UNSEEN_RATIO for ratio in kind.expanded.values()):
        return ""
    small = [_MANY[one] for one, ratio in kind.expanded.items() if ratio < _SMALL_RATIO]
    told = [
        f"{_MANY[one]} ± {min(100.0 * ratio, 99.0):.2g} %"
        for one, ratio in kind.expanded.items()
        if _SMALL_RATIO <= ratio < 1.0
    ]
    lost = [_MANY[one] for one, ratio in kind.expanded.items() if ratio >= 1.0]
    if small:
        told.insert(0, f"{_listed(small, 'and')} to 0.1 % or better")
    said = [", ".join(told)] if told else []
    if lost:
        said.append(f"no {_listed(lost, 'or')}")
    if told and kind.wait_s >= _LEAST_WAIT_S:
        said.append(f"as a rule known within {_duration(kind.wait_s)} after the end")
    return "; ".join(said)


def _of_gauges(kind: _Kind) -> str:
    if kind.known_ratio >= _ENOUGH_OF_GAUGE:
        return ""
    mostly = "mostly unknown: " if kind.known_ratio < _MOSTLY else ""
    share = 100.0 * kind.known_ratio
    return f"{mostly}known {share:.0f} % of the time, for a reading stands {_STANDS}"


def _listed(names: list[str], last_by: str) -> str:
    *most, last = names
    return f"{', '.join(most)} {last_by} {last}" if most else last


def _duration(seconds: float) -> str:
    """In the largest unit of which there are two at least.

    Examples
    --------
    >>> [_duration(one) for one in (10.0, 900.0, 86400.0, 31 * 86400.0)]
    ['10 seconds', '15 minutes', '24 hours', '31 days']
    """
    for unit_s, name in ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2.0 * unit_s:
            count = seconds / unit_s
            return f"{count:.0f} {name}" if count >= 10.0 else f"{count:.2g} {name}"
    return f"{seconds:.3g} seconds"
