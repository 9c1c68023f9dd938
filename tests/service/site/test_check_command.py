"""``boucle check``: what a site file means, in words."""

from pathlib import Path

import pytest

from service.__main__ import main
from tests.service.site.test_loader import SHIPPED


def test_the_sums_their_category_completeness_and_events_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = "role: utility_intake, max_per_h: 900,"
    event = "{kind: reset, at: 2026-03-04T10:15:00Z, document: a letter}"
    text = SHIPPED.read_text(encoding="utf-8").replace(right, f"{right} events: [{event}],", 1)
    path = tmp_path / "site.yaml"
    path.write_text(
        text.replace("role: general, inside: main_boards", "role: other_load, inside: main_boards"),
        encoding="utf-8",
    )

    assert main(["check", str(path)]) == 0

    said = capsys.readouterr().out
    for line in (
        "facility           = intake_a + intake_b + genset_meter + pv_meter - general_services",
        "PUE category 2",
        "boundary: loads of others are taken out",
        "no PUE without heat upgrade",
        "main_boards        all is metered",
        "2026-03-04 10:15 UTC  intake_a: reset, without both indices: the count breaks there",
    ):
        assert line in said, said
