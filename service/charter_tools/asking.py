"""Ask a running service for its verdict on a rule."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, Final

from service.errors import UserError

_TIMEOUT_S: Final = 10.0


class NoVerdictError(UserError):
    """No running service says what a rule gives on a site."""


def ask_findings(url: str, site: str, rules: Sequence[str]) -> list[Mapping[str, Any]]:
    """The verdicts of today on some rules, as ``/verdicts`` of a site has them.

    Raises
    ------
    NoVerdictError
        If no service answers, or it watches another site or judges by another charter.
    """
    try:
        watched = {str(one["id"]) for one in _get(url, "sites")}
        if site not in watched:
            others = ", ".join(sorted(watched))
            msg = f"the service at {url} watches {others}, not {site}; give --url or --history"
            raise NoVerdictError(msg)
        found = {str(one["rule_id"]): one for one in _get(url, f"sites/{site}/verdicts")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"no verdict at {url} ({error}); start 'boucle serve', or give --url or --history"
        raise NoVerdictError(msg) from error
    strange = [rule for rule in rules if rule not in found]
    if strange:
        msg = f"the service at {url} judges by a charter without {strange[0]}; start it again"
        raise NoVerdictError(msg)
    return [dict(found[rule]) for rule in rules]


def _get(url: str, what: str) -> Any:  # JSON: the caller takes from it what it knows
    if not url.startswith(("http://", "https://")):
        msg = "the address of a service starts with http:// or https://"
        raise ValueError(msg)
    address = f"{url.rstrip('/')}/api/v1/{what}"
    # Its scheme was looked at.
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:  # nosec B310
        return json.load(answer)
