"""What a route needs is declared where the route is; one that declares nothing cannot be served."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from models.site.disclosure import Confidentiality, Matter
from service.access.roles import Action
from service.access.visitor import Visitor
from service.api.parameters import query_names
from service.api.problems import ApiProblem, no_snapshot, not_found
from service.api.served import ServedSite, ServedSites
from service.live.snapshot import LiveSnapshot


class Identifier(Protocol):
    """Tells who asks."""

    async def visitor(self, request: Request) -> Visitor:
        """Whoever a request comes from; ANYBODY without proof of more."""
        ...


async def visitor_of(request: Request) -> Visitor:
    """Who asks, as the application's identifier tells; once a request."""
    identifier: Identifier = request.app.state.identifier
    return await identifier.visitor(request)


async def served_site(
    site_id: Annotated[str, Path(description="id of a site", examples=["chapelle_international"])],
    request: Request,
) -> ServedSite:
    """The site that an address names."""
    sites: ServedSites = request.app.state.sites
    if site_id not in sites:
        what = "site"
        raise not_found(what, site_id, "see /api/v1/sites for those there are")
    return sites[site_id]


Who = Annotated[Visitor, Depends(visitor_of)]
Here = Annotated[ServedSite, Depends(served_site)]


async def shown_snapshot(here: Here, who: Who) -> LiveSnapshot:
    """The newest snapshot of the site as the visitor may see it."""
    snapshot = here.shown(who)
    if snapshot is None:
        raise no_snapshot()
    return snapshot


Shown = Annotated[LiveSnapshot, Depends(shown_snapshot)]


class Everybody:
    """Nothing is needed: what the route gives is for all, or cut down for its visitor."""

    async def __call__(self) -> None:
        """Let anybody pass."""


class Reads:
    """To read of a matter, at the site that the address names.

    A heat taker passes for heat: what is shown is cut down to its own.
    """

    def __init__(self, matter: Matter) -> None:
        self.matter = matter

    async def __call__(self, here: Here, who: Who) -> None:
        """Refuse whoever may see nothing of it."""
        if self.matter is Matter.HEAT and who.takers(here.id):
            return
        require(who, here, here.site.disclosure.least(self.matter), self.matter.value)


class May:
    """To do one of some things at the site that the address names, or at all sites."""

    def __init__(self, *actions: Action) -> None:
        self.actions = actions

    async def __call__(self, request: Request, who: Who) -> None:
        """Refuse whoever may do none of them."""
        site = request.path_params.get("site_id")
        if not any(who.may(one, site) for one in self.actions):
            names = " or ".join(repr(one.value) for one in self.actions)
            raise refused(who, f"this needs the right {names}")


class SignedIn:
    """To be somebody, whoever it is."""

    async def __call__(self, who: Who) -> None:
        """Refuse who did not sign in."""
        if who.account is None:
            raise refused(who, "this needs an account")


class Audit(Protocol):
    """Writes the audit log of requests."""

    async def record(self, request: Request, here: ServedSite) -> None:
        """Write down a change, or a download of what is not public."""
        ...


class Recorded:
    """What is done at a site, or taken away from it, is written down before it is."""

    async def __call__(self, request: Request, here: Here) -> None:
        """Let nothing pass that cannot be written down."""
        audit: Audit = request.app.state.recorder
        await audit.record(request, here)


class RecordsItself:
    """What the route calls writes it down, in the transaction of the change."""

    async def __call__(self) -> None:
        """Leave it to the route."""


_DECLARED = (Everybody, Reads, May, SignedIn)
_IN_THE_AUDIT = (Recorded, RecordsItself)
_SAFE = frozenset({"GET", "HEAD"})
# Who chooses a past or a format takes something away; other reading is looking at what is now.
_OF_DOWNLOADS = frozenset({"format", "period", "start", "since"})
EVERYBODY = [DependsParam(Everybody())]
SIGNED_IN = [DependsParam(SignedIn())]


def reads(matter: Matter) -> list[DependsParam]:
    """The declaration of a route that reads of a matter."""
    return [DependsParam(Reads(matter))]


def may(*actions: Action) -> list[DependsParam]:
    """The declaration of a route that does something: one of the rights is needed."""
    return [DependsParam(May(*actions))]


def require(who: Visitor, here: ServedSite, needed: Confidentiality, what: str) -> None:
    """Refuse whoever is not cleared for something of a site.

    Raises
    ------
    ApiProblem
        401 for one who did not sign in, 403 for one who did.
    """
    if who.clearance(here.id) < needed:
        raise refused(who, f"{what} of {here.id} is for the {needed.name.lower()}, not for all")


def refused(who: Visitor, why: str) -> ApiProblem:
    """What one who may not is told."""
    if who.account is None:
        return ApiProblem(
            401, "not_signed_in", "Not signed in", why, "sign in, or send a token that may"
        )
    return ApiProblem(403, "not_allowed", "Not allowed", why, "ask an administrator for the role")


class UndeclaredRouteError(Exception):
    """A route does not say who may use it, or changes something without a trace."""


def check_declared(app: FastAPI) -> None:
    """Refuse an application with a route that everybody could use for want of a declaration.

    Nor is there one that changes something, or gives away the past of a matter that a site may keep
    to some, and of which the audit log knows nothing.

    Raises
    ------
    UndeclaredRouteError
        Naming the routes.
    """
    routes = list(api_routes(app.routes))
    lacking = [one.path for one in routes if not _declares(one.dependant, _DECLARED)]
    if lacking:
        msg = f"no permission is declared for {', '.join(lacking)}: see service/api/permissions.py"
        raise UndeclaredRouteError(msg)
    untold = [
        one.path
        for one in routes
        if (set(one.methods or ()) - _SAFE or _is_download(one.dependant))
        and not _declares(one.dependant, _IN_THE_AUDIT)
    ]
    if untold:
        msg = f"the audit log is told nothing of {', '.join(untold)}: declare RECORDED"
        raise UndeclaredRouteError(msg)


def api_routes(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Every route of an application, those of the routers it includes, too.

    The document of the API and the static files are for everybody; what else is no route of ours
    is one that nobody declared.
    """
    for one in routes:
        inner = getattr(one, "original_router", None)
        if isinstance(inner, APIRouter):
            yield from api_routes(inner.routes)
        elif isinstance(one, APIRoute):
            yield one
        elif getattr(one, "path", None) not in {"/openapi.json", "/static"}:
            msg = f"{one!r} is a route for which nothing can be declared"
            raise UndeclaredRouteError(msg)


def _declares(dependant: Dependant, kinds: tuple[type, ...]) -> bool:
    return any(isinstance(one.call, kinds) for one in dependant.dependencies)


def _is_download(dependant: Dependant) -> bool:
    """Whether a route gives a chosen past of something that may be confidential."""
    names = {*query_names(dependant), *(one.alias for one in dependant.path_params)}
    return _declares(dependant, (Reads,)) and bool(names & _OF_DOWNLOADS)
