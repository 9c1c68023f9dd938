"""English words of the verdicts: their names, their reasons, and what would prove more."""

from charter_rules.findings import Verdict
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
from charter_rules.judging.outcome import MissingEvidence

VERDICTS = {
    Verdict.COMPLIANT: "compliant",
    Verdict.COMPLIANT_NOT_PROVEN: "compliant, not proven",
    Verdict.SUSPECTED: "non-compliance suspected",
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

REASONS = {
    Verdict.COMPLIANT: "The value keeps the limit, guard band included.",
    Verdict.COMPLIANT_NOT_PROVEN: "The value keeps the limit, but by too little to prove it.",
    Verdict.SUSPECTED: "The value is beyond the limit, but by too little to establish it.",
    Verdict.BREACH: "The value is beyond the limit by more than the guard band.",
    Verdict.DEVIATION: (
        "The value is beyond the reference by more than the guard band. It does not bind this site."
    ),
    Verdict.DECLARED_UNCHECKED: "The declared value keeps the limit; nobody checked it.",
}

PRESENCE_REASONS = {
    Verdict.COMPLIANT: "The KPI is known, with the coverage asked for.",
    Verdict.COMPLIANT_NOT_PROVEN: "The KPI is known, but not by measurement.",
    Verdict.SUSPECTED: "The KPI is not established.",
    Verdict.BREACH: "No meter can establish the KPI.",
    Verdict.DEVIATION: "No meter can establish the KPI; this reference does not bind the site.",
}

DUTY_REASONS = {
    Verdict.COMPLIANT: "What is asked was found done by an inspection.",
    Verdict.COMPLIANT_NOT_PROVEN: "What is asked was found done, without a measurement to show it.",
    Verdict.SUSPECTED: "What is asked seems not to be done.",
    Verdict.BREACH: "What is asked is not done.",
    Verdict.DECLARED_UNCHECKED: "The operator says that it is done; nobody checked it.",
    Verdict.LATE: "It is done, after its day.",
    Verdict.NOT_HANDED_IN: "Nothing is known of it, and its day is past.",
    Verdict.DEVIATION: "This reference, which does not bind the site, is declared not followed.",
}

UNKNOWN_FACTS: dict[type, str] = {
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

LACKS = {
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

PROOFS = {
    MissingEvidence.NO_RESULT: "It takes a measurement of this KPI, or a declaration.",
    MissingEvidence.NO_VALUE: "It takes what the KPI is computed from, over the whole period.",
    MissingEvidence.IMPOSSIBLE: "It takes a possible value, once the error is found.",
    MissingEvidence.SHORT_WINDOW: "It takes time: the period must be long enough.",
    MissingEvidence.LOW_COVERAGE: (
        "It takes the readings that are missing, or a period that is better covered."
    ),
    MissingEvidence.NO_UNCERTAINTY: (
        "It takes the class of each meter, or the uncertainty of the declared value."
    ),
    MissingEvidence.NO_LEVEL: "It takes a measurement of the ambient level.",
    MissingEvidence.NO_EARLIER_RESULT: (
        "It takes that earlier value, measured, or declared with its document."
    ),
    MissingEvidence.NO_DECLARATION: (
        "It takes a declaration with its document, and an inspection that finds it so."
    ),
    MissingEvidence.UNKNOWN_FACT: "It takes a declaration of that fact by the operator.",
}
