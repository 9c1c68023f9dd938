"""A process that ended is told from one that runs, and from one of elsewhere."""

import subprocess
import sys

from service.storage.holder import holder_of_this_process, is_gone

_HOLDER = "from service.storage.holder import *; print(holder_of_this_process())"


def test_this_process_is_not_gone() -> None:
    assert not is_gone(holder_of_this_process())


def test_a_process_that_ended_is_gone() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _HOLDER], check=True, capture_output=True, text=True
    ).stdout.strip()

    assert is_gone(told)


def test_another_process_of_the_same_number_is_not_the_holder() -> None:
    mine = holder_of_this_process()
    words = mine.split(" since ")

    assert is_gone(f"{words[0]} since 1 on {words[1].split(' on ')[1]}")


def test_of_another_machine_nothing_is_known() -> None:
    mine = holder_of_this_process()

    assert not is_gone(mine.replace(" on ", " on elsewhere"))
    assert not is_gone("vm process 12")
    assert not is_gone("")
