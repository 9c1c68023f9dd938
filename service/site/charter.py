"""The charter that a site is judged by."""

from charter_rules.errors import RuleBookError
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import RuleBook
from models.site.site import Site
from service.errors import UserError


def charter_of(site: Site) -> RuleBook:
    """The charter that the site file names.

    Raises
    ------
    UserError
        With everything that is wrong with it.
    """
    try:
        return load_rulebook(charter=site.identity.charter)
    except RuleBookError as error:
        msg = f"the charter cannot be used\n{error}"
        raise UserError(msg) from error
