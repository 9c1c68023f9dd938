"""Every code of the API's problems: what it means, and what to do. Codes are never renamed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PROBLEMS_PATH: Final = "/docs/problems"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem."""

    code: str
    status: int
    title: str
    meaning: str
    remedy: str

    @property
    def address(self) -> str:
        """The ``type`` of RFC 9457: where the kind is described."""
        return f"{PROBLEMS_PATH}#{self.code}"


_ALL: Final = (
    Problem(
        "host_unknown",
        400,
        "Unknown host",
        "the request names a host that this server does not serve",
        "use the name or address of the server, or add the name to BOUCLE_TRUSTED_HOSTS",
    ),
    Problem(
        "malformed_address",
        400,
        "Malformed address",
        "path or query holds a NUL character",
        "leave it out",
    ),
    Problem(
        "not_http",
        400,
        "Not HTTP",
        "what was sent cannot be read as an HTTP/1.1 request",
        "send HTTP/1.1; TLS ends at the proxy before this server",
    ),
    Problem(
        "period_unknown",
        400,
        "No such period",
        "the period is not written as a period of legal time",
        "write 2025, 2025-Q3, 2025-07, 2025-W41, 2025-10-07 or START/END, in 2000 to 2099",
    ),
    Problem(
        "period_too_long",
        400,
        "Too many periods",
        "the period holds more than one answer may, or takes too long to measure (status 503)",
        "ask for a part of it, or by a longer span",
    ),
    Problem(
        "cursor_unknown",
        400,
        "No such cursor",
        "the cursor is none of this list",
        "give next of the page before, or leave the cursor out",
    ),
    Problem(
        "not_signed_in",
        401,
        "Not signed in",
        "what was asked for is not for all, and nobody signed in",
        "sign in, or send a token that may",
    ),
    Problem(
        "not_allowed",
        403,
        "Not allowed",
        "what was asked for is not for whoever signed in",
        "ask an administrator for the role",
    ),
    Problem(
        "charter_not_found",
        404,
        "Not found",
        "there is no charter of that name",
        "see /api/v1/charters for those there are",
    ),
    Problem(
        "rule_not_found",
        404,
        "Not found",
        "there is no rule of that name",
        "see /api/v1/charters/{id}/rules for the names",
    ),
    Problem(
        "not_acceptable",
        406,
        "Not acceptable",
        "there is no such format",
        "accept JSON, CSV, Arrow or Parquet by their media types, or give format=",
    ),
    Problem(
        "busy",
        503,
        "Busy",
        "as many downloads or evidence packs are under way as may be",
        "ask again in a minute",
    ),
    Problem(
        "pack_failed",
        503,
        "No pack",
        "the evidence pack could not be made, or not in time",
        "the log of the server says why",
    ),
    Problem(
        "path_not_found",
        404,
        "Not found",
        "there is nothing at this address",
        "see /docs for what there is",
    ),
    Problem(
        "site_not_found",
        404,
        "No such site",
        "this server has no site of this identifier",
        "see /api/v1/sites for those that there are",
    ),
    Problem(
        "device_not_found",
        404,
        "No such device",
        "the site has no device of this name",
        "see the site's /devices for those that there are",
    ),
    Problem(
        "alarm_not_found",
        404,
        "No such alarm",
        "no alarm has this name",
        "use one of those that the remedy names",
    ),
    Problem(
        "breach_not_found",
        404,
        "No such breach",
        "no breach has this identifier",
        "see the site's /breaches for those that there are",
    ),
    Problem(
        "heat_statement_not_found",
        404,
        "No such heat statement",
        "there is no statement of this month",
        "see the site's /heat-statements for those that there are",
    ),
    Problem(
        "kpi_not_found",
        404,
        "No such KPI",
        "no KPI has this name",
        "see the site's /kpis for those that there are",
    ),
    Problem(
        "point_not_found",
        404,
        "No such point",
        "no point of the site file has this key",
        "see the site's /points for those that there are",
    ),
    Problem(
        "series_not_found",
        404,
        "No such series",
        "the live page has no series of this name",
        "use one of those that the detail names",
    ),
    Problem(
        "method_not_allowed",
        405,
        "Method not allowed",
        "the address is right and the method is not",
        "use a method that the header Allow names",
    ),
    Problem(
        "action_refused",
        409,
        "Refused",
        "the breach is in no state for this",
        "see the state of the breach",
    ),
    Problem(
        "not_taken_in_charge",
        409,
        "Not taken in charge",
        "nobody answers for this device or alarm",
        "see the site's /charges for what is taken in charge",
    ),
    Problem(
        "request_too_slow",
        408,
        "Too slow",
        "the request was not complete in time",
        "send the headers within 10 s and the body within 20 s",
    ),
    Problem(
        "body_too_large",
        413,
        "Body too large",
        "the body is larger than this server takes",
        "send at most 1 MiB; past readings are imported with boucle import",
    ),
    Problem(
        "malformed_request",
        422,
        "Malformed request",
        "a parameter is missing or has a value that it cannot have",
        "see /docs for the form",
    ),
    Problem(
        "unknown_parameter",
        422,
        "Unknown parameter",
        "the route has no query parameter of this name",
        "use the name that the remedy gives, or leave it out: it would have done nothing",
    ),
    Problem(
        "malformed_window",
        422,
        "Malformed window",
        "start and end are no window",
        "give start and end with an offset, such as 2026-01-01T00:00:00Z, in order",
    ),
    Problem(
        "too_many_requests",
        429,
        "Too many requests",
        "the address or the account asks more often than BOUCLE_REQUESTS_PER_MINUTE allows",
        "wait as long as Retry-After says; ask for longer periods at once, or listen to /events",
    ),
    Problem(
        "too_many_streams",
        429,
        "Too many event streams",
        "the address holds as many event streams open as BOUCLE_STREAMS_PER_ADDRESS allows",
        "close one, or share one: a stream may have all topics",
    ),
    Problem(
        "headers_too_large",
        431,
        "Headers too large",
        "request line and headers are larger than 16 KiB",
        "send fewer or shorter headers, and a shorter address",
    ),
    Problem(
        "sign_in_refused",
        401,
        "Not signed in",
        "name or password is wrong, or the account is disabled",
        "sign in anew",
    ),
    Problem(
        "token_refused",
        401,
        "The token is refused",
        "the token is unknown, expired, revoked or was not copied whole",
        "'boucle token list' shows which tokens hold",
    ),
    Problem(
        "csrf_refused",
        403,
        "Not sent by a page of this server",
        "an unsafe method with a session needs the session's token, from the same origin",
        "send the 'csrf' of /api/v1/me as X-CSRF-Token, or use a token instead of the session",
    ),
    Problem(
        "token_only_reads",
        403,
        "The token only reads",
        "the method does something, and the token has no action",
        "make a token with the action that this needs",
    ),
    Problem(
        "session_needed",
        403,
        "A session is needed",
        "tokens and passwords are managed by people who signed in, not by tokens",
        "sign in",
    ),
    Problem(
        "account_not_found",
        404,
        "Account not found",
        "there is no such account",
        "see /api/v1/accounts",
    ),
    Problem(
        "role_not_found",
        404,
        "Role not found",
        "the account was not given that role",
        "see /api/v1/accounts",
    ),
    Problem(
        "token_not_found",
        404,
        "Token not found",
        "the account has no such token",
        "see /api/v1/tokens",
    ),
    Problem(
        "figure_not_found",
        404,
        "Not found",
        "the KPI is not given over that window or period here",
        "see the site's /kpis for its windows, or write a period that is over and long enough",
    ),
    Problem(
        "account_exists",
        409,
        "Account exists",
        "another account has that login name",
        "choose another login name",
    ),
    Problem(
        "last_administrator",
        409,
        "Last administrator",
        "nobody would be left to manage accounts",
        "make another administrator first",
    ),
    Problem(
        "vouched_account",
        409,
        "Vouched account",
        "the account signs in with a provider and has no password here",
        "sign in with the provider",
    ),
    Problem(
        "form_too_large",
        413,
        "The form is too large",
        "the form is larger than 16 KiB",
        "send less",
    ),
    Problem(
        "login_refused",
        422,
        "Login refused",
        "the login name has a form that is not taken",
        "choose another login name",
    ),
    Problem(
        "password_refused",
        422,
        "Password refused",
        "the password is too short, too common or too much like the login name",
        "choose another password",
    ),
    Problem(
        "role_refused",
        422,
        "Role refused",
        "the role does not fit the site or the heat taker",
        "see the description of roles in /docs",
    ),
    Problem(
        "scope_refused",
        422,
        "Scope refused",
        "a token may do no more than its account",
        "ask for less",
    ),
    Problem(
        "topic_unknown",
        422,
        "No such topic",
        "the stream has no such topic",
        "use topics that the detail names",
    ),
    Problem(
        "window_or_period",
        422,
        "Window or period",
        "an explanation is of a window or of a period, of one of both",
        "give window or period",
    ),
    Problem(
        "busy",
        503,
        "Busy",
        "as many passwords are being checked as this server checks at once",
        "ask again in a few seconds",
    ),
    Problem(
        "refused",
        400,
        "Refused",
        "the request was refused for the reason that the detail gives",
        "see /docs for the form",
    ),
    Problem(
        "internal_error",
        500,
        "Internal error",
        "an error of Boucle's; its log has the incident with the number that the answer gives",
        "ask again; if it stays, give the number of the incident to who runs this server",
    ),
    Problem(
        "not_ready",
        503,
        "Not ready",
        "the first evaluation is not finished",
        "ask again in a few seconds; /readyz says what is missing",
    ),
    Problem(
        "server_full",
        503,
        "Server full",
        "as many requests are being answered as this server can answer at once",
        "ask again in a few seconds",
    ),
    Problem(
        "store_away",
        503,
        "The store is away",
        "the database does not answer",
        "ask again; the live figures are still served from memory",
    ),
)

PROBLEMS: Final[Mapping[str, Problem]] = {one.code: one for one in _ALL}
