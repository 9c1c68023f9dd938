"""Every verdict, fault and reason the models can give has its words in both languages."""

import pytest

from models.balance.node import BalanceVerdict
from models.balance.suspects import FaultKind
from models.forecast.year_end import NoForecast
from service.pages.text import TEXTS


@pytest.mark.parametrize("lang", TEXTS)
def test_every_outcome_of_the_models_has_its_words(lang: str) -> None:
    wanted = {
        *(f"fault_{kind.value}" for kind in FaultKind),
        *(f"balance_{verdict.value}" for verdict in BalanceVerdict),
        *(f"no_forecast_{why.value}" for why in NoForecast),
    }

    assert wanted <= set(TEXTS[lang])
