"""How a server is reached and by whom it is run, from the settings."""

from dataclasses import dataclass, field
from datetime import timedelta

from service.accounts.lifetimes import SessionLimits
from service.edge.access import WebAccess, listed
from service.edge.limits import RequestLimits
from service.settings import Settings
from service.statements import NOTHING_STATED, Statements, load_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What pages and headers say of this server.

    ``access`` is by which names it is reached: without any by the address of the connection alone.
    ``limits`` is how often somebody may ask: without any as often as they like.
    ``public_url`` is where people reach it, ``alertmanager_url`` where alerts that fire are shown.
    ``audit_months`` and ``sessions`` say how long what is kept of people is kept.
    """

    access: WebAccess = field(default_factory=WebAccess)
    limits: RequestLimits = field(default_factory=RequestLimits)
    public_url: str | None = None
    alertmanager_url: str | None = None
    statements: Statements = NOTHING_STATED
    audit_months: int = 12
    sessions: SessionLimits = field(default_factory=SessionLimits)


def deployment_of(settings: Settings) -> Deployment:
    """That of the settings.

    Raises
    ------
    UserError
        When the file of statements is not in order.
    """
    return Deployment(
        access=WebAccess.of(
            settings.http_host,
            listed(settings.trusted_hosts),
            listed(settings.cors_origins),
            settings.public_url,
        ),
        limits=RequestLimits(
            requests_per_minute=settings.requests_per_minute,
            streams_per_address=settings.streams_per_address,
        ),
        public_url=settings.public_url,
        alertmanager_url=settings.alertmanager_url,
        statements=load_statements(settings.statements),
        audit_months=settings.audit_months,
        sessions=session_limits(settings),
    )


def session_limits(settings: Settings) -> SessionLimits:
    """How long sessions last."""
    return SessionLimits(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        administrator_idle=timedelta(minutes=settings.admin_session_idle_minutes),
        administrator_absolute=timedelta(hours=settings.admin_session_hours),
    )
