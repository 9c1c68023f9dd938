"""Which program answers."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from service.api.caching import PublicRoute
from service.api.permissions import EVERYBODY
from service.version import VERSION, code_version

router = APIRouter(prefix="/api/v1", tags=["about"], route_class=PublicRoute)


class VersionAnswer(BaseModel):
    """The version of the program and of its API."""

    version: str = Field(description="of Boucle", examples=["0.1.0"])
    api_version: str = Field(description="of the API: the one in its addresses", examples=["1"])
    code_version: str = Field(
        description="the version with the hash of the code that judges, as verdicts name it",
        examples=["0.1.0+3b1f0c9a7d2e"],
    )


@router.get("/version", dependencies=EVERYBODY)
async def read_version() -> VersionAnswer:
    """Which version of Boucle answers."""
    return VersionAnswer(version=VERSION, api_version="1", code_version=code_version())
