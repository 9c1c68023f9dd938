"""Rules made from charter, site and devices: promtool runs them, and a changed limit is noticed."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from charter_rules.law.rulebook import Rule, RuleBook
from service.alerts.alert import Alert
from service.alerts.grafana import grafana_rules
from service.alerts.limits import limits_by_day
from service.alerts.rule_files import dump
from service.alerts.wording import LANGUAGES, catalogue, words_of
from service.alerts.writing import alerts_of, rule_texts
from tests.service.alerts.small_site import FACTS, TODAY, WRITING, small_charter, small_site
from tests.service.metrics.families import ALL

UNTIL = TODAY.replace(year=2031)


def texts_of(book: RuleBook) -> Mapping[Path, str]:
    return rule_texts(alerts_of(small_site(), book, FACTS, TODAY), WRITING)


def written(folder: Path, texts: Mapping[Path, str]) -> Path:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def promtool(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(program / "promtool"), *(str(one) for one in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_promtool_finds_the_rules_in_order_and_their_tests_pass(
    prometheus_programs: Path, tmp_path: Path
) -> None:
    folder = written(tmp_path, texts_of(small_charter()))
    rules = [*folder.glob("*.yml")]
    tests = [*folder.glob("tests/*.yml")]
    assert (len(rules), len(tests)) == (2, 2)
    checked = promtool(prometheus_programs, "check", "rules", *rules)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = promtool(prometheus_programs, "test", "rules", *tests)
    assert tested.returncode == 0, (tested.stdout + tested.stderr)[-4000:]


def test_grafana_manages_the_same_alerts_on_expressions_that_prometheus_takes(
    prometheus_programs: Path, tmp_path: Path
) -> None:
    rules = grafana_rules(every_alert(), WRITING)
    [group] = rules["groups"]
    assert {rule["title"].partition(" ")[0] for rule in group["rules"]} == {
        alert.name for alert in every_alert()
    }
    assert len({rule["uid"] for rule in group["rules"]}) == len(group["rules"])
    expressions = []
    for rule in group["rules"]:
        queries = {one["refId"]: one for one in rule["data"]}
        assert rule["condition"] in queries
        assert queries["beyond"]["model"]["expression"] == "held"
        assert all(one["model"]["refId"] == name for name, one in queries.items())
        expressions.append({"record": "a:b", "expr": queries["held"]["model"]["expr"]})
    path = tmp_path / "all.yml"
    path.write_text(dump({"groups": [{"name": "all", "rules": expressions}]}, "all"), "utf-8")
    checked = promtool(prometheus_programs, "check", "rules", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def with_figures(rule: Rule) -> Iterator[Rule]:
    """The rule with each of its figures changed by a hundredth in turn."""
    entries = rule.parameter.values.entries
    for n, entry in enumerate(entries):
        if entry.value is None:
            continue
        other = replace(entry, value=1.01 * entry.value)
        values = replace(rule.parameter.values, entries=(*entries[:n], other, *entries[n + 1 :]))
        yield replace(rule, parameter=replace(rule.parameter, values=values))


def test_a_change_of_any_limit_that_counts_changes_rules_and_tests() -> None:
    book, site = small_charter(), WRITING.site
    before, shown = texts_of(book), limits_by_day(book, FACTS, TODAY, UNTIL)
    limits = {Path(f"{site}.limits.yml"), Path(f"tests/{site}.limits.yml")}
    tests = Path(f"tests/{site}.alerts.yml")
    noticed = set()
    for n, rule in enumerate(book.rules):
        for other in with_figures(rule):
            changed = replace(book, rules=(*book.rules[:n], other, *book.rules[n + 1 :]))
            now = limits_by_day(changed, FACTS, TODAY, UNTIL)
            if now == shown:
                continue
            after = texts_of(changed)
            different = {path for path in before if before[path] != after[path]}
            assert limits <= different, rule.id
            noticed |= {(rule.id, path == tests) for path in different}
    assert {name for name, _ in noticed} == {key.rule for key in shown}
    # Weighed by figure, uncertainty and limit alone: the alert is tried at the new limit.
    assert {name for name, is_alert in noticed if is_alert} >= {"paris_erf", "paris_wue"}


def test_old_tests_fail_on_a_changed_limit(prometheus_programs: Path, tmp_path: Path) -> None:
    [rule] = [rule for rule in small_charter().rules if rule.id == "paris_erf"]
    book = replace(small_charter(), rules=(rule,))
    [stricter, *_] = with_figures(rule)
    changed = replace(book, rules=(stricter,))
    old, new = texts_of(book), texts_of(changed)
    limits = Path("chapelle_international.limits.yml")
    mixed = {limits: new[limits], Path("tests") / limits: old[Path("tests") / limits]}
    folder = written(tmp_path, mixed)
    tested = promtool(prometheus_programs, "test", "rules", folder / "tests" / limits)
    assert tested.returncode != 0
    assert "boucle:limit_erf_ratio" in tested.stdout + tested.stderr


def every_alert() -> tuple[Alert, ...]:
    return alerts_of(small_site(), small_charter(), FACTS, TODAY).alerts


def test_every_alert_has_words_in_both_languages_and_no_word_is_without_alert() -> None:
    names = {alert.name for alert in every_alert()}
    for lang in LANGUAGES:
        assert catalogue(lang).keys() == names
    for alert in every_alert():
        for lang in LANGUAGES:
            words = words_of(alert, "Chapelle", lang)
            for text in (words.summary, words.consequence, *words.check):
                assert "{" not in text.replace("{{ $labels.meter }}", "")
            assert len(words.summary) <= 160
            assert words.check


def test_every_metric_of_a_rule_is_one_that_is_shown() -> None:
    known = {family.name for family in ALL}
    for alert in every_alert():
        found = set(re.findall(r"\bboucle_[a-z0-9_]+", alert.condition))
        assert found <= known, alert.name


@pytest.mark.parametrize("alert", every_alert(), ids=lambda one: f"{one.name}-{one.labels}")
def test_what_an_alert_is_tried_with_is_told_apart(alert: Alert) -> None:
    assert alert.example.fires != alert.example.silent
