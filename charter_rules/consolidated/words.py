"""The words of the consolidated text, and whom a rule concerns, in French and English."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from charter_rules.facts import IcpeRegime, NoiseRegime
from charter_rules.findings import Axis, Severity
from charter_rules.judging.applicability import (
    CoolingBefore,
    CoolingFrom,
    CreatedOrModifiedFrom,
    EnteredBefore,
    EnteredFrom,
    InstalledItPowerAbove,
    InZone,
    MinAiShare,
    MinFloorArea,
    MinInstalledItPower,
    MinRatedConnection,
    MinSiretItPower,
    PublicOperator,
    SiteCondition,
    TotalInputAbove,
    UnderIcpeRegime,
    UnderNoiseRegime,
    VitalOrDefence,
)
from charter_rules.judging.conditions import Evidence, exact
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.french import FRENCH
from charter_rules.wording.language import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowWords:
    """What one language needs besides the wording of findings."""

    wording: Wording
    colon: str
    semicolon: str
    as_of: str
    in_force: str
    coming: str
    ended: str
    threshold: str
    requirement: str
    version: str
    none_published: str
    no_figure: str
    since: str
    from_: str
    then: str
    repealed: str
    reference: str
    published: str
    status: str
    unverified: str
    concerns: str
    everyone: str
    grace: str
    until_age: str
    indoors: str
    proof: str
    covers: str
    waiting: str
    band_of_uncertainty: str
    band_fixed: str
    weight: str
    to_do: str
    rule: str
    yearly: str
    axes: Mapping[Axis, str]
    severities: Mapping[Severity, str]
    evidences: Mapping[Evidence, str]
    conditions: Mapping[type, str]
    regimes: Mapping[NoiseRegime | IcpeRegime, str]
    public: str
    private: str
    exempt: str
    not_exempt: str


FRENCH_SHOW: Final = ShowWords(
    wording=FRENCH,
    colon="\u00a0: ",
    semicolon="\u202f; ",
    as_of="Texte en vigueur le {day}",
    in_force="En vigueur",
    coming="À venir",
    ended="Abrogé",
    threshold="Seuil",
    requirement="Exigence",
    version="{rule}, version {version} (empreinte {hash})",
    none_published="chiffre non publié ici : la règle existe, rien ne peut être prouvé",
    no_figure="demandé, sans chiffre",
    since="{limit}, depuis le {day}",
    from_="{limit}, à partir du {day}",
    then="puis {limit} à partir du {day}",
    repealed="abrogé le {day}",
    reference="Texte",
    published="publié le {day}",
    status="Valeur",
    unverified="⚠ à vérifier dans le texte officiel avant tout usage",
    concerns="Concerne",
    everyone="tous les sites",
    grace="à partir de {months} mois après la mise en service",
    until_age="jusqu’à {months} mois après la mise en service",
    indoors="{level} dans les pièces principales d’un logement",
    proof="Preuve",
    waiting="Mesure",
    covers="{evidence}, sur {window}, couverture d’au moins {coverage}",
    band_of_uncertainty="bande de garde : l’incertitude élargie, k = 2",
    band_fixed="bande de garde : {width}",
    weight="Portée",
    to_do="Mesure corrective",
    rule="Règle",
    yearly="chaque année, au plus tard le {day}/{month}",
    axes={
        Axis.ENERGY: "Énergie",
        Axis.HEAT: "Chaleur",
        Axis.WATER: "Eau",
        Axis.NOISE: "Bruit",
        Axis.RENEWABLES: "Énergies renouvelables",
        Axis.AI: "Salles d’IA",
        Axis.REFRIGERANTS: "Fluides frigorigènes",
        Axis.REPORTING: "Déclarations",
    },
    severities={Severity.OBLIGATION: "obligation", Severity.BENCHMARK: "repère"},
    evidences={Evidence.MEASUREMENT: "mesure exigée", Evidence.DECLARATION: "déclaration admise"},
    conditions={
        EnteredBefore: "sites en service avant le {0}",
        EnteredFrom: "sites mis en service à partir du {0}",
        CreatedOrModifiedFrom: ("sites créés, ou avec une modification d’ampleur, à partir du {0}"),
        CoolingBefore: "froid en service avant le {0}",
        CoolingFrom: "froid mis en service à partir du {0}",
        MinInstalledItPower: "puissance informatique installée d’au moins {0}",
        InstalledItPowerAbove: "puissance informatique installée de plus de {0}",
        MinSiretItPower: "puissance informatique installée sous le SIRET d’au moins {0}",
        MinRatedConnection: "raccordement non redondant d’au moins {0}",
        TotalInputAbove: "puissance d’entrée assignée totale de plus de {0}",
        MinFloorArea: "surface d’au moins {0}",
        MinAiShare: "part de calcul IA d’au moins {0}",
        InZone: "sites des zones {0}",
        PublicOperator: "{0}",
        VitalOrDefence: "{0}",
        UnderNoiseRegime: "régime de bruit : {0}",
        UnderIcpeRegime: "régime ICPE : {0}",
    },
    regimes={
        NoiseRegime.CSP: "code de la santé publique",
        NoiseRegime.ICPE: "ICPE",
        IcpeRegime.NONE: "aucun",
        IcpeRegime.DECLARATION: "déclaration",
        IcpeRegime.REGISTRATION: "enregistrement",
        IcpeRegime.AUTHORISATION: "autorisation",
    },
    public="exploitants publics",
    private="exploitants privés",
    exempt="opérateurs d’importance vitale, défense et protection civile",
    not_exempt="hors opérateurs d’importance vitale, défense et protection civile",
)

ENGLISH_SHOW: Final = ShowWords(
    wording=ENGLISH,
    colon=": ",
    semicolon="; ",
    as_of="Text in force on {day}",
    in_force="In force",
    coming="To come",
    ended="Repealed",
    threshold="Threshold",
    requirement="Requirement",
    version="{rule}, version {version} (hash {hash})",
    none_published="number not published here: the rule exists, nothing can be proven",
    no_figure="asked for, without a figure",
    since="{limit}, since {day}",
    from_="{limit}, from {day}",
    then="then {limit} from {day}",
    repealed="repealed on {day}",
    reference="Text",
    published="published on {day}",
    status="Status",
    unverified="⚠ to be checked in the official text before any use",
    concerns="Concerns",
    everyone="all sites",
    grace="from {months} months after entry into operation",
    until_age="until {months} months after entry into operation",
    indoors="{level} in the main rooms of a dwelling",
    proof="Proof",
    waiting="Measurement",
    covers="{evidence}, over {window}, coverage of at least {coverage}",
    band_of_uncertainty="guard band: the expanded uncertainty, k = 2",
    band_fixed="guard band: {width}",
    weight="Weight",
    to_do="If it is missed",
    rule="Rule",
    yearly="each year, by {month}-{day}",
    axes={
        Axis.ENERGY: "Energy",
        Axis.HEAT: "Heat",
        Axis.WATER: "Water",
        Axis.NOISE: "Noise",
        Axis.RENEWABLES: "Renewables",
        Axis.AI: "AI halls",
        Axis.REFRIGERANTS: "Refrigerants",
        Axis.REPORTING: "Reporting",
    },
    severities={Severity.OBLIGATION: "obligation", Severity.BENCHMARK: "benchmark"},
    evidences={
        Evidence.MEASUREMENT: "measurement required",
        Evidence.DECLARATION: "declaration accepted",
    },
    conditions={
        EnteredBefore: "sites in operation before {0}",
        EnteredFrom: "sites that start from {0}",
        CreatedOrModifiedFrom: "sites created, or with a major modification, from {0}",
        CoolingBefore: "cooling in operation before {0}",
        CoolingFrom: "cooling in operation from {0}",
        MinInstalledItPower: "installed IT power of at least {0}",
        InstalledItPowerAbove: "installed IT power above {0}",
        MinSiretItPower: "installed IT power under the SIRET of at least {0}",
        MinRatedConnection: "non-redundant rated connection of at least {0}",
        TotalInputAbove: "total rated input above {0}",
        MinFloorArea: "floor area of at least {0}",
        MinAiShare: "share of AI computing of at least {0}",
        InZone: "sites in the zones {0}",
        PublicOperator: "{0}",
        VitalOrDefence: "{0}",
        UnderNoiseRegime: "noise regime: {0}",
        UnderIcpeRegime: "ICPE regime: {0}",
    },
    regimes={
        NoiseRegime.CSP: "public health code",
        NoiseRegime.ICPE: "ICPE",
        IcpeRegime.NONE: "none",
        IcpeRegime.DECLARATION: "declaration",
        IcpeRegime.REGISTRATION: "registration",
        IcpeRegime.AUTHORISATION: "authorisation",
    },
    public="public operators",
    private="private operators",
    exempt="vital operators, defence and civil protection",
    not_exempt="except vital operators, defence and civil protection",
)

SHOW_WORDS: Final = {"fr": FRENCH_SHOW, "en": ENGLISH_SHOW}


def concerns(condition: SiteCondition, words: ShowWords) -> str:
    """One condition on a site, in words."""
    value = _VALUES[type(condition)](condition, words)
    return words.conditions[type(condition)].format(value)


def _figure(value: float, unit: str, words: ShowWords) -> str:
    numbers = words.wording.numbers
    return numbers.with_unit(numbers.as_written(exact(value)), unit)


def _day(day: date, words: ShowWords) -> str:
    return words.wording.dates.write_day(day)


_VALUES: Final[dict[type, Callable[[Any, ShowWords], str]]] = {
    EnteredBefore: lambda one, words: _day(one.day, words),
    EnteredFrom: lambda one, words: _day(one.day, words),
    CreatedOrModifiedFrom: lambda one, words: _day(one.day, words),
    CoolingBefore: lambda one, words: _day(one.day, words),
    CoolingFrom: lambda one, words: _day(one.day, words),
    MinInstalledItPower: lambda one, words: _figure(one.kw, "kW", words),
    InstalledItPowerAbove: lambda one, words: _figure(one.kw, "kW", words),
    MinSiretItPower: lambda one, words: _figure(one.kw, "kW", words),
    MinRatedConnection: lambda one, words: _figure(one.kw, "kW", words),
    TotalInputAbove: lambda one, words: _figure(one.kw, "kW", words),
    MinFloorArea: lambda one, words: _figure(one.m2, "m²", words),
    MinAiShare: lambda one, words: words.wording.numbers.share(one.ratio),
    InZone: lambda one, _: ", ".join(one.zones),
    PublicOperator: lambda one, words: words.public if one.public else words.private,
    VitalOrDefence: lambda one, words: words.exempt if one.exempt else words.not_exempt,
    UnderNoiseRegime: lambda one, words: words.regimes[one.regime],
    UnderIcpeRegime: lambda one, words: ", ".join(words.regimes[r] for r in one.regimes),
}
