"""English wording. No-break space before units, decimal point."""

import re

from charter_rules.facts import Author
from charter_rules.findings import LegalStatus, Verification
from charter_rules.judging.conditions import Comparison
from charter_rules.law.availability import NotMeasured
from charter_rules.wording.abbreviations import ENGLISH as ABBREVIATIONS
from charter_rules.wording.english_verdicts import (
    DUTY_REASONS,
    LACKS,
    PRESENCE_REASONS,
    PROOFS,
    REASONS,
    UNKNOWN_FACTS,
    VERDICTS,
)
from charter_rules.wording.language import DateStyle, NumberStyle, Sentences, SiteReasons, Wording
from models.kpi.words_en import ENGLISH as KPI_WORDS
from models.readings import Origin

_GAP = "\u00a0"

_SENTENCES = Sentences(
    asked="Asked: {text}",
    source="Text: {title}, {article} ({status}; {verification}).",
    limit={
        Comparison.AT_MOST: "at most {value}",
        Comparison.AT_LEAST: "at least {value}",
        Comparison.BETWEEN: "between {value} and {high}",
        Comparison.TREND: "a change of at most {value}",
    },
    limit_fall="a fall of at least {value}",
    threshold_since="Threshold: {limit}, applicable since {day}.",
    threshold_from="Threshold: {limit}, applicable from {day}.",
    threshold_not_published=(
        "Requirement: the text asks for this since {day}, without a figure known here."
    ),
    not_published_from=(
        "Requirement: the text asks for this from {day}, without a figure known here."
    ),
    duty_since="Requirement: without a figure, applicable since {day}.",
    duty_from="Requirement: without a figure, applicable from {day}.",
    duty_yearly="Due: {day}, on the year {year}.",
    threshold_repealed="Requirement: repealed on {day}.",
    threshold_ended="Requirement: for young sites only; for this one, until {day}.",
    will_become="It becomes {limit} on {day}.",
    will_be_repealed="It is repealed on {day}.",
    grace="The text leaves {months} months after entry into operation ({entry}).",
    not_measured="Boucle cannot measure this yet: {reason}.",
    measured=(
        "{origin}: {label} = {value}{uncertainty} over {window}, "
        "from {start} to {end}, coverage {coverage}."
    ),
    inspected=(
        "Measured by {author} on {day} ({document}): {label} = {value}{uncertainty}. This outranks "
        "the sensors."
    ),
    uncertainty=" (k = 2)",
    margin_kept={
        Comparison.AT_MOST: "Margin: {margin} below the maximum, guard band {guard}.",
        Comparison.AT_LEAST: "Margin: {margin} above the minimum, guard band {guard}.",
        Comparison.BETWEEN: "Margin: {margin} inside the range, guard band {guard}.",
        Comparison.TREND: "Margin: {margin} better than asked for, guard band {guard}.",
    },
    margin_missed={
        Comparison.AT_MOST: "Excess: {margin} above the maximum, guard band {guard}.",
        Comparison.AT_LEAST: "Shortfall: {margin} below the minimum, guard band {guard}.",
        Comparison.BETWEEN: "Excess: {margin} outside the range, guard band {guard}.",
        Comparison.TREND: "Shortfall: {margin} less than asked for, guard band {guard}.",
    },
    changed="Change from {against}: {change} (k = 2).",
    declared="Done, says {author} ({day}): {document}.",
    not_declared="Not done, says {author} ({day}): {document}.",
    undated="undated",
    points="points",
    guard_uncertainty="The guard band is the expanded uncertainty (JCGM 106).",
    indicative="What is measured here is not what the text judges: {reason}",
    missing_inspection=(
        "It takes an inspection body that measures what the text judges, where and as it asks."
    ),
    no_number="the computation gives no number",
    not_fixed="The text exists, but its figure is not fixed, or not published here.",
    nothing_to_prove="Nothing is asked of the operator until that figure is fixed.",
    missing_check="It takes an inspection that finds it so.",
    conclusion="Conclusion: {verdict}. {reason}",
    not_in_force="The text asks nothing of this site on {day}.",
    not_applicable="The rule does not concern this site: {reason}.",
    insufficient="What is missing to judge: {lack}.",
    downgraded=(
        "The rule asks for measurement: a value whose origin is “{origin}” cannot prove more."
    ),
    doubted="A value that rests on a meter in doubt proves nothing, whichever way it points.",
    doubt="{meter} is in doubt: {reason}.",
    named_meter="Meter {meter}",
    unnamed_meter="A meter behind this value",
    to_do="To do: {text}",
    missing_farther="It would take a value further from the limit.",
    missing_surer=(
        "It would take an uncertainty of at most {margin} (it is {guard}), "
        "or a value further from the limit."
    ),
    missing_further="It would take a result more than {guard} from the limit.",
    missing_measurement="It would take a measurement: a declared or estimated value is no proof.",
    missing_repair="First put the meter right: {meters}.",
    doubted_meter="the one in doubt",
)

