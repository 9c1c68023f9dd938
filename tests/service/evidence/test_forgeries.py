"""What the owner of a site's key can forge: all that follows is made to agree, and signed again.

Whoever forges has the program and the key. Everything that the check computes again is computed
here from what was changed, so that nothing but the verifier's own law, clock and keys, and what
others noted, stands against it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from charter_rules.judging.engine import judge
from charter_rules.law.schema import ParameterShape, RuleShape
from charter_rules.wording.finding import finding_of
from service.evidence.build import breaks_of, doubts_from, rollups_of, rule_of, wanted_of
from service.evidence.canonical import instant_of, plain, utc_text
from service.evidence.chain import (
    PACKED,
    ChainEntry,
    Draft,
    Head,
    body_of,
    entries_after,
    entry_of,
)
from service.evidence.heads import HeadList, PublishedHead
from service.evidence.inputs import unpacked_readings
from service.evidence.keys import SigningKey
from service.evidence.report import Outcome
from service.evidence.results import Known, PackResults
from service.evidence.site_data import site_from
from tests.service.evidence.conftest import KEY, NOW, SITE, TRUSTING, Pack, checked
from tests.service.evidence.test_tampering import TAMPERING, put, set_in, sign_again

RULE = "csp_noise_night"
NEW = SigningKey.from_seed(b"n" * 32)
Small = Callable[[], Pack]
Change = Callable[[Pack], object]


def judged_anew(pack: Pack) -> None:
    """Figures, verdicts, lock and chain as they follow from the rules and inputs of the pack."""
    parts = pack["parts"]
    part, verdict = parts["rule"], parts["verdict"]
    parameters = {n: ParameterShape.model_validate(one) for n, one in part["parameters"].items()}
    rules = [
        rule_of(RuleShape.model_validate(one), parameters)
        for _, one in sorted(part["rules"].items())
    ]
    part["lock"] = {rule.id: {"version": rule.version, "sha256": rule.sha256} for rule in rules}
    site, facts = site_from(parts["site_facts"], parts["meters"])
    at = instant_of(parts["inputs"]["at"])
    readings = unpacked_readings(parts["inputs"]["readings"])
    results = PackResults(site, wanted_of(rules), at)
    kpis = results.figures(readings, Known(doubts=doubts_from(parts["inputs"]["doubts"])))
    parts["kpi"]["results"] = plain(tuple(kpis.values()))
    parts["rollups"] = plain(rollups_of(results, readings, at))
    parts["corrections"]["breaks"] = plain(breaks_of(results, readings))
    parts["corrections"]["imports"] = []
    known_on = verdict["known_on"] and instant_of(verdict["known_on"])
    version = parts["code"]["code_version"]
    zone, on = ZoneInfo(part["charter"]["timezone"]), date.fromisoformat(verdict["on"])
    findings = [finding_of(judge(r, facts, kpis, on), zone, known_on, version) for r in rules]
    verdict["findings"] = plain(tuple(findings))
    drafts = [Draft(rule_id=one.rule_id, reason=PACKED, body=body_of(one)) for one in findings]
    kept = [entry_of(one) for one in parts["chain"]["entries"] if one["reason"] != PACKED]
    chain_anew(pack, kept, drafts)


def chain_anew(pack: Pack, kept: list[ChainEntry], drafts: list[Draft]) -> None:
    """A chain that goes on from what was kept, and the head that follows."""
    head = Head(seq=kept[-1].seq, sha256=kept[-1].sha256) if kept else Head()
    entries = kept + entries_after(head, pack["head"]["site"], drafts, KEY, NOW)
    pack["parts"]["chain"]["entries"] = [one.record() for one in entries]
    pack["head"]["chain"] = {"seq": entries[-1].seq, "sha256": entries[-1].sha256}


def all_anew(pack: Pack) -> None:
    """Every entry written and signed again."""
    drafts = [
        Draft(rule_id=one["rule_id"], reason=one["reason"], body=one["body"])
        for one in pack["parts"]["chain"]["entries"]
    ]
    chain_anew(pack, [], drafts)


def in_rule(*path: Any, value: Any) -> Change:
    return set_in("rule", "rules", RULE, *path, value=value)


def in_parameter(*path: Any, value: Any) -> Change:
    return set_in("rule", "parameters", RULE, "values", "2017-08-10", *path, value=value)


def in_head(*path: Any, value: Any) -> Change:
    return lambda pack: put(pack["head"], path, value)


def in_charter(name: str, value: Any) -> Change:
    return set_in("rule", "charter", name, value=value)


def both(*changes: Change) -> Change:
    def change(pack: Pack) -> None:
        for one in changes:
            one(pack)

    return change


def raised_version(pack: Pack) -> None:
    pack["parts"]["rule"]["rules"][RULE]["version"] += 1
    in_parameter("value", value=9.0)(pack)


def dropped_from_charter(pack: Pack) -> None:
    pack["parts"]["rule"]["charter"]["rules"].remove("csp_noise_day")


def renamed_rule(pack: Pack) -> None:
    rules = pack["parts"]["rule"]["rules"]
    rules["csp_quiet_night"] = {**rules.pop(RULE), "id": "csp_quiet_night"}
    pack["parts"]["rule"]["charter"]["rules"].append("csp_quiet_night")
    pack["head"]["scope"]["rule"] = "csp_quiet_night"
    pack["parts"]["breach"]["records"] = []


def one_raw_point_less(pack: Pack) -> None:
    del pack["parts"]["raw_hashes"]["points"]["sound_north.sound_level_laeq_dba"]


def few_raw_rows(pack: Pack) -> None:
    points = pack["parts"]["raw_hashes"]["points"]
    points["sound_north.sound_level_laeq_dba"]["2026-11-19"][0] = 3


def one_raw_day_less(pack: Pack) -> None:
    del pack["parts"]["raw_hashes"]["points"]["sound_north.sound_level_laeq_dba"]["2026-11-20"]


def other_site(pack: Pack) -> None:
    pack["head"]["site"] = pack["parts"]["chain"]["site"] = "elsewhere"
    pack["parts"]["breach"]["records"] = []
    all_anew(pack)


def louder_nights(pack: Pack) -> None:
    """Yesterday's verdicts were other ones."""
    pack["parts"]["chain"]["entries"][0]["body"]["verdict"] = "breach"
    all_anew(pack)


