"""Every verdict, fault and reason the models can give has its words in both languages."""

import pytest

from models.balance.node import BalanceVerdict
from models.balance.suspects import FaultKind
from models.forecast.year_end import NoForecast
from models.kpi.result import Flag, Withheld
from service.pages.rows import KPI_GROUPS
from service.pages.text import TEXTS


@pytest.mark.parametrize("lang", TEXTS)
def test_every_outcome_of_the_models_has_its_words(lang: str) -> None:
    wanted = {
        *(f"fault_{kind.value}" for kind in FaultKind),
        *(f"balance_{verdict.value}" for verdict in BalanceVerdict),
        *(f"no_forecast_{why.value}" for why in NoForecast),
        *(f"withheld_{why.value}" for why in Withheld),
        *(f"flag_{flag.value}" for flag in Flag if flag not in {Flag.BRIDGED, Flag.PARTLY_MISSING}),
        *KPI_GROUPS,
        *(kpi for kpis in KPI_GROUPS.values() for kpi in kpis),
    }

    assert wanted <= set(TEXTS[lang])
