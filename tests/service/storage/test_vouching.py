"""Accounts and sessions of people for whom a provider vouches, on a real PostgreSQL."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from service.accounts.account import Identity
from service.accounts.beginning import SignedIn, VouchedBy
from service.accounts.directory import NewAccount
from service.accounts.errors import SignInRefusedError
from service.oidc.errors import FlowLostError
from service.oidc.tokens import Farewell
from service.oidc.vouching import Vouched, Vouching, login_for
from tests.service.storage.office import BY, Office

pytestmark = pytest.mark.asyncio

ISSUER = "https://sso.example"


def somebody() -> Identity:
    return Identity(issuer=ISSUER, subject=uuid4().hex)


def vouched(office: Office, identity: Identity, sid: str | None = None) -> Vouched:
    return Vouched(
        identity=identity,
        name="Léa Martin",
        email="lea@example.org",
        by=VouchedBy(sid=sid, id_token="header.claims.signature"),
        state=uuid4().hex,
        ends_at=office.clock() + timedelta(minutes=10),
    )


def farewell(office: Office, subject: str | None, sid: str | None) -> Farewell:
    ends_at = office.clock() + timedelta(minutes=2)
    return Farewell(subject=subject, sid=sid, token_id=uuid4().hex, ends_at=ends_at)


async def lives(office: Office, begun: SignedIn) -> bool:
    return await office.signing_in.session(begun.secret) is not None


async def test_what_brought_somebody_in_brings_nobody_in_again(office: Office) -> None:
    vouching, answer = Vouching(office.store), vouched(office, somebody())
    found = await asyncio.gather(
        *(vouching.sign_in(answer, None) for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["FlowLostError"] * 4 + ["SignedIn"]


async def test_somebody_who_comes_twice_at_once_gets_one_account(office: Office) -> None:
    vouching, identity = Vouching(office.store), somebody()
    begun = await asyncio.gather(
        *(vouching.sign_in(vouched(office, identity), None) for _ in range(5))
    )
    assert len({one.session.account_id for one in begun}) == 1
    assert [one.grants for one in begun] == [()] * 5
    actions = await office.audited(login_for(identity))
    assert sorted(actions) == ["account_created", *["signed_in"] * 5]


async def test_a_name_that_is_taken_lets_nobody_into_that_account(office: Office) -> None:
    identity = somebody()
    new = NewAccount(login=login_for(identity), display_name="Squatter")
    await office.directory.add(BY, new)
    with pytest.raises(SignInRefusedError):
        await Vouching(office.store).sign_in(vouched(office, identity), None)


async def test_a_farewell_ends_one_sign_in_or_all_of_a_person(office: Office) -> None:
    vouching, identity, other = Vouching(office.store), somebody(), somebody()
    sid = uuid4().hex
    first = await vouching.sign_in(vouched(office, identity, sid), None)
    second = await vouching.sign_in(vouched(office, identity, uuid4().hex), None)
    third = await vouching.sign_in(vouched(office, identity), None)
    strange = await vouching.sign_in(vouched(office, other, uuid4().hex), None)

    # another person's sid, another provider's, one that nobody has
    assert await vouching.farewell(ISSUER, farewell(office, other.subject, sid)) == 0
    assert await vouching.farewell("https://other.example", farewell(office, None, sid)) == 0
    assert await vouching.farewell(ISSUER, farewell(office, None, uuid4().hex)) == 0
    assert await lives(office, first)

    assert await vouching.farewell(ISSUER, farewell(office, None, sid)) == 1
    assert [await lives(office, one) for one in (first, second, third)] == [False, True, True]
    # the provider did not say which sign-in the third was
    assert await vouching.farewell(ISSUER, farewell(office, identity.subject, uuid4().hex)) == 1
    assert [await lives(office, one) for one in (second, third)] == [True, False]
    assert await vouching.farewell(ISSUER, farewell(office, identity.subject, None)) == 1
    assert [await lives(office, one) for one in (second, strange)] == [False, True]


async def test_a_farewell_counts_once(office: Office) -> None:
    vouching, identity = Vouching(office.store), somebody()
    told = farewell(office, identity.subject, None)
    await vouching.farewell(ISSUER, told)
    begun = await vouching.sign_in(vouched(office, identity), None)
    with pytest.raises(FlowLostError):
        await vouching.farewell(ISSUER, told)
    assert await lives(office, begun)


async def test_what_was_used_is_forgotten_when_it_is_of_no_use(office: Office) -> None:
    vouching = Vouching(office.store)
    await vouching.sign_in(vouched(office, somebody()), None)
    office.clock.pass_by(minutes=11)
    await vouching.sign_in(vouched(office, somebody()), None)
    async with office.store.pool.acquire() as conn:
        kept = await conn.fetchval(
            "select count(*) from oidc_used where ends_at <= $1", office.clock()
        )
    assert kept == 0


async def test_signing_out_gives_the_provider_its_token_and_nobody_else(office: Office) -> None:
    vouching, identity = Vouching(office.store), somebody()
    begun = await vouching.sign_in(vouched(office, identity, "s"), None)
    told = await office.directory.everything_of(BY, login_for(identity))
    assert told["account"]["oidc_subject"] == identity.subject
    assert "header.claims.signature" not in str(told)
    assert await office.signing_in.sign_out(begun.secret, None) == "header.claims.signature"
    assert await office.signing_in.sign_out(begun.secret, None) is None
