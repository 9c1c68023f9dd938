"""An impossible value, told with its registers and with what else they could be. Pure.

The commonest mistake in a profile is the order of words or bytes; whoever sees "with word_order:
little it would be 230.1 V" has found it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collectors.modbus.decode import Decoder, RegisterArray
from collectors.profiles.schema import REGISTERS_OF_TYPE, ModbusPoint
from models.quantities import QUANTITIES
from models.readings import Quality
from models.trouble.trouble import Cause, Trouble

_OTHER: Final = {"big": "little", "little": "big"}
# the commonest mistake first
_CHANGES: Final = (("word_order",), ("word_order", "byte_order"), ("byte_order",))
_CHANGES_OF_ONE_REGISTER: Final = (("byte_order",),)
# Arbitrary bits are a float near zero more often than not.
_NO_CHANCE: Final = 1e-6


def misread_cause(
    points: Sequence[ModbusPoint], decoder: Decoder, image: RegisterArray, wild: NDArray[np.bool_]
) -> Cause:
    """The first impossible value in words, and how many more there are."""
    first, *more = np.flatnonzero(wild).tolist()
    point, words = points[first], decoder.words(first, image)
    written = " ".join(f"{word:04x}" for word in words)
    detail = (
        f"{point.name} ({point.space} {point.address}, {point.type}): words {written} are no "
        f"possible {point.quantity.replace('_', ' ')}"
    )
    if (other := _other_order(point, words)) is not None:
        detail += f"; {other}"
    if more:
        detail += f" (and {len(more)} more)"
    return Cause(Trouble.IMPOSSIBLE_VALUE, detail)


def _other_order(point: ModbusPoint, words: Sequence[int]) -> str | None:
    """The order of words and bytes in which the registers are a possible value, if there is one."""
    written = {"word_order": point.word_order, "byte_order": point.byte_order}
    for changed in _CHANGES if REGISTERS_OF_TYPE[point.type] > 1 else _CHANGES_OF_ONE_REGISTER:
        update = {name: _OTHER[written[name]] for name in changed}
        [value], [quality] = Decoder([point.model_copy(update=update)]).decode(
            np.array(words, np.uint16)
        )
        if quality == Quality.GOOD and abs(value) >= _NO_CHANCE:
            asked = ", ".join(f"{name}: {order}" for name, order in update.items())
            return f"with {asked} they would be {value:.6g} {QUANTITIES[point.quantity].unit}"
    return None
