"""``boucle charter explain SITE``: every rule of a charter on one site, in a line each."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from charter_rules.consolidated.words import SHOW_WORDS, ShowWords
from charter_rules.findings import Severity, Verdict
from charter_rules.law.rulebook import RuleBook
from charter_rules.wording.language import Wording
from service.charter_tools.explaining import Told
from service.charter_tools.words import EXPLAIN_WORDS

_HEADINGS = ("binding", "reference", "unknown", "coming", "elsewhere")
_SHORT = frozenset({"unknown", "elsewhere"})


def overview_lines(
    site: str, rulebook: RuleBook, found: Sequence[Told], lang: str
) -> Iterator[str]:
    """Which rules bind a site, which are references, and which do not concern it."""
    show, words = SHOW_WORDS[lang], EXPLAIN_WORDS[lang]
    on = date.fromisoformat(found[0]["on"])
    wording = show.wording
    title = rulebook.title_fr if lang == "fr" else rulebook.title_en
    day = wording.dates.write_day(on)
    yield wording.typeset(words["head"].format(site=site, charter=title, day=day))
    groups: dict[str, list[Told]] = {heading: [] for heading in _HEADINGS}
    for one in found:
        groups[_heading(one)].append(one)
    for heading, group in groups.items():
        if group:
            yield ""
            yield wording.typeset(words[heading].format(n=len(group)))
            for one in group:
                told = _line(one, heading, show)
                yield f"  {wording.typeset(told)}"


def _heading(one: Told) -> str:
    match Verdict(one["verdict"]):
        case Verdict.NOT_APPLICABLE:
            return "elsewhere"
        case Verdict.NOT_IN_FORCE:
            return "coming"
        case _ if one["lack"] == "unknown_fact":
            return "unknown"
        case _:
            return "binding" if one["severity"] == Severity.OBLIGATION.value else "reference"


def _line(one: Told, heading: str, show: ShowWords) -> str:
    words, lang = EXPLAIN_WORDS[show.wording.language], show.wording.language
    title = one[f"title_{lang}"]
    if heading in _SHORT:
        why = _conclusion(one, show.wording)
        if heading == "unknown":
            why = words["undeclared"].format(why=why)
        return words["short"].format(rule=one["rule_id"], title=title, why=why)
    return words["line"].format(
        rule=one["rule_id"],
        title=title,
        limit=_limit(one, show.wording),
        verdict=show.wording.verdicts[Verdict(one["verdict"])],
    )


def _limit(one: Told, wording: Wording) -> str:
    """What is asked of this very site, and since when: the end of what the explanation asks."""
    asked = str(one[f"explanation_{wording.language}"]).split("\n")[0]
    return re.split(r"(?:Seuil|Exigence|Threshold|Requirement)\u00a0?: ", asked)[-1].rstrip(".")


def _conclusion(one: Told, wording: Wording) -> str:
    """The reason that closes the explanation, without the verdict and what introduces it."""
    last = str(one[f"explanation_{wording.language}"]).split("\n")[-1]
    return re.split(r"\u00a0?: ", last)[-1].rstrip(".")
