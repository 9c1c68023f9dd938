"""Which of the processes behind the figures is late: database, evaluation or collector."""

from dataclasses import dataclass
from typing import Final

from service.live.board import SnapshotBoard
from service.live.feed import DATABASE, EVALUATION, LATE_AFTER_S
from service.live.snapshot import LiveSnapshot

COLLECTOR: Final = "collector"


@dataclass(frozen=True, slots=True)
class Late:
    """One reason why the figures are not current, and the part it is about."""

    part: str
    reason: str


def late_parts(board: SnapshotBoard) -> list[Late]:
    """Why the figures are not current; empty when they are."""
    snapshot = board.current
    if snapshot is None:
        part, reason = board.waiting_for or (EVALUATION, "the first evaluation is not finished")
        return [Late(part, reason)]
    # Behind a database that does not answer nobody sees the others.
    if not snapshot.store_reachable:
        return [
            *_old_figures(DATABASE, snapshot, board.age_s),
            Late(DATABASE, "the database does not answer"),
        ]
    late = _old_figures(EVALUATION, snapshot, board.age_s)
    if late and board.waiting_for is not None:
        late.append(Late(*board.waiting_for))
    pipeline = snapshot.pipeline
    if pipeline is not None and pipeline.silent:
        reason = f"the collector has been silent for {pipeline.report_age_s:.0f} s"
        late.append(Late(COLLECTOR, reason))
    return late


def _old_figures(part: str, snapshot: LiveSnapshot, shown_for_s: float) -> list[Late]:
    # Both times are of one clock, and the rest is counted here: neither a step of a clock nor two
    # machines that disagree make figures old, or old ones fresh.
    age_s = (snapshot.taken_at - snapshot.figures_of).total_seconds() + shown_for_s
    if age_s <= LATE_AFTER_S:
        return []
    return [Late(part, f"the last evaluation is of {snapshot.figures_of.isoformat()}")]
