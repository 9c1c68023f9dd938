"""The five dashboards."""

from typing import Final

from service.dashboards.boards import charter, collectors, heat, operator, program
from service.dashboards.description import Board

BOARDS: Final[tuple[Board, ...]] = (
    operator.BOARD,
    heat.BOARD,
    collectors.BOARD,
    charter.BOARD,
    program.BOARD,
)
