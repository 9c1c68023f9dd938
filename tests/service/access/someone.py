"""Tells who asks by a header, for tests of what each may do."""

from collections.abc import Mapping

from fastapi import Request

from service.access.visitor import Visitor


class ByHeader:
    """Takes whoever the header ``who`` names for who asks."""

    def __init__(self, visitors: Mapping[str, Visitor]) -> None:
        self._visitors = visitors

    async def visitor(self, request: Request) -> Visitor:
        """The visitor of that name."""
        return self._visitors[request.headers["who"]]
