"""The rules of passwords, delays, tokens and sessions, without a store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.access.roles import Action, Role
from service.access.visitor import Grant
from service.accounts.account import check_grant, login_of
from service.accounts.api_tokens import TokenScope, check_scope, scoped_grants
from service.accounts.errors import (
    GrantRefusedError,
    LoginRefusedError,
    PasswordFault,
    PasswordRefusedError,
    TokenScopeError,
)
from service.accounts.lifetimes import SessionLimits, has_ended
from service.accounts.passwords import check_password
from service.accounts.throttle import Count, Counted, subjects, wait
from service.accounts.tokens import (
    PATTERN,
    csrf_token,
    is_csrf_token,
    is_token,
    new_secret,
    new_token,
)

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", PasswordFault.TOO_SHORT),
        ("elevenchars", PasswordFault.TOO_SHORT),
        ("x" * 257, PasswordFault.TOO_LONG),
        ("AzertyUiop123", PasswordFault.COMMON),
        ("motdepasse2026!", PasswordFault.COMMON),
        ("correct horse battery staple", PasswordFault.COMMON),
        ("marie.durand.1", PasswordFault.LIKE_LOGIN),
        ("boucle-marie.durand", PasswordFault.LIKE_LOGIN),
        ("abababababababab", PasswordFault.REPETITIVE),
    ],
)
def test_a_password_that_is_tried_first_is_refused(password: str, fault: PasswordFault) -> None:
    with pytest.raises(PasswordRefusedError) as refused:
        check_password(password, "marie.durand")
    assert refused.value.fault is fault
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password", ["three quiet herons", "élan vers la mer", "xkqvbznwpjtr", "marie.durand likes tea"]
)
def test_length_is_enough_whatever_the_signs(password: str) -> None:
    check_password(password, "marie.durand")


def counts(
    pair: int = 0, address: int = 0, login: int = 0, *, known: bool = False
) -> dict[Counted, Count]:
    return {
        Counted.PAIR: Count(
            failures=pair,
            last_failed_at=NOW if pair else None,
            succeeded_at=NOW - timedelta(days=3) if known else None,
        ),
        Counted.ADDRESS: Count(failures=address, last_failed_at=NOW if address else None),
        Counted.LOGIN: Count(failures=login, last_failed_at=NOW if login else None),
    }


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (3, 0), (4, 1), (5, 2), (8, 16), (13, 512), (14, 900)]
)
def test_a_delay_doubles_up_to_its_cap(failures: int, seconds: int) -> None:
    assert wait(counts(pair=failures), NOW) == timedelta(seconds=seconds)
    assert wait(counts(pair=10**9), NOW) == timedelta(minutes=15)


def test_a_delay_passes_and_failures_are_forgotten() -> None:
    assert wait(counts(pair=8), NOW + timedelta(seconds=10)) == timedelta(seconds=6)
    assert wait(counts(pair=8), NOW + timedelta(seconds=16)) == timedelta(0)
    assert wait(counts(address=10**6), NOW + timedelta(hours=1)) == timedelta(0)


def test_strangers_delay_a_name_for_half_a_minute_and_its_owner_not_at_all() -> None:
    assert wait(counts(login=10**6), NOW) == timedelta(seconds=30)
    assert wait(counts(login=10**6, address=10**6, known=True), NOW) == timedelta(0)
    # From where the owner was, too, guessing is slowed.
    assert wait(counts(pair=8, known=True), NOW) == timedelta(seconds=16)


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    here, there = (subjects("x", f"2001:db8:0:1::{n}")[Counted.ADDRESS] for n in (1, 2))
    assert here == there
    assert here != subjects("x", "2001:db8:0:2::1")[Counted.ADDRESS]
    assert subjects("x", "::ffff:192.0.2.1") == subjects("x", "192.0.2.1")


def test_a_token_is_found_by_its_form_and_known_by_its_checksum() -> None:
    token = new_token()
    assert token.startswith("boucle_")
    assert is_token(token)
    assert PATTERN.search(f"url = https://x/?key={token}&a=b") is not None
    assert not is_token(token[:-1])
    other = "A" if token[20] != "A" else "B"
    assert not is_token(token[:20] + other + token[21:])
    assert len({new_token() for _ in range(100)}) == 100


def test_a_form_token_is_of_one_session() -> None:
    one, other = new_secret(), new_secret()
    assert is_csrf_token(csrf_token(one), one)
    assert not is_csrf_token(csrf_token(one), other)
    assert not is_csrf_token("é", one)
    assert one not in csrf_token(one)


def test_sessions_of_administrators_are_shorter() -> None:
    limits = SessionLimits()
    assert limits.idle_of({Role.OPERATOR}) == timedelta(hours=12)
    assert limits.idle_of({Role.OPERATOR, Role.ADMINISTRATOR}) == timedelta(minutes=30)
    assert limits.absolute_of({Role.PLANNER}) == timedelta(days=7)
    # A setting that is stricter for all is so for administrators.
    short = SessionLimits(idle=timedelta(minutes=5))
    assert short.idle_of({Role.ADMINISTRATOR}) == timedelta(minutes=5)
    assert has_ended(NOW, NOW + timedelta(days=1), NOW)
    assert has_ended(NOW + timedelta(days=1), NOW, NOW)
    assert not has_ended(NOW + timedelta(seconds=1), NOW + timedelta(seconds=1), NOW)


@pytest.mark.parametrize("login", ["", "a", "-a", "a b", "mаrie", "x" * 65, "a\n"])
def test_a_login_name_of_another_form_is_refused(login: str) -> None:
    with pytest.raises(LoginRefusedError):
        login_of(login.replace("\n", "\nb"))


def test_a_login_name_is_kept_in_lower_case() -> None:
    assert login_of(" Marie.Durand@Ville.fr ") == "marie.durand@ville.fr"


@pytest.mark.parametrize(
    "grant",
    [
        Grant(role=Role.PUBLIC, site=None, taker=None),
        Grant(role=Role.HEAT_TAKER, site="a", taker=None),
        Grant(role=Role.HEAT_TAKER, site=None, taker="t"),
        Grant(role=Role.OPERATOR, site="a", taker="t"),
        Grant(role=Role.ADMINISTRATOR, site="a", taker=None),
    ],
)
def test_a_role_that_means_nothing_is_refused(grant: Grant) -> None:
    with pytest.raises(GrantRefusedError):
        check_grant(grant)


READ = frozenset[Action]()
DAY = timedelta(days=1)
GRANTS = (Grant(role=Role.OPERATOR, site="a"), Grant(role=Role.HEAT_TAKER, site="b", taker="t"))
ADMINISTRATOR = Grant(role=Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("actions", "sites", "lasts"),
    [
        (READ, frozenset[str](), DAY),
        (READ, None, timedelta(0)),
        (READ, None, timedelta(days=367)),
        ({Action.READ_AUDIT}, None, DAY),
        ({Action.IMPORT, Action.DECIDE_BREACH}, None, DAY),
        (READ, frozenset({"a", "c"}), DAY),
    ],
)
def test_a_token_does_no_more_than_its_account(
    actions: set[Action], sites: frozenset[str] | None, lasts: timedelta
) -> None:
    scope = TokenScope(name="n", actions=frozenset(actions), sites=sites, lasts=lasts)
    with pytest.raises(TokenScopeError):
        check_scope(scope, GRANTS)


def test_a_token_that_manages_accounts_is_of_no_single_site() -> None:
    manages = frozenset({Action.MANAGE_ACCOUNTS})
    scope = TokenScope(name="n", actions=manages, sites=None, lasts=DAY)
    check_scope(scope, [ADMINISTRATOR])
    with pytest.raises(TokenScopeError):
        check_scope(replace(scope, sites=frozenset({"a"})), [ADMINISTRATOR])


def test_a_token_has_the_part_of_the_roles_that_its_sites_leave() -> None:
    assert scoped_grants(GRANTS, None) == GRANTS
    assert scoped_grants(GRANTS, frozenset({"b"})) == (GRANTS[1],)
    assert scoped_grants([Grant(role=Role.PLANNER)], frozenset({"b", "a"})) == (
        Grant(role=Role.PLANNER, site="a"),
        Grant(role=Role.PLANNER, site="b"),
    )
