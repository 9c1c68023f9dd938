"""A report in plain words, for whoever asked for the check."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from charter_rules.findings import Verdict
from service.evidence.canonical import Json
from service.evidence.report import Outcome, Report
from service.evidence.text import WORDINGS, say

_LIMITS: Final = frozenset({"at_most", "at_least", "between", "trend"})


def report_lines(report: Report, lang: str) -> Iterator[str]:
    """What was found, the outcome first."""
    yield say(lang, report.outcome.value)
    for problem in (*report.problems, *report.unknown):
        yield f"  {problem.words(lang)}"
    if report.fingerprint is not None:
        yield f"  {say(lang, 'signer', fingerprint=report.fingerprint)}"
    if report.authorship is not None:
        yield f"  {report.authorship.words(lang)}"
    if report.findings:
        yield from _judged(report, lang)
    for remark in report.remarks:
        yield f"  {say(lang, 'note', message=remark.words(lang))}"


def _judged(report: Report, lang: str) -> Iterator[str]:
    bears = report.outcome is not Outcome.REFUSED
    yield f"  {say(lang, 'computed_again' if bears else 'came_out')}"
    if report.charter is not None:
        title = report.charter[f"title_{lang}"]
        yield f"    {say(lang, 'charter', title=title, id=report.charter['id'])}"
    for finding in report.findings:
        yield f"    {finding_line(finding, lang)}"
    for figure in report.figures:
        if figure["value"] is not None:
            yield f"    {figure_line(figure, lang)}"


def finding_line(finding: Mapping[str, Json], lang: str) -> str:
    """One verdict with all that it rests on."""
    wording = WORDINGS[lang]
    return say(
        lang,
        "judged",
        rule=finding["rule_id"],
        version=finding["rule_version"],
        title=finding[f"title_{lang}"],
        verdict=wording.verdicts[Verdict(finding["verdict"])],
        on=wording.dates.write_day(date.fromisoformat(finding["on"])),
        threshold=_threshold(finding, lang),
        reference=say(
            lang,
            "reference",
            title=finding["reference_title"],
            article=finding["reference_article"],
        ),
    )


def figure_line(figure: Mapping[str, Json], lang: str) -> str:
    """One KPI over the period of the pack."""
    wording, uncertainty = WORDINGS[lang], figure["expanded_uncertainty"]
    return say(
        lang,
        "figure",
        label=wording.kpi.kpis[figure["kpi"]].label,
        value=_figure(round(figure["value"], 6), figure["unit"], lang),
        uncertainty="?" if uncertainty is None else _figure(round(uncertainty, 6), "", lang),
        period=figure["window"]["name"],
        share=wording.numbers.share(figure["coverage_ratio"]),
    )


def _threshold(finding: Mapping[str, Json], lang: str) -> str:
    if finding["threshold"] is None or finding["comparison"] not in _LIMITS:
        return say(lang, "no_threshold")
    unit = finding["threshold_unit"]
    value = _figure(finding["threshold"], unit, lang)
    high = finding["threshold_high"]
    shown = "" if high is None else _figure(high, unit, lang)
    limit = say(lang, finding["comparison"], value=value, high=shown)
    told = say(lang, "threshold", limit=limit)
    if finding["weighed_value"] is None:
        return told
    measured = _figure(round(finding["weighed_value"], 6), unit, lang)
    return f"{told} ({say(lang, 'measured', value=measured)})"


def _figure(value: float, unit: str, lang: str) -> str:
    numbers = WORDINGS[lang].numbers
    return numbers.with_unit(numbers.as_written(Decimal(repr(float(value)))), unit)
