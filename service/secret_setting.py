"""A secret that comes from a variable or from a file that another variable names."""

from pathlib import Path

from pydantic import SecretStr

from service.errors import UserError


def secret_of(value: SecretStr | None, file: Path | None, name: str) -> str | None:
    """The secret, or None when neither is set.

    Raises
    ------
    UserError
        When both are, the file cannot be read, or nothing is in it.
    """
    if value is not None and file is not None:
        msg = f"{name} and {name}_FILE are both set: leave one of them unset"
        raise UserError(msg)
    if file is None:
        found = None if value is None else value.get_secret_value()
    else:
        try:
            found = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            msg = f"{name}_FILE: {file} cannot be read"
            raise UserError(msg) from error
    if found == "":
        msg = f"{name} is empty: leave it unset, or set it"
        raise UserError(msg)
    return found
