"""Accounts, sessions and tokens on a real PostgreSQL, with a clock of the test."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from service.access.roles import Action
from service.accounts.account import Actor
from service.accounts.api_tokens import TokenScope
from service.accounts.directory import NewAccount
from service.accounts.errors import (
    AccountExistsError,
    HashingBusyError,
    LastAdministratorError,
    NoSuchAccountError,
    NoSuchGrantError,
    NoSuchTokenError,
    PasswordFault,
    PasswordRefusedError,
    SignInDelayedError,
    SignInRefusedError,
)
from tests.service.storage.office import ADMINISTRATOR, BY, OPERATOR, PASSWORD, Clock, Office

pytestmark = pytest.mark.asyncio

READ = frozenset[Action]()


async def test_sign_in_gives_a_session_with_the_roles(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    begun = await office.signing_in.sign_in(f" {login.upper()} ", PASSWORD, office.address)
    found = await office.signing_in.session(begun.secret)
    assert found is not None
    session, grants = found
    assert (session.login, grants) == (login, (OPERATOR,))
    again = await office.signing_in.sign_in(login, PASSWORD, office.address)
    assert again.secret != begun.secret
    assert begun.secret not in repr(begun)
    assert await office.audited(login) == [
        "account_created",
        "role_given",
        "signed_in",
        "signed_in",
    ]


async def test_neither_secret_nor_password_is_in_the_database(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    begun = await office.signing_in.sign_in(login, PASSWORD, office.address)
    account = await office.tokens.account_of(login)
    scope = TokenScope(name="export", actions=READ, sites=None, lasts=timedelta(days=1))
    text, _ = await office.tokens.create(BY, account, scope)
    tables = ("account", "account_session", "api_token", "audit_log", "sign_in_throttle")
    async with office.store.pool.acquire() as conn:
        for table in tables:
            rows = str(await conn.fetch(f"select one::text from {table} as one"))
            for secret in (PASSWORD, begun.secret, text):
                assert secret not in rows
        stored = await conn.fetchval("select password_hash from account where login = $1", login)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("which", ["unknown", "wrong", "disabled", "without password"])
async def test_every_refusal_says_the_same(office: Office, which: str) -> None:
    login = await office.somebody(OPERATOR)
    if which == "disabled":
        await office.directory.disable(BY, login)
    if which == "without password":
        new = NewAccount(login=f"{login}x", display_name="Single sign-on")
        await office.directory.add(BY, new)
        login = f"{login}x"
    name = "nobody.at.all" if which == "unknown" else login
    password = "another password" if which == "wrong" else PASSWORD
    with pytest.raises(SignInRefusedError) as refused:
        await office.signing_in.sign_in(name, password, office.address)
    assert str(refused.value) == str(SignInRefusedError())


async def test_a_name_that_does_not_exist_is_not_written_down(office: Office) -> None:
    typed = "my password in the wrong field"
    with pytest.raises(SignInRefusedError):
        await office.signing_in.sign_in(typed, "x", office.address)
    newest = (await office.directory.audit(None, 1))[0]
    assert (newest.action, newest.who, newest.object) == ("sign_in_failed", "unknown", "unknown")
    assert newest.address is not None
    assert newest.address.endswith("::/48")


async def test_a_session_ends_when_it_rests_and_in_any_case(office: Office, clock: Clock) -> None:
    login = await office.somebody(OPERATOR)
    secret = (await office.signing_in.sign_in(login, PASSWORD, office.address)).secret
    for _ in range(13):
        clock.pass_by(hours=11, minutes=59)
        assert await office.signing_in.session(secret) is not None
    clock.pass_by(hours=12)
    assert await office.signing_in.session(secret) is None

    secret = (await office.signing_in.sign_in(login, PASSWORD, office.address)).secret
    for _ in range(14):
        clock.pass_by(hours=11, minutes=59)
        assert await office.signing_in.session(secret) is not None
    clock.pass_by(minutes=14)
    assert await office.signing_in.session(secret) is None


async def test_ended_sessions_are_removed_at_the_next_sign_in(office: Office, clock: Clock) -> None:
    login = await office.somebody(OPERATOR)
    await office.signing_in.sign_in(login, PASSWORD, office.address)
    clock.pass_by(days=8)
    await office.signing_in.sign_in(login, PASSWORD, office.address)
    account = await office.tokens.account_of(login)
    async with office.store.pool.acquire() as conn:
        kept = await conn.fetchval(
            "select count(*) from account_session where account_id = $1", account
        )
    assert kept == 1


async def test_a_session_that_was_ended_is_of_no_use_to_a_thief(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    stolen = (await office.signing_in.sign_in(login, PASSWORD, office.address)).secret
    await office.signing_in.sign_out(stolen, office.address)
    assert await office.signing_in.session(stolen) is None
    await office.signing_in.sign_out(stolen, office.address)

    stolen = (await office.signing_in.sign_in(login, PASSWORD, office.address)).secret
    await office.directory.disable(BY, login)
    assert await office.signing_in.session(stolen) is None
    await office.directory.enable(BY, login)
    assert await office.signing_in.session(stolen) is None


async def test_another_password_ends_every_other_session(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    stolen = (await office.signing_in.sign_in(login, PASSWORD, office.address)).secret
    mine = (await office.signing_in.sign_in(login, PASSWORD, office.address)).secret
    for new, fault in ((PASSWORD, PasswordFault.UNCHANGED), ("short", PasswordFault.TOO_SHORT)):
        with pytest.raises(PasswordRefusedError) as refused:
            await office.signing_in.change_password(mine, PASSWORD, new, office.address)
        assert refused.value.fault is fault
    with pytest.raises(SignInRefusedError):
        await office.signing_in.change_password(mine, "wrong", "four loud geese", office.address)
    begun = await office.signing_in.change_password(
        mine, PASSWORD, "four loud geese at night", office.address
    )
    assert await office.signing_in.session(stolen) is None
    assert await office.signing_in.session(mine) is None
    assert await office.signing_in.session(begun.secret) is not None
    with pytest.raises(SignInRefusedError):
        await office.signing_in.sign_in(login, PASSWORD, office.address)


async def test_a_password_that_somebody_else_knows_allows_nothing(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    await office.directory.set_password(BY, login, "given by another one")
    begun = await office.signing_in.sign_in(login, "given by another one", office.address)
    assert begun.grants == ()
    found = await office.signing_in.session(begun.secret)
    assert found is not None
    assert found[0].must_change_password
    assert found[1] == ()
    own = await office.signing_in.change_password(
        begun.secret, "given by another one", "chosen by myself now", office.address
    )
    assert own.grants == (OPERATOR,)


async def fail(office: Office, login: str, address: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefusedError):
            await office.signing_in.sign_in(login, "a wrong password", address)


async def test_guessing_is_delayed_even_for_the_right_password(
    office: Office, clock: Clock
) -> None:
    login = await office.somebody(OPERATOR)
    await fail(office, login, office.address, 4)
    with pytest.raises(SignInDelayedError) as delayed:
        await office.signing_in.sign_in(login, PASSWORD, office.address)
    assert delayed.value.wait_s == 1.0
    clock.pass_by(seconds=1)
    await office.signing_in.sign_in(login, PASSWORD, office.address)
    # Forgiven: the next mistake is a first one.
    await fail(office, login, office.address, 3)
    await office.signing_in.sign_in(login, PASSWORD, office.address)


async def test_tries_that_come_at_once_are_counted_one_by_one(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    tries = [office.signing_in.sign_in(login, "a wrong one", office.address) for _ in range(12)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == (
        ["SignInDelayedError"] * 8 + ["SignInRefusedError"] * 4
    )


async def test_strangers_do_not_keep_the_owner_out(office: Office, clock: Clock) -> None:
    login = await office.somebody(OPERATOR)
    await office.signing_in.sign_in(login, PASSWORD, office.address)
    for n in range(7):
        await fail(office, login, f"198.51.{clock.now.microsecond % 250}.{n}", 3)
        clock.pass_by(seconds=30)
    with pytest.raises(SignInDelayedError) as delayed:
        await fail(office, login, "198.51.100.200", 2)
    assert delayed.value.wait_s <= 30.0
    await office.signing_in.sign_in(login, PASSWORD, office.address)


async def test_one_address_that_tries_many_names_is_delayed(office: Office) -> None:
    for n in range(21):
        await fail(office, f"nobody.{n}", office.address, 1)
    with pytest.raises(SignInDelayedError):
        await office.signing_in.sign_in("nobody.22", "x", office.address)


async def test_a_flood_of_passwords_is_turned_away_and_not_held_against_anybody(
    office: Office,
) -> None:
    login = await office.somebody(OPERATOR)
    # Straight at the hashes, as a thousand addresses would be.
    flood = [office.hashes.matches(None, "x") for _ in range(60)]
    ends = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(end, HashingBusyError) for end in ends) == 20
    assert not any(end is True for end in ends)
    await office.signing_in.sign_in(login, PASSWORD, office.address)


async def test_roles_are_given_and_taken_at_once(office: Office) -> None:
    login = await office.somebody()
    secret = (await office.signing_in.sign_in(login, PASSWORD, office.address)).secret
    number = await office.directory.grant(BY, login, OPERATOR)
    found = await office.signing_in.session(secret)
    assert found is not None
    assert found[1] == (OPERATOR,)
    await office.directory.revoke(BY, login, number)
    found = await office.signing_in.session(secret)
    assert found is not None
    assert found[1] == ()
    with pytest.raises(NoSuchGrantError):
        await office.directory.revoke(BY, login, number)
    with pytest.raises(NoSuchAccountError):
        await office.directory.grant(BY, "nobody.at.all", OPERATOR)
    with pytest.raises(AccountExistsError):
        await office.directory.add(BY, NewAccount(login=login, display_name="Again"))


async def test_the_last_administrator_stays(office: Office) -> None:
    # Those of other tests, who share this database.
    async with office.store.pool.acquire() as conn:
        await conn.execute(
            "delete from account where account_id in"
            " (select account_id from account_grant where role = 'administrator')"
        )
    login = await office.somebody(ADMINISTRATOR)
    with pytest.raises(LastAdministratorError):
        await office.directory.disable(BY, login)
    second = await office.somebody(ADMINISTRATOR)
    ends = await asyncio.gather(
        office.directory.disable(BY, login),
        office.directory.disable(BY, second),
        return_exceptions=True,
    )
    assert sorted(type(end).__name__ for end in ends) == ["LastAdministratorError", "NoneType"]


async def test_a_token_works_until_it_expires_or_is_revoked(office: Office, clock: Clock) -> None:
    login = await office.somebody(OPERATOR)
    account = await office.tokens.account_of(login)
    scope = TokenScope(name="grafana", actions=READ, sites=None, lasts=timedelta(days=30))
    text, number = await office.tokens.create(BY, account, scope)
    found = await office.tokens.known(text)
    assert found is not None
    assert (found[0].name, found[1]) == ("grafana", (OPERATOR,))
    assert [one.last_used_at for one in await office.tokens.of(account)] == [clock.now]
    clock.pass_by(days=30)
    assert await office.tokens.known(text) is None

    text, number = await office.tokens.create(BY, account, scope)
    other = await office.tokens.account_of(await office.somebody(OPERATOR))
    with pytest.raises(NoSuchTokenError):
        await office.tokens.revoke(BY, other, number)
    await office.tokens.revoke(BY, account, number)
    assert await office.tokens.known(text) is None
    with pytest.raises(NoSuchTokenError):
        await office.tokens.revoke(BY, account, number)


async def test_a_token_ends_with_its_account(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    account = await office.tokens.account_of(login)
    scope = TokenScope(name="export", actions=READ, sites=None, lasts=timedelta(days=30))
    text, _ = await office.tokens.create(BY, account, scope)
    await office.directory.disable(BY, login)
    assert await office.tokens.known(text) is None
    await office.directory.enable(BY, login)
    assert await office.tokens.known(text) is None


async def test_the_audit_log_is_append_only_and_old_entries_go(
    office: Office, clock: Clock
) -> None:
    await office.directory.audited(
        Actor(name="marie", address="192.0.2.7"), "downloaded", "raw.csv", site="s"
    )
    newest = (await office.directory.audit(None, 1))[0]
    assert (newest.who, newest.object, newest.site) == ("marie", "raw.csv", "s")
    assert newest.address == "192.0.2.0/24"
    assert (await office.directory.audit(newest.seq, 1))[0].seq < newest.seq
    async with office.store.pool.acquire() as conn:
        for change in (
            "update audit_log set who = 'x'",
            "delete from audit_log",
            "truncate audit_log",
        ):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await conn.execute(change)
        await conn.execute(
            "insert into audit_log (at, who, action, object, details)"
            " values (now() - interval '400 days', 'old', 'x', 'x', '{}')"
        )
        await office.store.audit.sweep(conn, clock.now)
        assert await conn.fetchval("select count(*) from audit_log where who = 'old'") == 0
