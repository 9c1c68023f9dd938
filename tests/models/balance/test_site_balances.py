"""The balances of the shipped site on the plant's own registers, sound and with a fault."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from models.balance.site_balances import JUDGED, LEARNED, BalancesView, SiteBalances, doubts
from models.kpi.measurement import SiteReadings
from models.kpi.result import Doubt, DoubtReason
from models.legal_time.days import to_us
from models.registers.samples import Samples
from tests.models.plant_readings import NOW, readings, site, traced

HOUR = timedelta(hours=1)
BALANCES = SiteBalances(site())
PDU = "pdu_07.active_energy_kwh"


@cache
def _sound() -> SiteReadings:
    start = NOW.replace(minute=0) - JUDGED - LEARNED
    return readings(start, NOW, HOUR, registers=BALANCES.registers(), gauges=BALANCES.gauges())


def _view(given: SiteReadings) -> BalancesView:
    return BALANCES.view(given, traced(given), NOW)


def _with(change: Callable[[Samples], Samples]) -> SiteReadings:
    sound = _sound()
    return replace(sound, registers={**sound.registers, PDU: change(sound.registers[PDU])})


def _since(samples: Samples, days: float) -> int:
    hour = NOW.replace(minute=0)
    return int(np.searchsorted(samples.ts_us, to_us(hour - timedelta(days=days))))


def test_a_sound_site_has_balanced_nodes_and_no_suspects() -> None:
    found = _view(_sound())

    assert {node.verdict for node in found.nodes} == {"balanced"}
    assert len(found.nodes) == 7
    assert not found.suspects
    assert not found.gross_error
    assert doubts(found) == ()
    assert all(
        one.reconciled_expanded_uncertainty_kwh <= one.raw_expanded_uncertainty_kwh + 1e-9
        for one in found.reconciled
    )


def test_a_silent_pdu_is_the_suspect_and_its_figure_not_in_doubt() -> None:
    found = _view(_with(lambda of: of.upto(to_us(NOW - timedelta(hours=30)))))

    assert [(s.meters, s.kind) for s in found.suspects] == [(("pdu_07",), "missing")]
    assert doubts(found) == ()


def test_a_pdu_that_lost_a_current_transformer_is_in_doubt() -> None:
    """Two thirds of the load go uncounted in the last week."""

    def thirds(of: Samples) -> Samples:
        at = _since(of, 7.0)
        low = of.value[at] + (of.value[at:] - of.value[at]) / 3.0
        return replace(of, value=np.concatenate([of.value[:at], low]))

    found = _view(_with(thirds))

    assert [s.meters for s in found.suspects] == [("pdu_07",)]
    assert doubts(found) == (Doubt("pdu_07", DoubtReason.BALANCE),)


def test_a_silence_that_was_counted_through_accuses_nobody() -> None:
    """Fourteen hours are known only as a whole: spread evenly they would look like a fault."""

    def quiet(of: Samples) -> Samples:
        start, end = _since(of, 3.0), _since(of, 3.0) + 56
        keep = np.ones(len(of.value), dtype=bool)
        keep[start:end] = False
        return Samples(ts_us=of.ts_us[keep], value=of.value[keep])

    found = _view(_with(quiet))

    assert {node.verdict for node in found.nodes} == {"balanced"}
    assert doubts(found) == ()


@pytest.mark.parametrize("hours", [0, 20])
def test_less_than_a_day_says_nothing(hours: int) -> None:
    start = NOW.replace(minute=0) - hours * HOUR
    young = readings(start, NOW, HOUR, registers=BALANCES.registers(), gauges=BALANCES.gauges())

    assert _view(young) == BalancesView()
