"""promtool's series, unrolled: what a look at a minute shows of them."""

import re
from collections.abc import Iterator, Mapping

from service.notifying.samples import Shown

_SERIES = re.compile(r"^([a-z_:0-9]+)\{(.*)\}$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_VALUES = re.compile(r"^(-?[\d.]+(?:e[+-]?\d+)?)(?:\+([\d.]+))?$")


def at_minute(series: Mapping[str, str], minute: int) -> Iterator[Shown]:
    for one, values in series.items():
        found = _SERIES.match(one)
        course = _VALUES.match(values)
        assert found is not None, one
        assert course is not None, values
        first, step = float(course[1]), float(course[2] or 0.0)
        yield Shown(found[1], dict(_LABEL.findall(found[2])), first + step * minute)
