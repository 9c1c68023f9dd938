"""Whose keys the verifier knows, and for which days."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from models.legal_time.days import legal_day
from models.located_yaml import LocatedYamlError, load_located
from service.evidence.errors import TrustFileError
from service.evidence.keys import PublicKey, trusted_fingerprint


class Standing(StrEnum):
    """What a verifier knows of a key that signed something of a site at an instant."""

    TRUSTED = "trusted"
    UNKNOWN = "author_unknown"
    NOT_OF_SITE = "key_not_of_site"
    NOT_YET = "key_not_yet"
    NO_LONGER = "key_no_longer"
    REVOKED = "key_revoked"


class _KeyShape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    valid_from: date
    valid_to: date | None = None
    revoked: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            msg = "valid_to is before valid_from"
            raise ValueError(msg)
        return self


class _SiteKeyShape(_KeyShape):
    site: Annotated[str, StringConstraints(min_length=1)]


class _TrustShape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[_SiteKeyShape, ...] = ()
    countersigners: tuple[_KeyShape, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """One key. ``site`` None is any; days are legal days, both inside."""

    fingerprint: str
    site: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    revoked: bool = False

    def standing(self, on: date) -> Standing:
        """Whether what it signed on a day counts. Who holds a revoked key can backdate."""
        if self.revoked:
            return Standing.REVOKED
        if self.valid_from is not None and on < self.valid_from:
            return Standing.NOT_YET
        if self.valid_to is not None and on > self.valid_to:
            return Standing.NO_LONGER
        return Standing.TRUSTED


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys of sites, and those of who countersigns the heads of their chains."""

    keys: tuple[KnownKey, ...] = ()
    countersigners: tuple[KnownKey, ...] = ()

    @classmethod
    def of_key(cls, given: str) -> Self:
        """One key, by its file or fingerprint, for any site and day; raises KeyFileError."""
        return cls((KnownKey(fingerprint=trusted_fingerprint(given)),))

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Read a trust file.

        Raises
        ------
        TrustFileError
            With what is wrong in it.
        """
        try:
            data = load_located(path.read_text(encoding="utf-8"), str(path)).data
            shape = _TrustShape.model_validate(data)
        except (OSError, UnicodeDecodeError, LocatedYamlError) as error:
            msg = f"the trust file {path} cannot be read: {error}"
            raise TrustFileError(msg) from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(one) for one in first["loc"])
            msg = f"the trust file {path} cannot be used: {place}: {first['msg']}"
            raise TrustFileError(msg) from error
        return cls(
            tuple(_known(one, one.site) for one in shape.keys),
            tuple(_known(one, None) for one in shape.countersigners),
        )

    @property
    def is_one_key(self) -> bool:
        """Whether it is one key that was given, and says nothing of sites and other keys."""
        return any(one.site is None for one in self.keys)

    def knows_site(self, site: str) -> bool:
        """Whether a key of the site is known."""
        return any(one.site in {None, site} for one in self.keys)

    def standing(self, signer: PublicKey, site: str, at: datetime) -> Standing:
        """What is known of the key that signed something of a site."""
        of_site = [one for one in self.keys if one.site in {None, site}]
        return _best(of_site, signer, at)

    def countersigner(self, signer: PublicKey, at: datetime) -> Standing:
        """What is known of the key that countersigned a list."""
        return _best(self.countersigners, signer, at)


NOBODY: Final = Trust()


def _best(keys: "list[KnownKey] | tuple[KnownKey, ...]", key: PublicKey, at: datetime) -> Standing:
    """A key may stand there for several times; a revocation counts for all of them."""
    if not keys:
        return Standing.UNKNOWN
    mine = [one for one in keys if one.fingerprint == key.fingerprint]
    found = [one.standing(legal_day(at)) for one in mine]
    if Standing.REVOKED in found:
        return Standing.REVOKED
    if Standing.TRUSTED in found:
        return Standing.TRUSTED
    return found[0] if found else Standing.NOT_OF_SITE


def _known(shape: _KeyShape, site: str | None) -> KnownKey:
    return KnownKey(
        fingerprint=PublicKey.from_hex(shape.public_key).fingerprint,
        site=site,
        valid_from=shape.valid_from,
        valid_to=shape.valid_to,
        revoked=shape.revoked,
    )
