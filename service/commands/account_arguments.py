"""What ``boucle account`` and ``boucle token`` take; the commands themselves need the store."""

from pathlib import Path
from typing import Any

# As service.access.roles has them, whose import a command line does not wait for.
ACTIONS = (
    "answer_breach",
    "decide_breach",
    "take_charge",
    "import",
    "manage_accounts",
    "read_audit",
)
ROLES = ("heat_taker", "operator", "planner", "inspector", "administrator")


def add_parsers(commands: Any) -> None:
    """Describe the commands and their sub-commands."""
    _add_account(commands.add_parser("account", help="who may sign in, and with which roles"))
    _add_token(commands.add_parser("token", help="tokens of programs, on behalf of an account"))


def _add_account(account: Any) -> None:
    does = account.add_subparsers(dest="does", required=True, metavar="WHAT")
    does.add_parser("list", help="every account and its roles")
    add = does.add_parser("add", help="make an account; the password is asked for")
    password = does.add_parser("password", help="set another password; sessions end")
    disable = does.add_parser("disable", help="no sign-in any more; sessions and tokens end")
    erase = does.add_parser("erase", help="remove it, with its roles, sessions and tokens")
    export = does.add_parser("export", help="all that is kept of somebody, as JSON")
    enable = does.add_parser("enable", help="let it sign in again")
    grant = does.add_parser("grant", help="give a role")
    revoke = does.add_parser("revoke", help="take a role back")
    for one in (add, password, disable, enable, erase, export, grant, revoke):
        one.add_argument("login", help="login name")
    add.add_argument("--name", help="name that others are shown (default: the login name)")
    add.add_argument("--email")
    for one in (add, grant):
        one.add_argument("--role", choices=ROLES, required=one is grant)
        one.add_argument("--at", metavar="SITE", help="id of a site (default: all)")
        one.add_argument("--taker", help="the heat taker, for the role heat_taker")
    for one in (add, password):
        one.add_argument(
            "--password-file",
            type=Path,
            metavar="FILE",
            help="whose first line is the password (default: ask for it)",
        )
        one.add_argument(
            "--must-change",
            action="store_true",
            help="it is somebody else's account: nothing is allowed until the password is changed",
        )
    add.add_argument(
        "--oidc-subject",
        metavar="SUB",
        help="signs in with the provider of BOUCLE_OIDC_ISSUER, which calls this person so",
    )
    add.add_argument("--no-password", action="store_true", help="signs in otherwise")
    revoke.add_argument("role_number", type=int, metavar="NUMBER", help="as 'list' shows it")


def _add_token(token: Any) -> None:
    does = token.add_subparsers(dest="does", required=True, metavar="WHAT")
    create = does.add_parser("create", help="make a token; it is shown once")
    listed = does.add_parser("list", help="the tokens of an account")
    revoke = does.add_parser("revoke", help="end a token at once")
    for one in (create, listed, revoke):
        one.add_argument("login", help="login name of the account it acts for")
    create.add_argument("--name", required=True, help="what it is for")
    create.add_argument(
        "--action",
        action="append",
        default=[],
        choices=ACTIONS,
        help="what it may do beyond reading; may be given several times",
    )
    create.add_argument(
        "--at", action="append", metavar="SITE", help="id of a site (default: all of the account)"
    )
    create.add_argument("--days", type=int, default=90, help="how long it lasts (default 90)")
    revoke.add_argument("token_number", type=int, metavar="NUMBER", help="as 'list' shows it")
