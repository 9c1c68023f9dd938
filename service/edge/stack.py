"""The edge, put together."""

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from service.api.caching import GZIP_FROM_BYTES, GZIP_LEVEL
from service.edge.access import WebAccess
from service.edge.cross_origin import CrossOrigin
from service.edge.head import HeadAsGet
from service.edge.headers import AnswerHeaders
from service.edge.incidents import Incidents
from service.edge.limited import LimitedAddresses
from service.edge.limits import RequestLimits
from service.edge.requests import BoundedRequests
from service.edge.trusted_hosts import TrustedHosts


def add_edge(app: FastAPI, access: WebAccess, limits: RequestLimits, *, only_https: bool) -> None:
    """Each is outside of those before it."""
    # Leaves event streams alone.
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(BoundedRequests)
    app.add_middleware(HeadAsGet)
    app.add_middleware(LimitedAddresses, limits=limits)
    app.add_middleware(CrossOrigin, access=access)
    app.add_middleware(TrustedHosts, access=access)
    app.add_middleware(Incidents)
    app.add_middleware(AnswerHeaders, only_https=only_https)
