"""What the charter says of an invented site with a given use of water."""

from datetime import date, datetime, timedelta

from charter_rules.facts import NoiseRegime, SiteFacts
from charter_rules.findings import Finding
from charter_rules.judging.engine import evaluate
from charter_rules.law.rulebook import RuleBook
from models.kpi.result import KpiResult
from models.readings import Window
from service.evidence.chain import Head, first_fault
from service.evidence.keys import SigningKey
from service.storage.breach_trail import trail_fault
from service.storage.breaches import BreachTrail
from service.storage.connection import Pool
from service.storage.evidence import StoredChain

KEY = SigningKey.from_seed(b"k" * 32)

FACTS = SiteFacts(
    entry_into_operation=date(2018, 6, 1),
    installed_it_power_kw=420.0,
    public_operator=True,
    noise_regime=NoiseRegime.CSP,
    zone="paris_18",
)


def findings(book: RuleBook, wue: float | None, now: datetime) -> tuple[Finding, ...]:
    """What the charter says of a WUE; nothing measured when None."""
    kpis = {}
    if wue is not None:
        kpis["wue", "12months"] = KpiResult(
            kpi="wue",
            window=Window(name="12months", start=now - timedelta(days=365), end=now),
            unit="L/kWh",
            value=wue,
            expanded_uncertainty=0.01,
            coverage_ratio=1.0,
        )
    return evaluate(book, FACTS, kpis, now.date())


async def chain_fault(pool: Pool, site: str) -> str | None:
    """What is wrong with the chain of a site, its breaches included."""
    entries = await StoredChain(pool, site).all_entries()
    found = first_fault(entries, site, Head())[1]
    fault = None if found is None else str(found)
    return fault or trail_fault(site, entries, await BreachTrail(pool, site).trail())
