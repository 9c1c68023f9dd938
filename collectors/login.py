"""Where user and password of a link are kept: never in the site file, which is copied and shown."""

import os
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collectors.errors import SecretMissing

_OWN_SETTINGS: Final = "BOUCLE_"
_REMEDY: Final = "write {env: NAME_OF_A_VARIABLE} or {file: /path/of/a/file}"


class SecretPlace(BaseModel):
    """An environment variable of the collector, or a file that it may read; one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    file: Annotated[str, Field(pattern=r"^/")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_place(cls, given: Any) -> Any:
        if not isinstance(given, dict | SecretPlace):
            msg = f"a secret does not stand in the site file; {_REMEDY}"
            raise ValueError(msg)  # noqa: TRY004 - pydantic lists ValueErrors only
        return given

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            msg = f"needs one place; {_REMEDY}"
            raise ValueError(msg)
        if self.env is not None and self.env.startswith(_OWN_SETTINGS):
            msg = f"{_OWN_SETTINGS}* are settings of Boucle itself; name the variable otherwise"
            raise ValueError(msg)
        return self

    def __str__(self) -> str:
        """The place, as an operator would look for it."""
        return f"environment variable {self.env}" if self.file is None else f"file {self.file}"

    def read(self) -> str:
        """What is kept there now, so that a changed password counts from the next session on.

        Raises
        ------
        SecretMissing
            If nothing is.
        """
        if self.file is None:
            found, why = os.environ.get(str(self.env), ""), "is not set for the collector"
        else:
            found, why = _content(self.file)
        if not found:
            msg = f"{self} {why}: the link has nothing to log in with"
            raise SecretMissing(msg)
        return found


class Login(BaseModel):
    """How a link logs in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: SecretPlace
    password: SecretPlace


def _content(file: str) -> tuple[str, str]:
    """The first line of a file, or why there is none."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        return "", f"cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        return "", "is no UTF-8 text"
    return text.partition("\n")[0].removesuffix("\r"), "is empty"
