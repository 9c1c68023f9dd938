"""What every device of a site answers when it is asked once, as lines of a terminal."""

import asyncio
from collections.abc import Iterator, Mapping
from textwrap import fill

from collectors.once import DeviceAnswer, PointAnswer, ask_once
from models.quantities import QUANTITIES, Quantity
from models.readings import Quality
from models.trouble.words_en import ENGLISH
from service.site.site import InstalledSite

_WIDTH = 100
_UNITLESS = ("ratio", "state")
_NO_VALUE = {
    Quality.OUT_OF_RANGE: "not possible",
    Quality.NOT_AVAILABLE: "the device has no value",
    Quality.BAD: "not read",
}


def ask_all(installed: InstalledSite) -> list[DeviceAnswer]:
    """Ask every device of the site once."""
    return asyncio.run(ask_once(installed.installation, installed.profiles))


def answer_lines(installed: InstalledSite, answers: list[DeviceAnswer]) -> Iterator[str]:
    """Each device with its values, and what is wrong with what to check."""
    quantities = {key: point.quantity for key, point in installed.site.points.items()}
    troubled = [one.device.id for one in answers if one.cause is not None]
    yield f"What each device answers: {len(answers) - len(troubled)} of {len(answers)} in order"
    for answer in answers:
        yield from _device_lines(answer, quantities)
    if troubled:
        yield f"  to be looked at: {', '.join(troubled)}"


def _device_lines(answer: DeviceAnswer, quantities: Mapping[str, Quantity]) -> Iterator[str]:
    device, cause = answer.device, answer.cause
    where = f"{device.link}" + ("" if device.unit is None else f", unit {device.unit}")
    state = "in order" if cause is None else ENGLISH[cause.trouble].what.upper()
    yield f"  {device.id} ({where}): {state}"
    if cause is not None:
        yield _indented(f"seen: {cause.detail}")
        yield _indented(f"check {ENGLISH[cause.trouble].check}")
    values = [_value(one, quantities[f"{device.id}.{one.point}"]) for one in answer.points]
    if values:
        yield _indented(" · ".join(values))


def _value(answer: PointAnswer, quantity: Quantity) -> str:
    if answer.quality in _NO_VALUE:
        return f"{answer.point}: {_NO_VALUE[answer.quality]}"
    unit = QUANTITIES[quantity].unit
    written = f"{answer.point} {answer.value:.7g}" + ("" if unit in _UNITLESS else f" {unit}")
    return written if answer.quality is Quality.GOOD else f"{written} (uncertain)"


def _indented(text: str) -> str:
    return fill(
        text,
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
