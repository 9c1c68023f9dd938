"""The shipped site cut down to a few devices: rules of each kind, in a second of promtool."""

from dataclasses import replace
from datetime import date
from functools import cache

from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import RuleBook
from models.site.site import Site
from service.alerts.rule_files import Writing
from service.site.facts import facts_of
from tests.service.evaluation.test_evaluator import SITE

TODAY = date(2026, 11, 28)
FACTS = facts_of(SITE)
WRITING = Writing(
    site=SITE.identity.id, site_name=SITE.identity.name, lang="fr", page_url="http://boucle"
)
_DEVICES = ("pdu_01", "pdu_02", "heat_meter_loop", "heat_meter_greenhouse")
_RULES = ("paris_erf", "paris_wue", "paris_ref", "enefg_pue_existing", "csp_noise_night")


@cache
def small_site() -> Site:
    clocked = next(one.id for one in SITE.devices.values() if one.protocol == "opcua")
    devices = {name: SITE.devices[name] for name in (*_DEVICES, clocked)}
    return replace(SITE, devices=devices)


@cache
def small_charter() -> RuleBook:
    book = load_rulebook(charter=SITE.identity.charter)
    return replace(book, rules=tuple(rule for rule in book.rules if rule.id in _RULES))
