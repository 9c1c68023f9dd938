"""Legal notice, accessibility and personal data: what is stated, and what is yet to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from service.api.permissions import EVERYBODY
from service.deployment import Deployment
from service.pages.paths import STATEMENT_PATHS
from service.pages.templating import statement_links, static_versions, template_environment
from service.pages.text import TEXTS
from service.pages.voice import Voice
from service.statements import Body

_LANGUAGES: Final = ("fr", "en")
# What is kept of people, in the order of the page; each has its words.
_KEPT: Final = ("account", "session", "failures", "audit", "answers")
_RIGHTS: Final = ("access", "erasure", "objection", "complaint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, sentences, and rows of a table where there are any."""

    title: str
    lines: tuple[str, ...]
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class StatementPages:
    """Renders them in each language."""

    def __init__(self, deployment: Deployment) -> None:
        self._stated, self._deployment = deployment.statements, deployment
        self._template = template_environment().get_template("statement.html")

    def page(self, name: str, lang: str) -> str:
        """The page of a name: legal, accessibility or personal_data."""
        other = "en" if lang == "fr" else "fr"
        sections = {
            "legal": self._legal,
            "accessibility": self._accessibility,
            "personal_data": self._personal_data,
        }[name]
        return self._template.render(
            lang=lang,
            other=other,
            other_path=STATEMENT_PATHS[name][other],
            t=TEXTS[lang],
            title=TEXTS[lang][f"{name}_title"],
            sections=tuple(sections(lang)),
            statements=statement_links(lang),
            kept_columns=[TEXTS[lang][f"kept_{one}"] for one in ("what", "why", "how_long")],
            versions=static_versions(),
        )

    def _legal(self, lang: str) -> Iterator[Section]:
        t, stated = TEXTS[lang], self._stated
        director = stated.publication_director or t["to_be_filled_in"]
        yield Section(
            title=t["publisher"],
            lines=(*_lines(stated.publisher, t), t["director"].format(name=director)),
        )
        yield Section(title=t["host"], lines=_lines(stated.host, t))
        yield Section(title=t["software"], lines=(t["software_licence"],))
        yield Section(title=t["open_data"], lines=(t["open_data_licence"],))

    def _accessibility(self, lang: str) -> Iterator[Section]:
        t, audit = TEXTS[lang], self._stated.audit
        yield Section(title=t["conformity"], lines=tuple(self._conformity(lang)))
        if audit is not None and audit.shortcomings:
            told = tuple(one.fr if lang == "fr" else one.en for one in audit.shortcomings)
            yield Section(title=t["not_accessible"], lines=(), items=told)
        yield Section(title=t["tested_with"], lines=(t["tested_how"],))
        yield Section(
            title=t["feedback"],
            lines=(t["feedback_how"], *_lines(self._stated.accessibility_contact, t)),
        )
        yield Section(title=t["remedy"], lines=(t["remedy_how"], t["remedy_address"]))

    def _conformity(self, lang: str) -> Iterator[str]:
        t, audit = TEXTS[lang], self._stated.audit
        yield t["rgaa_duty"]
        if audit is None:
            yield t["conformity_unknown"]
            return
        voice = Voice(lang)
        yield t[f"conformity_{audit.conformity.value}"]
        yield t["conformity_rate"].format(
            rate=voice.style.share(audit.rate), by=audit.by, day=voice.day(audit.on)
        )

    def _personal_data(self, lang: str) -> Iterator[Section]:
        t, stated = TEXTS[lang], self._stated
        yield Section(
            title=t["controller"], lines=(*_lines(stated.controller, t), t["legal_basis"])
        )
        yield Section(title=t["officer"], lines=_lines(stated.data_protection_officer, t))
        yield Section(title=t["kept"], lines=(t["kept_intro"],), rows=tuple(self._rows(t)))
        yield Section(title=t["visitors"], lines=(t["visitors_none"],))
        yield Section(
            title=t["rights"], lines=(), items=tuple(t[f"right_{one}"] for one in _RIGHTS)
        )

    def _rows(self, t: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
        limits = self._deployment.sessions
        told = {
            "hours": round(limits.idle.total_seconds() / 3600),
            "days": round(limits.absolute.total_seconds() / 86400),
            "months": self._deployment.audit_months,
        }
        for one in _KEPT:
            yield tuple(
                t[f"kept_{one}_{column}"].format(**told) for column in ("what", "why", "how_long")
            )


def _lines(body: Body | None, t: Mapping[str, str]) -> tuple[str, ...]:
    if body is None:
        return (t["to_be_filled_in"],)
    phone = None if body.phone is None else t["by_phone"].format(phone=body.phone)
    mail = None if body.email is None else t["by_mail"].format(mail=body.email)
    return tuple(one for one in (body.name, body.address, phone, mail) if one is not None)


def statements_router(pages: StatementPages) -> APIRouter:
    """A route for each page and language."""
    router = APIRouter(include_in_schema=False)

    def add(name: str, lang: str) -> None:
        html = pages.page(name, lang)

        @router.get(STATEMENT_PATHS[name][lang], name=f"{name}_{lang}", dependencies=EVERYBODY)
        async def statement() -> HTMLResponse:
            return HTMLResponse(
                html, headers={"Cache-Control": "no-cache", "Content-Language": lang}
            )

    for name in STATEMENT_PATHS:
        for lang in _LANGUAGES:
            add(name, lang)
    return router
