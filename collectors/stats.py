"""Counters of the collectors, read by whoever exports metrics."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class CollectorStats:
    """Totals since start. ``rows_dropped_total`` above zero means that data was lost.

    ``poll_stretch`` is how many times further apart than planned polls are now;
    ``ticks_left_out_total`` were not polled for that.
    """

    polls_total: int = 0
    poll_stretch: float = 1.0
    ticks_left_out_total: int = 0
    failures_total: int = 0
    bugs_total: int = 0
    rows_read_total: int = 0
    rows_accepted_total: int = 0
    rows_dropped_total: int = 0
    rows_queued: int = 0
    batches_accepted_total: int = 0
    sink_failures_total: int = 0
    health_failures_total: int = 0
