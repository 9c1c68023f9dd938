"""``boucle sql-roles``: the SQL of the roles that read, for who administers the database."""

import argparse

from models.site.disclosure import Confidentiality
from service.errors import UserError
from service.settings import Settings
from service.storage.reader_roles import ROLES_SQL, login_sql


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print it; nothing is done to any database."""
    del settings
    print(ROLES_SQL, end="")
    if arguments.login is not None:
        try:
            print(login_sql(arguments.login, Confidentiality[arguments.clearance.upper()]), end="")
        except ValueError as error:
            msg = f"--login: {error}"
            raise UserError(msg) from error
    return 0
