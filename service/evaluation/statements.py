"""Heat statements of the last months, from the hourly samples of the hand-over meters."""

from collections.abc import Iterator
from datetime import datetime, time

import numpy as np

from models.heat.coefficient import FlowSensorPipe
from models.heat.statement import HeatStatement, TakerSteps, legal_month, monthly_statement
from models.metering.uncertainty import HeatAccuracy
from models.readings import Window
from service.evaluation.gauges import step_means
from service.evaluation.heat_chain import SAMPLING_U_RATIO, heat_steps
from service.evaluation.samples import NO_SAMPLES, SamplesByKey
from service.evaluation.windows import LEGAL_ZONE, settled_end, to_us
from service.site.declarations import TakerShape
from service.site.site import Site

_HOUR_US = 3_600_000_000
_MONTHS = 12


def statements(
    site: Site, samples: SamplesByKey, now: datetime, months: int = _MONTHS
) -> tuple[HeatStatement, ...]:
    """The last months, newest first; the current one up to its last whole hour."""
    if not site.takers:
        return ()
    return tuple(
        monthly_statement(
            month,
            [_steps(site, taker, month, samples) for taker in site.takers],
            sampling_u_ratio=SAMPLING_U_RATIO,
        )
        for month in _last_months(now, months)
    )


def _last_months(now: datetime, count: int) -> Iterator[Window]:
    end = settled_end(now)
    hour = end.replace(minute=0, second=0, microsecond=0)
    local = end.astimezone(LEGAL_ZONE)
    year, number = local.year, local.month
    for _ in range(count):
        whole = legal_month(year, number)
        stop = min(whole.end, hour)
        if stop > whole.start:
            yield Window(name=whole.name, start=whole.start, end=stop)
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)


def _steps(site: Site, taker: TakerShape, month: Window, samples: SamplesByKey) -> TakerSteps:
    meter = site.tree.meters[taker.meter]
    assert isinstance(meter.accuracy, HeatAccuracy)
    edges = np.arange(to_us(month.start), to_us(month.end) + 1, _HOUR_US, dtype=np.int64)
    offer = site.heat_offer
    asked = None
    if offer is not None and meter.power_point in offer.delivered:
        asked = step_means(samples.get(offer.requested, NO_SAMPLES), edges)
    return TakerSteps(
        taker=taker.id,
        operator=taker.operator,
        steps=heat_steps(meter, samples, edges),
        accuracy=meter.accuracy,
        pipe=FlowSensorPipe.RETURN,
        step_h=1.0,
        min_supply_temp_degc=taker.min_supply_temp_degc,
        asked_kw=asked if asked is not None and np.isfinite(asked).any() else None,
        valid_from=datetime.combine(taker.from_, time(), LEGAL_ZONE),
        valid_to=None if taker.until is None else datetime.combine(taker.until, time(), LEGAL_ZONE),
        first_step=month.start,
    )
