"""Heat, its statements, forecasts, balances and suspicions."""

from typing import Annotated, Any

from fastapi import Path

from models.balance.site_balances import BalancesView
from models.forecast.outlook import ForecastView, ShiftView
from models.heat.chain import HeatChainView
from models.heat.statement import statement_record
from models.plausibility.site_checks import SuspicionView
from models.site.disclosure import Matter
from service.api.of_a_site import site_router
from service.api.permissions import Shown, reads
from service.api.problems import not_found
from service.api.recording import RECORDED

router = site_router("outlook")


@router.get("/heat", tags=["heat"], dependencies=reads(Matter.HEAT))
async def read_heat(now: Shown) -> HeatChainView:
    """Exchanger and fouling, heat pumps, two figures of the heat, missed heat."""
    return now.heat


@router.get("/heat-statements", tags=["heat"], dependencies=reads(Matter.HEAT))
async def list_heat_statements(now: Shown) -> list[str]:
    """The months for which there is a heat statement, newest first."""
    return [statement.month.name for statement in now.statements]


@router.get(
    "/heat-statements/{month}", tags=["heat"], dependencies=[*reads(Matter.HEAT), *RECORDED]
)
async def read_heat_statement(
    month: Annotated[str, Path(description="a month that has one", examples=["2026-10"])],
    now: Shown,
) -> dict[str, Any]:
    """What each taker got in a month: heat with its uncertainty, temperatures, availability.

    The heat of the registers stands beside that of flow and temperatures, with their
    difference. The current month goes up to its last whole hour. A heat taker gets its own line.
    """
    known = {statement.month.name: statement for statement in now.statements}
    if month not in known:
        what = "heat statement"
        raise not_found(what, month, f"use one of {', '.join(known) or 'none yet'}")
    return statement_record(known[month])


@router.get("/forecasts", dependencies=reads(Matter.OUTLOOK))
async def list_forecasts(now: Shown) -> list[ForecastView]:
    """PUE, WUE and ERF at the end of the calendar year, with a 95 % interval."""
    return list(now.forecasts)


@router.get("/shifts", dependencies=reads(Matter.OUTLOOK))
async def list_shifts(now: Shown) -> list[ShiftView]:
    """Lasting changes of efficiency that weather and load do not explain."""
    return list(now.shifts)


@router.get("/balances", tags=["meters"], dependencies=reads(Matter.BALANCE))
async def read_balances(now: Shown) -> BalancesView:
    """Whether the meters agree: balances of the week, suspects, reconciled energies."""
    return now.balances


@router.get("/suspicions", tags=["charter"], dependencies=reads(Matter.SUSPICION))
async def list_suspicions(now: Shown) -> list[SuspicionView]:
    """What the cross-checks find unusual: hints to look into, never verdicts."""
    return list(now.suspicions)
