"""The API as its document has it, whatever is asked and whoever asks.

A few of each operation; ``python -m tests.service.storage.fuzzing`` asks for longer.
"""

import httpx
import pytest

from service.access.roles import Role
from tests.service.storage.fuzzing import ask
from tests.service.storage.whole_site import WholeSite


@pytest.mark.parametrize("role", Role)
def test_every_answer_is_one_that_the_document_names(whole_site: WholeSite, role: Role) -> None:
    paths = httpx.get(f"{whole_site.url}/openapi.json").json()["paths"]
    operations = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}

    told = ask(whole_site.url, whole_site.headers_of(role), examples=1, phases=["fuzzing"])

    assert told.operations == operations
    assert not told.failures, "\n\n".join(told.failures)
    # Not everything was refused: stores were asked.
    assert told.statuses[200] > 20
