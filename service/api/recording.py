"""What the audit log keeps of requests: changes, and who took confidential data away.

Written before the route does its work: what cannot be recorded is not done.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from fastapi import Request
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute

from models.site.disclosure import Confidentiality
from service.accounts.people import People
from service.accounts.store import utc_now
from service.api.caller import actor_of, caller_of
from service.api.permissions import Reads, Recorded, RecordsItself
from service.api.served import ServedSite

_SAFE: Final = frozenset({"GET", "HEAD"})
# A dashboard asks the same thing every ten seconds: one line an hour tells as much.
_AGAIN_AFTER: Final = timedelta(hours=1)
_REMEMBERED: Final = 4096


class Recorder:
    """Writes what somebody with an account does; of the public nothing is known."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._told: OrderedDict[tuple[UUID, str], datetime] = OrderedDict()

    async def record(self, request: Request, here: ServedSite) -> None:
        """Write down a change, or a download of what is not public."""
        caller = caller_of(request)
        if caller is None:
            return
        route: APIRoute = request.scope["route"]
        path = request.url.path
        reads = request.method in _SAFE
        if reads and not (_is_confidential(route, here) and self._is_new(caller.account_id, path)):
            return
        await self._people.directory.audited(
            actor_of(request, caller), route.name, path, site=here.id
        )
        if reads:
            self._told[caller.account_id, path] = utc_now()
            if len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)

    def _is_new(self, account: UUID, path: str) -> bool:
        told = self._told.pop((account, path), None)
        if told is None or utc_now() - told > _AGAIN_AFTER:
            return True
        self._told[account, path] = told
        return False


def _is_confidential(route: APIRoute, here: ServedSite) -> bool:
    calls = [one.call for one in route.dependant.dependencies]
    matters = [one.matter for one in calls if isinstance(one, Reads)]
    return any(here.site.disclosure.of(one) > Confidentiality.PUBLIC for one in matters)


# After what the route needs: who is refused has done nothing.
RECORDED: Final = [DependsParam(Recorded())]
RECORDS_ITSELF: Final = [DependsParam(RecordsItself())]
