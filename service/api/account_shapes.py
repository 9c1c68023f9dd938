"""Shapes of what the routes on accounts take and answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from service.access.roles import Action, Role
from service.access.visitor import Grant
from service.accounts.account import Account, ApiToken, GivenRole
from service.storage.audit import AuditEntry


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True, extra="forbid")


class RoleShape(_Shape):
    """A role, and where it holds."""

    role: Role = Field(examples=["operator"])
    site: str | None = Field(default=None, description="null: all sites")
    taker: str | None = Field(default=None, description="the heat taker, of a heat_taker")

    def grant(self) -> Grant:
        """As the rules know it."""
        return Grant(role=self.role, site=self.site, taker=self.taker)


class GivenRoleAnswer(RoleShape):
    """A role that stands."""

    id: int
    given_by: str
    given_at: datetime

    @classmethod
    def of(cls, given: GivenRole) -> "GivenRoleAnswer":
        """From the store."""
        grant = given.grant
        return cls(
            role=grant.role,
            site=grant.site,
            taker=grant.taker,
            id=given.grant_id,
            given_by=given.given_by,
            given_at=given.given_at,
        )


class MeAnswer(_Shape):
    """Who asks, as this server sees it."""

    login: str | None = Field(description="null: not signed in")
    display_name: str | None
    roles: Sequence[RoleShape]
    must_change_password: bool = Field(description="nothing is allowed until it is changed")
    token_actions: Sequence[Action] | None = Field(description="null: not a token")
    csrf: str | None = Field(description="for X-CSRF-Token of unsafe methods with this session")


class AccountAnswer(_Shape):
    """One account."""

    login: str
    display_name: str
    email: str | None
    has_password: bool
    must_change_password: bool
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    roles: Sequence[GivenRoleAnswer]

    @classmethod
    def of(cls, account: Account, roles: Sequence[GivenRole]) -> "AccountAnswer":
        """From the store."""
        return cls(
            login=account.login,
            display_name=account.display_name,
            email=account.email,
            has_password=account.password_hash is not None,
            must_change_password=account.must_change_password,
            created_at=account.created_at,
            created_by=account.created_by,
            disabled_at=account.disabled_at,
            roles=[GivenRoleAnswer.of(one) for one in roles],
        )


class NewAccountBody(_Shape):
    """A new account. Its password must be changed at the first sign-in."""

    login: str = Field(examples=["marie.durand"])
    display_name: str = Field(min_length=1, max_length=120)
    email: str | None = Field(default=None, max_length=254)
    password: SecretStr | None = Field(default=None, description="null: signs in otherwise")
    roles: Sequence[RoleShape] = ()


class TokenAnswer(_Shape):
    """A token, without its secret."""

    id: int
    name: str
    actions: Sequence[Action]
    sites: Sequence[str] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: ApiToken) -> "TokenAnswer":
        """From the store."""
        return cls(
            id=token.token_id,
            name=token.name,
            actions=sorted(token.actions),
            sites=None if token.sites is None else sorted(token.sites),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
        )


class NewTokenBody(_Shape):
    """A new token."""

    name: str = Field(min_length=1, max_length=80, examples=["Grafana"])
    actions: Sequence[Action] = Field(default=(), description="beyond reading")
    sites: Sequence[str] | None = Field(default=None, description="null: all of the account")
    lasts_days: int = Field(default=90, ge=1, le=366)


class NewTokenAnswer(_Shape):
    """The only time that the token itself is shown."""

    id: int
    token: str


class AuditEntryAnswer(_Shape):
    """One thing that was done."""

    seq: int
    at: datetime
    who: str
    action: str
    object: str
    site: str | None
    details: Mapping[str, str | int | bool | list[str] | None]
    address: str | None = Field(description="as far as BOUCLE_AUDIT_ADDRESS keeps it")

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditEntryAnswer":
        """From the store."""
        return cls.model_validate(entry)


class AuditPage(_Shape):
    """Entries, the newest first."""

    entries: Sequence[AuditEntryAnswer]
    next_before: int | None = Field(description="`before` of the next page; null: no more")


class RoleHolder(_Shape):
    """The account that was made."""

    login: str


class RoleNumber(_Shape):
    """The role that was given."""

    id: int
