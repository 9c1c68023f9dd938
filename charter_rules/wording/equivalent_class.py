"""The class that a figure would have in the European rating, in words and nothing but words.

C(2026) 3472, Annex I gives the bounds; they are brackets of a parameter, and no rule weighs
them: a class is not a limit. Article 4(2) forbids what looks like the label, so there is a sentence
here and no letter to put in a badge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Final

from charter_rules.findings import LegalStatus, Verification
from charter_rules.judging.conditions import exact
from charter_rules.law.dated import Reference
from charter_rules.law.kpis import spec_of
from charter_rules.law.schema import DatedEntryShape, ParameterShape
from charter_rules.wording.language import Wording
from models.kpi.result import KpiResult

_ANNUAL: Final = "12months"
# The rating counts fresh water; the WUE of Regulation (EU) 2024/1364 counts all water.
_PARAMETERS: Final = {"pue": "eu_rating_pue", "wue_fresh": "eu_rating_wue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScale:
    """Upper bounds of the classes on a day, in the unit of the KPI; the last class has none."""

    kpi: str
    unit: str
    letters: tuple[str, ...]
    uppers: tuple[Decimal, ...]
    reference: Reference
    legal_status: LegalStatus
    verification: Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentences:
    """Templates of one language, filled with ``str.format``."""

    told: str
    sure: str
    unsure: str
    unknown: str
    up_to: str
    between: str
    above: str
    either: str
    caveat: str


_SENTENCES: Final[dict[str, _Sentences]] = {
    "fr": _Sentences(
        told=(
            "D'après {title}, {article} ({status} ; {verification}), un {label} de {value} {place}."
        ),
        sure="serait dans la plage de la classe {letters} ({range})",
        unsure=(
            "serait dans la plage de la classe {letters} : l'incertitude, ± {uncertainty} (k = 2), "
            "ne permet pas de trancher"
        ),
        unknown="serait dans la plage de la classe {letters} ({range}), d'incertitude inconnue",
        up_to="jusqu'à {high}",
        between="au-dessus de {low}, jusqu'à {high}",
        above="au-dessus de {low}",
        either=" ou ",
        caveat="Une classe n'est pas une limite, et cette phrase n'est pas l'étiquette européenne.",
    ),
    "en": _Sentences(
        told="By {title}, {article} ({status}; {verification}), a {label} of {value} {place}.",
        sure="would be in the range of class {letters} ({range})",
        unsure=(
            "would be in the range of class {letters}: the uncertainty, ± {uncertainty} (k = 2), "
            "does not decide"
        ),
        unknown="would be in the range of class {letters} ({range}), of unknown uncertainty",
        up_to="up to {high}",
        between="above {low}, up to {high}",
        above="above {low}",
        either=" or ",
        caveat="A class is not a limit, and this sentence is not the European label.",
    ),
}


def class_scale(kpi: str, parameters: Mapping[str, ParameterShape], on: date) -> ClassScale | None:
    """The bounds that hold on a day, or the first ones to come; None where there are none.

    Raises
    ------
    ValueError
        If the rating has no classes for the KPI.
    """
    if kpi not in _PARAMETERS:
        msg = f"the rating has no classes for {kpi}: use one of {', '.join(_PARAMETERS)}"
        raise ValueError(msg)
    shape = parameters.get(_PARAMETERS[kpi])
    entry = None if shape is None else _entry_on(shape, on)
    if shape is None or entry is None or entry.brackets is None:
        return None
    return ClassScale(
        kpi=kpi,
        unit=shape.unit,
        letters=tuple(entry.brackets),
        uppers=tuple(exact(upper) for upper in entry.brackets.values() if upper is not None),
        reference=entry.reference.plain(),
        legal_status=shape.legal_status,
        verification=entry.verification,
    )


def told_class(scale: ClassScale, result: KpiResult, wording: Wording) -> str:
    """Say in a sentence which class a yearly result would have; empty without a value.

    Raises
    ------
    ValueError
        If the result is another KPI, in another unit, or not of twelve months.
    """
    if (result.kpi, result.unit, result.window.name) != (scale.kpi, scale.unit, _ANNUAL):
        msg = (
            f"a class of {scale.kpi} in {scale.unit} over {_ANNUAL} was asked of "
            f"{result.kpi} in {result.unit} over {result.window.name}"
        )
        raise ValueError(msg)
    if result.withheld is not None or result.value is None or not isfinite(result.value):
        return ""
    sentences = _SENTENCES[wording.language]
    label = wording.kpi.kpis[scale.kpi].label
    title, article = scale.reference.words(wording.language)
    told = sentences.told.format(
        title=title,
        article=article,
        status=wording.legal_statuses[scale.legal_status],
        verification=wording.verifications[scale.verification],
        label=label,
        value=_written(exact(result.value), scale, wording),
        place=_place(scale, exact(result.value), result.expanded_uncertainty, wording),
    )
    return wording.typeset(f"{told} {sentences.caveat}")


def _place(scale: ClassScale, value: Decimal, expanded: float | None, wording: Wording) -> str:
    """Where a value falls: one class, or each that its uncertainty reaches."""
    sentences = _SENTENCES[wording.language]
    known = expanded is not None and isfinite(expanded) and expanded >= 0.0
    width = exact(expanded) if known and expanded is not None else Decimal(0)
    first, last = _index(scale, value - width), _index(scale, value + width)
    letters = sentences.either.join(scale.letters[first : last + 1])
    if first != last:
        uncertainty = _written(width, scale, wording)
        return sentences.unsure.format(letters=letters, uncertainty=uncertainty)
    template = sentences.sure if known else sentences.unknown
    return template.format(letters=letters, range=_range(scale, first, wording))


def _index(scale: ClassScale, value: Decimal) -> int:
    """A bound belongs to the class below it."""
    return sum(value > upper for upper in scale.uppers)


def _range(scale: ClassScale, index: int, wording: Wording) -> str:
    sentences = _SENTENCES[wording.language]
    low = "" if index == 0 else _bound(scale.uppers[index - 1], scale, wording)
    if index == len(scale.uppers):
        return sentences.above.format(low=low)
    high = _bound(scale.uppers[index], scale, wording)
    template = sentences.up_to if index == 0 else sentences.between
    return template.format(low=low, high=high)


def _bound(value: Decimal, scale: ClassScale, wording: Wording) -> str:
    return wording.numbers.with_unit(wording.numbers.as_written(value), scale.unit)


def _written(value: Decimal, scale: ClassScale, wording: Wording) -> str:
    number = wording.numbers.number(value, spec_of(scale.kpi).decimals)
    return wording.numbers.with_unit(number, scale.unit)


def _entry_on(shape: ParameterShape, on: date) -> DatedEntryShape:
    days = [day for day in shape.values if day <= on] or list(shape.values)[:1]
    return shape.values[days[-1]]
