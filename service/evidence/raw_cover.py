"""Whether every reading that a pack computes with has the hash of its raw rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from models.legal_time.days import day_edges_us, from_us, legal_day, to_us
from models.readings import IntArray
from service.evidence.canonical import Json
from service.evidence.report import Report
from service.evidence.results import PackResults, ReadingsByGrain

_HASH_BYTES: Final = 32
# A gauge may be known from a reading of the day before for as long.
_HELD_US: Final = timedelta(hours=1) // timedelta(microseconds=1)

_DAY: Final = timedelta(days=1)


def check_raw(
    raw: Json, results: PackResults, readings: ReadingsByGrain, at: datetime, report: Report
) -> None:
    """Compare the hashes with the readings inside of the windows."""
    if raw["complete"] is not True:
        report.refuse("raw_hashes", "raw_incomplete")
    for key, days in raw["points"].items():
        for day, (count, digest) in days.items():
            date.fromisoformat(day)
            if type(count) is not int or len(bytes.fromhex(digest)) != _HASH_BYTES:
                report.refuse("raw_hashes", "raw_malformed", point=key, day=day)
    for key, instants in sorted(_instants(results, readings, at).items()):
        _check_point(key, raw["points"].get(key) or {}, instants, report)


def _check_point(key: str, have: Json, instants: Sequence[IntArray], report: Report) -> None:
    """Name the first day of a point that has fewer rows than readings."""
    for day, samples in _per_day(np.unique(np.concatenate(instants))):
        count = have.get(day.isoformat(), (0, ""))[0]
        if not have:
            report.refuse("raw_hashes", "raw_none", point=key)
        elif count == 0:
            report.refuse("raw_hashes", "raw_day", point=key, day=day.isoformat())
        elif count < samples:
            fields = {"point": key, "rows": count, "day": day.isoformat(), "samples": samples}
            report.refuse("raw_hashes", "raw_few", **fields)
        else:
            continue
        return


def _instants(
    results: PackResults, readings: ReadingsByGrain, at: datetime
) -> Mapping[str, Sequence[IntArray]]:
    """The instants at which each point was surely read."""
    found: dict[str, list[IntArray]] = {}
    for grain in results.grains():
        if grain not in readings:
            continue
        start_us, end_us = to_us(results.span(grain)[0]), to_us(at)
        each = readings[grain]
        for key, samples in (*each.registers.items(), *each.levels.items()):
            inside = (samples.ts_us >= start_us) & (samples.ts_us < end_us)
            found.setdefault(key, []).append(samples.ts_us[inside])
        for key, totals in each.gauges.items():
            begins = totals.periods.start_us
            inside = (begins >= start_us + _HELD_US) & (totals.periods.end_us <= end_us)
            known = begins[inside & (totals.known_us > 0)]
            found.setdefault(key, []).append(_one_a_day(known))
    return found


def _one_a_day(instants_us: IntArray) -> IntArray:
    """Of totals it is known that there were readings, not how many."""
    if not len(instants_us):
        return instants_us
    edges = _edges_us(instants_us)
    far_in = instants_us - edges[np.searchsorted(edges, instants_us, "right") - 1] >= _HELD_US
    of_day = np.searchsorted(edges, instants_us[far_in], "right")
    return instants_us[far_in][np.unique(of_day, return_index=True)[1]]


def _per_day(instants_us: IntArray) -> Iterator[tuple[date, int]]:
    if not len(instants_us):
        return
    edges = _edges_us(instants_us)
    first = legal_day(from_us(int(instants_us[0])))
    counts = np.diff(np.searchsorted(instants_us, edges))
    for n in np.flatnonzero(counts).tolist():
        yield first + n * _DAY, int(counts[n])


def _edges_us(instants_us: IntArray) -> IntArray:
    """The midnights around some instants, in order."""
    first, last = (legal_day(from_us(int(one))) for one in (instants_us[0], instants_us[-1]))
    return day_edges_us(first, last + _DAY)
