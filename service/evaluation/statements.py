"""Heat statements of the last months, from the hourly samples of the hand-over meters."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from models.heat.coefficient import FlowSensorPipe
from models.heat.statement import HeatStatement, TakerSteps, monthly_statement
from models.legal_time.calendar_spans import calendar_months
from models.legal_time.days import day_start, to_us
from models.metering.uncertainty import HeatAccuracy
from models.readings import Window
from models.site.heat import HeatTaker
from models.site.site import Site
from service.evaluation.gauges import step_means
from service.evaluation.heat_chain import SAMPLING_U_RATIO, heat_steps
from service.evaluation.samples import NO_SAMPLES, SamplesByKey
from service.evaluation.windows import settled_end

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
    hour = settled_end(now).replace(minute=0, second=0, microsecond=0)
    return reversed(list(calendar_months(hour, count)))


def _steps(site: Site, taker: HeatTaker, month: Window, samples: SamplesByKey) -> TakerSteps:
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
        valid_from=day_start(taker.valid_from),
        valid_to=None if taker.valid_to is None else day_start(taker.valid_to),
        first_step=month.start,
    )