def cut_chain(pack: Pack) -> None:
    del pack["parts"]["chain"]["entries"][:3]


@dataclass(frozen=True, slots=True)
class Forgery:
    """A change, whether all that follows is computed again, and what the check must say."""

    change: Change
    said: str
    outcome: Outcome = Outcome.REFUSED
    anew: bool = True


YESTERDAY, SOON = utc_text(NOW - timedelta(days=1)), utc_text(NOW + timedelta(days=30))
FORGERIES = {
    "threshold": Forgery(
        in_parameter("value", value=9.0),
        "csp_noise_night.values.2017-08-10.value is 9.0, and 3.0 in the charter",
    ),
    "threshold in the hair": Forgery(in_parameter("value", value=3.0000000001), "and 3.0 in the"),
    "article": Forgery(in_parameter("reference", "article", value="R.1336-9"), "'R.1336-9', and"),
    "title of the text": Forgery(
        in_parameter("reference", "title", value="Arrêté"), "'Arrêté', and"
    ),
    "day in force": Forgery(
        lambda pack: pack["parts"]["rule"]["parameters"][RULE]["values"].update(
            {"2027-01-01": pack["parts"]["rule"]["parameters"][RULE]["values"].pop("2017-08-10")}
        ),
        "values.2027-01-01 is",
    ),
    "applicability": Forgery(
        in_rule("applies_when", "noise_regime", value="icpe"), "applies_when.noise_regime is 'icpe'"
    ),
    "patience with a breach": Forgery(
        in_rule("breach", value={"opens_after_hours": 9999.0}), "breach is {'opens_after_hours'"
    ),
    "coverage": Forgery(in_rule("min_coverage", value=0.0), "min_coverage is 0"),
    "severity": Forgery(in_rule("severity", value="benchmark"), "severity is 'benchmark'"),
    "words of the rule": Forgery(in_rule("text_fr", value="Rien."), "text_fr is 'Rien.'"),
    "legal status": Forgery(
        set_in("rule", "parameters", RULE, "legal_status", value="voluntary"), "is 'voluntary'"
    ),
    "version": Forgery(raised_version, "is unknown to this verifier", Outcome.LAW_UNKNOWN),
    "name of the rule": Forgery(
        renamed_rule, "csp_quiet_night is unknown to this verifier", Outcome.LAW_UNKNOWN
    ),
    "name of the charter": Forgery(in_charter("id", "green"), "and the site says 'paris'"),
    "name of the charter and of the site's": Forgery(
        both(
            in_charter("id", "green"),
            set_in("site_facts", "declared", "site", "charter", value="green"),
        ),
        "charter 'green' is unknown to this verifier",
        Outcome.LAW_UNKNOWN,
    ),
    "another charter that has the rule": Forgery(
        both(
            in_charter("id", "fr_noise_csp"),
            set_in("site_facts", "declared", "site", "charter", value="fr_noise_csp"),
        ),
        "charter 'fr_noise_csp': title_en is",
    ),
    "title of the charter": Forgery(in_charter("title_fr", "Charte verte"), "'Charte verte', and"),
    "rules of the charter": Forgery(
        dropped_from_charter, "has other rules here: +csp_noise_day", Outcome.LAW_UNKNOWN
    ),
    "day of judgement": Forgery(
        set_in("verdict", "on", value="2016-11-19"), "judged by the law of 2016-11-19"
    ),
    "data known too early": Forgery(
        set_in("verdict", "known_on", value=YESTERDAY), "before their end"
    ),
    "data never known": Forgery(set_in("verdict", "known_on", value=None), "does not say when"),
    "made before its data": Forgery(in_head("made_at", value=YESTERDAY), "before its data were"),
    "made in the future": Forgery(in_head("made_at", value=SOON), "which is yet to come"),
    "raw hashes emptied": Forgery(
        set_in("raw_hashes", "points", value={}), "has no hash of its raw rows"
    ),
    "raw hashes that time did not allow": Forgery(
        both(
            set_in("raw_hashes", "points", value={}), set_in("raw_hashes", "complete", value=False)
        ),
        "were not all hashed",
    ),
    "one point without raw hashes": Forgery(one_raw_point_less, "no hash of its raw rows"),
    "one day without raw hash": Forgery(one_raw_day_less, "raw rows of 2026-11-20"),
    "fewer raw rows than readings": Forgery(few_raw_rows, "has 3 raw rows on 2026-11-19"),
    "code that is none": Forgery(
        set_in("code", "code_version", value="9.9+0123456789ab"), "does not follow from the source"
    ),
    "site": Forgery(other_site, "the pack is of site 'elsewhere'", anew=False),
    "scope of another rule": Forgery(
        in_head("scope", "rule", value="paris_erf"), "of another rule than the pack holds"
    ),
    "scope of a period": Forgery(
        in_head(
            "scope",
            value={
                "kind": "period",
                "period": "2026-11",
                "start": "2026-10-31T23:00:00.000000Z",
                "end": "2026-11-30T23:00:00.000000Z",
            },
        ),
        "leaves out rule csp_noise_day of charter 'paris'",
    ),
    "words of the verdict": Forgery(
        set_in("verdict", "findings", 0, "explanation_fr", value="Tout va bien."),
        "explanation_fr does not follow",
        anew=False,
    ),
    "reference of the verdict": Forgery(
        set_in("verdict", "findings", 0, "reference_article", value="R.1"),
        "reference_article does not follow",
        anew=False,
    ),
    "breach left out": Forgery(set_in("breach", "records", value=[]), "leaves out what happened"),
    "breach resolved": Forgery(
        set_in("breach", "records", 0, "breach", "state", value="resolved"),
        "its trail does not end there",
    ),
    "beginning of a breach": Forgery(
        set_in("breach", "records", 0, "breach", "began_at", value="2026-01-01T00:00:00.000000Z"),
        "did not begin, or was not noticed",
    ),
    "notice of a breach": Forgery(
        set_in("breach", "records", 0, "breach", "noticed_at", value="2026-12-01T00:00:00.000000Z"),
        "did not begin, or was not noticed",
    ),
    "event of a breach": Forgery(
        set_in("breach", "records", 0, "trail", 0, "event", "who", value="A. Martin"),
        "tells another event",
    ),
    "beginning of the chain": Forgery(cut_chain, "begins too late"),
    "the past": Forgery(louder_nights, "the past was written anew", anew=False),
}


