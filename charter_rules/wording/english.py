"""English wording. No-break space before units, decimal point."""

from charter_rules.facts import Author
from charter_rules.findings import LegalStatus, Verdict, Verification
from charter_rules.judging.applicability import (
    CoolingBefore,
    CoolingFrom,
    CreatedOrModifiedFrom,
    InZone,
    MinAiShare,
    MinFloorArea,
    MinRatedConnection,
    MinSiretItPower,
    TotalInputAbove,
    UnderIcpeRegime,
)
from charter_rules.judging.conditions import Comparison
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.law.availability import NotMeasured
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
    threshold_since="Threshold: {limit}, applicable since {day}.",
    threshold_from="Threshold: {limit}, applicable from {day}.",
    threshold_not_published=(
        "Threshold: the duty exists since {day}, but its number is not published here."
    ),
    duty_since="A duty without a figure, applicable since {day}.",
    duty_from="A duty without a figure, applicable from {day}.",
    duty_yearly="Due: {day}, on the year {year}.",
    threshold_repealed="Threshold: repealed on {day}.",
    threshold_ended="Threshold: for young sites only; for this one, until {day}.",
    will_become="It becomes {limit} on {day}.",
    will_be_repealed="It is repealed on {day}.",
    grace="The text leaves {months} months after entry into operation ({entry}).",
    not_measured="Boucle cannot measure this yet: {reason}.",
    measured=(
        "{origin}: {label} = {value}{uncertainty} over {window}, "
        "from {start} to {end}, coverage {coverage}."
    ),
    uncertainty=" ± {value} (k = 2)",
    margin_kept="Margin: {margin} on the good side of the limit, guard band {guard}.",
    margin_missed="Excess: {margin} beyond the limit, guard band {guard}.",
    changed="Change from {against}: {change} ± {uncertainty} (k = 2).",
    declared="Done, says {author} ({day}): {document}.",
    not_declared="Not done, says {author} ({day}): {document}.",
    undated="undated",
    points="points",
    guard_uncertainty="The guard band is the expanded uncertainty (JCGM 106).",
    indicative="What is measured here is not what the text judges: {reason}",
    missing_inspection="It takes a measurement where and as the text asks, by an inspection body.",
    not_fixed="The text exists, but its figure is not fixed, or not published here.",
    missing_figure="The figure of the text is missing.",
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
    missing="{lack}.",
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

_VERDICTS = {
    Verdict.COMPLIANT: "compliant",
    Verdict.COMPLIANT_NOT_PROVEN: "compliant, not proven",
    Verdict.SUSPECTED: "breach suspected",
    Verdict.BREACH: "breach",
    Verdict.DEVIATION: "deviation from the reference",
    Verdict.DECLARED_UNCHECKED: "declared, unchecked",
    Verdict.LATE: "done late",
    Verdict.NOT_HANDED_IN: "nothing received by the deadline",
    Verdict.NOT_FIXED: "threshold not fixed",
    Verdict.INSUFFICIENT_DATA: "insufficient data",
    Verdict.NOT_APPLICABLE: "not applicable to this site",
    Verdict.NOT_IN_FORCE: "not in force",
}

_REASONS = {
    Verdict.COMPLIANT: "The value keeps the limit, guard band included.",
    Verdict.COMPLIANT_NOT_PROVEN: "The value keeps the limit, but by too little to prove it.",
    Verdict.SUSPECTED: "The value is beyond the limit, but by too little to establish it.",
    Verdict.BREACH: "The value is beyond the limit by more than the guard band.",
    Verdict.DEVIATION: (
        "The value is beyond the reference by more than the guard band. It does not bind this site."
    ),
    Verdict.DECLARED_UNCHECKED: "The declared value keeps the limit; nobody checked it.",
}

_PRESENCE_REASONS = {
    Verdict.COMPLIANT: "The KPI is known, with the coverage asked for.",
    Verdict.COMPLIANT_NOT_PROVEN: "The KPI is known, but not by measurement.",
    Verdict.SUSPECTED: "The KPI is not established.",
    Verdict.BREACH: "No meter can establish the KPI.",
    Verdict.DEVIATION: "No meter can establish the KPI; this reference does not bind the site.",
}

_DUTY_REASONS = {
    Verdict.COMPLIANT: "What is asked was found done by an inspection.",
    Verdict.COMPLIANT_NOT_PROVEN: "What is asked was found done, without a measurement to show it.",
    Verdict.SUSPECTED: "What is asked seems not to be done.",
    Verdict.BREACH: "What is asked is not done.",
    Verdict.DECLARED_UNCHECKED: "The operator says that it is done; nobody checked it.",
    Verdict.LATE: "It is done, after its day.",
    Verdict.NOT_HANDED_IN: "Nothing is known of it, and its day is past.",
    Verdict.DEVIATION: "This reference, which does not bind the site, is declared not followed.",
}

_UNKNOWN_FACTS: dict[type, str] = {
    TotalInputAbove: "the total rated input",
    MinSiretItPower: "the installed IT power under its SIRET",
    MinRatedConnection: "the non-redundant rated connection",
    CreatedOrModifiedFrom: "the day of the last major modification",
    CoolingBefore: "the entry into operation of the cooling",
    CoolingFrom: "the entry into operation of the cooling",
    MinFloorArea: "the floor area",
    MinAiShare: "the share of AI computing",
    UnderIcpeRegime: "the ICPE regime",
    InZone: "the zone",
}

_LACKS = {
    MissingEvidence.NO_RESULT: "no result is computed for this KPI over this window",
    MissingEvidence.NO_VALUE: "the KPI has no value ({detail})",
    MissingEvidence.IMPOSSIBLE: (
        "the value is impossible ({value}): a meter, a unit or a declaration is wrong"
    ),
    MissingEvidence.SHORT_WINDOW: "the window has {hours}, {needed} are needed",
    MissingEvidence.LOW_COVERAGE: "coverage is {coverage}, {needed} is needed",
    MissingEvidence.NO_UNCERTAINTY: "the uncertainty of the value is not known",
    MissingEvidence.NO_LEVEL: (
        "the ambient level, which decides whether the rule applies, is not known"
    ),
    MissingEvidence.NO_EARLIER_RESULT: "the value of {against}, the starting point, is not known",
    MissingEvidence.NO_DECLARATION: "no declaration of the operator is known",
    MissingEvidence.UNKNOWN_FACT: "a fact of the site is not known: {fact}",
}

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
    Verification.READ_IN_SOURCE: "read in the text",
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
    numbers=NumberStyle(decimal_mark=".", thousands_mark=",", unit_gap=_GAP, percent_gap=_GAP),
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
    spacing={},
    sentences=_SENTENCES,
    site_reasons=_SITE_REASONS,
    verdicts=_VERDICTS,
    reasons=_REASONS,
    presence_reasons=_PRESENCE_REASONS,
    duty_reasons=_DUTY_REASONS,
    lacks=_LACKS,
    unknown_facts=_UNKNOWN_FACTS,
    legal_statuses=_LEGAL_STATUSES,
    verifications=_VERIFICATIONS,
    origins=_ORIGINS,
    authors=_AUTHORS,
    kpi=KPI_WORDS,
    not_measured=_NOT_MEASURED,
)