_SITE_REASONS = SiteReasons(
    entered_too_late=(
        "it entered into operation on {entry}, the text is for sites in operation before {day}"
    ),
    entered_too_early=(
        "it entered into operation on {entry}, the text is for sites that start from {day}"
    ),
    changed_too_early=(
        "it neither entered into operation nor had a major modification since {day}, as in the text"
    ),
    cooling_too_late=(
        "its cooling entered into operation on {entry}, the text is for plant from before {day}"
    ),
    cooling_too_early=(
        "its cooling entered into operation on {entry}, the text is for plant from {day}"
    ),
    power_too_low="its installed IT power is {power}, the text is for {limit} and more",
    power_not_above="its installed IT power is {power}, the text is for more than {limit}",
    siret_power_too_low=(
        "the installed IT power under its SIRET is {power}, the text is for {limit} and more"
    ),
    connection_too_low=(
        "its non-redundant rated connection is {power}, the text is for {limit} and more"
    ),
    input_not_above="its total rated input is {power}, the text is for more than {limit}",
    area_too_small="its floor area is {area}, the text is for {limit} and more",
    ai_share_too_low="its share of AI computing is {share}, the text is for {limit} and more",
    other_icpe_regime="it is not under the ICPE regime of the text",
    off_level="the ambient noise measured, {level}, is not in the range of the text",
    other_zone="it is not in one of the zones of the text ({zones})",
    public_only="the text is for public operators only",
    private_only="the text is for private operators only",
    exempt="the text excepts vital operators, defence and civil protection",
    exempt_only="the text is for vital operators, defence and civil protection only",
    other_noise_regime="it is under another noise regime than that of the text",
)

_AUTHORS = {
    Author.OPERATOR: "the operator",
    Author.TAKER: "the heat taker",
    Author.INSPECTOR: "an inspection",
    Author.AUTHORITY: "the authority",
}

_NOT_MEASURED = {
    NotMeasured.NO_IT_WORK: "no interface tells how much the servers are used",
}

_LEGAL_STATUSES = {
    LegalStatus.FR_LAW: "French law",
    LegalStatus.EU_LAW: "EU law",
    LegalStatus.EU_ADOPTED_NOT_IN_FORCE: "EU text adopted, not in force",
    LegalStatus.FOREIGN_LAW: "foreign law, a benchmark without force here",
    LegalStatus.VOLUNTARY: "voluntary commitment",
    LegalStatus.CITY_PROPOSAL: "proposal for the charter, without legal force",
}

_VERIFICATIONS = {
    Verification.READ_IN_SOURCE: "checked in a copy of the official text",
    Verification.SECONDARY: "read in a secondary source",
    Verification.UNVERIFIED: "not verified",
}

_ORIGINS = {
    Origin.MEASURED: "Measured",
    Origin.IMPORTED: "Measured, in part imported",
    Origin.SUBSTITUTED: "Estimated",
    Origin.DECLARED: "Declared",
}

ENGLISH = Wording(
    language="en",
    abbreviations=ABBREVIATIONS,
    numbers=NumberStyle(
        decimal_mark=".", thousands_mark=",", unit_gap=_GAP, percent_gap=_GAP, units={}
    ),
    dates=DateStyle(
        months=(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        first_of_month="1",
        day="{day} {month} {year}",
        moment="{day} at {hour}",
    ),
    typography=((re.compile(r"\b([LRD]\.) (?=\d)"), rf"\1{_GAP}"),),
    sentences=_SENTENCES,
    site_reasons=_SITE_REASONS,
    verdicts=VERDICTS,
    reasons=REASONS,
    presence_reasons=PRESENCE_REASONS,
    duty_reasons=DUTY_REASONS,
    lacks=LACKS,
    proofs=PROOFS,
    unknown_facts=UNKNOWN_FACTS,
    legal_statuses=_LEGAL_STATUSES,
    verifications=_VERIFICATIONS,
    origins=_ORIGINS,
    authors=_AUTHORS,
    kpi=KPI_WORDS,
    not_measured=_NOT_MEASURED,
)