def published(pack: Pack) -> PublishedHead:
    """The head of the chain as it was published, before anybody forged anything."""
    last = entry_of(pack["parts"]["chain"]["entries"][3])
    return PublishedHead(
        site=SITE,
        seq=last.seq,
        sha256=last.sha256,
        recorded_at=last.recorded_at,
        published_at=NOW,
    )


@pytest.mark.parametrize("name", FORGERIES)
def test_what_the_owner_of_the_key_forges_is_named(small: Small, name: str) -> None:
    forgery, pack = FORGERIES[name], small()
    verifier = replace(TRUSTING, heads=(HeadList((published(pack),)),))
    forgery.change(pack)
    if forgery.anew:
        judged_anew(pack)

    report = checked(sign_again(pack, KEY), verifier)

    assert report.outcome is forgery.outcome
    assert forgery.said in f"{report.problems} {report.unknown}"


def test_making_all_anew_without_a_forgery_gives_a_good_pack(small: Small) -> None:
    pack = small()
    judged_anew(pack)

    report = checked(sign_again(pack, KEY), TRUSTING)

    assert report.problems == []
    assert report.outcome is Outcome.GOOD


def test_forty_ways_are_tried_and_half_of_them_with_the_key() -> None:
    assert len(TAMPERING) + len(FORGERIES) >= 40
    assert len(FORGERIES) >= 20
