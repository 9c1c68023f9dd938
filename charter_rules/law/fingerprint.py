"""The content of a rule as one hash: the rule file and its parameters, review dates left out."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from charter_rules.law.schema import ParameterShape, RuleShape

# Comments and review dates may change under one version.
_NOT_CONTENT: Final = {"last_reviewed", "notes"}


def rule_sha256(rule: RuleShape, parameters: Mapping[str, ParameterShape]) -> str:
    """Hash a rule and the parameters it names as they are written, as canonical JSON."""
    content = {
        "rule": rule.model_dump(mode="json", exclude={"version"}, exclude_unset=True),
        "parameters": {
            name: parameters[name].model_dump(mode="json", exclude=_NOT_CONTENT, exclude_unset=True)
            for name in sorted(rule.condition.parameters)
        },
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()
