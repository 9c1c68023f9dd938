"""A report in plain words, for whoever asked for the check."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from charter_rules.findings import Verdict
from charter_rules.law.kpis import spec_of
from charter_rules.wording.measured import kpi_unit, measured_in
from models.legal_time.days import local_time
from models.readings import Origin
from service.evidence.canonical import Json, instant_of
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
        yield from (f"      {line}" for line in _rests_on(finding, lang))
    for figure in report.figures:
        if figure["value"] is not None:
            yield f"    {figure_line(figure, lang)}"


def finding_line(finding: Mapping[str, Json], lang: str) -> str:
    """One verdict with all that it rests on."""
    wording, suffix = WORDINGS[lang], "" if lang == "fr" else f"_{lang}"
    title, article = (
        wording.typeset(finding[f"reference_{one}{suffix}"]) for one in ("title", "article")
    )
    return say(
        lang,
        "judged",
        rule=finding["rule_id"],
        version=finding["rule_version"],
        title=finding[f"title_{lang}"],
        verdict=wording.verdicts[Verdict(finding["verdict"])],
        on=wording.dates.write_day(date.fromisoformat(finding["on"])),
        threshold=_threshold(finding, lang),
        reference=say(lang, "reference", title=title, article=article),
    )


def figure_line(figure: Mapping[str, Json], lang: str) -> str:
    """One KPI over the period of the pack."""
    wording = WORDINGS[lang]
    spec = spec_of(figure["kpi"])
    shown = measured_in(
        figure["value"],
        figure["expanded_uncertainty"],
        kpi_unit(spec),
        wording.numbers,
        decimals=spec.decimals,
    )
    return say(
        lang,
        "figure",
        label=wording.kpi.kpis[figure["kpi"]].label,
        value=shown.text,
        period=figure["window"]["name"],
        share=wording.numbers.share(figure["coverage_ratio"]),
    )


def _threshold(finding: Mapping[str, Json], lang: str) -> str:
    if finding["text_threshold"] is None or finding["comparison"] not in _LIMITS:
        return say(lang, "no_threshold")
    value, high = finding["text_threshold"], finding["threshold_high"]
    limit = say(
        lang,
        finding["comparison"],
        value=_of_text(value, finding, lang),
        high="" if high is None else _of_text(high / finding["text_factor"], finding, lang),
    )
    if finding["comparison"] == "trend" and value < 0.0:
        limit = say(lang, "fall", value=_of_text(-value, finding, lang))
    return say(lang, "threshold", limit=limit)


def _rests_on(finding: Mapping[str, Json], lang: str) -> Iterator[str]:
    """The figure that was weighed, over which time, and the meters whose readings it is of."""
    kpi, wording = finding["kpi"], WORDINGS[lang]
    if kpi is None or finding["weighed_value"] is None:
        return
    shown = measured_in(
        finding["weighed_value"],
        finding["guard_band"],
        (finding["text_unit"], finding["text_factor"]),
        WORDINGS[lang].numbers,
        decimals=spec_of(finding["kpi_id"]).decimals,
    )
    start, end = (
        wording.dates.write_moment(local_time(instant_of(kpi["window"][edge])))
        for edge in ("start", "end")
    )
    yield say(
        lang,
        "rests_on",
        label=wording.kpi.kpis[kpi["kpi"]].label,
        value=shown.text,
        start=start,
        end=end,
        share=wording.numbers.share(kpi["coverage_ratio"]),
        origin=wording.origins[Origin[kpi["origin"].upper()]].lower(),
    )
    if kpi["inputs"]:
        yield say(lang, "meters", meters=", ".join(kpi["inputs"]))


def _of_text(value: float, finding: Mapping[str, Json], lang: str) -> str:
    """A figure of the text, with its own digits and unit."""
    numbers = WORDINGS[lang].numbers
    return numbers.with_unit(numbers.as_written(Decimal(f"{value:.10g}")), finding["text_unit"])
