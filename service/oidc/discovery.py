"""What a provider says of itself (OpenID Connect Discovery 1.0), checked before it is believed."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from service.oidc.client import is_trustworthy
from service.oidc.errors import ProviderAwayError
from service.oidc.tokens import ALGORITHMS


class _Document(BaseModel):
    """The members that we use; absent lists have the defaults of the standard."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    response_types_supported: list[str] = ["code"]
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    code_challenge_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Where a provider is asked for what."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    # The secret in the Authorization header, or in the form.
    secret_in_header: bool
    names_issuer_in_answer: bool


def discovery_url(issuer: str) -> str:
    """Where a provider describes itself."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def metadata_of(body: bytes, issuer: str) -> Metadata:
    """The description of a provider.

    Raises
    ------
    ProviderAwayError
        With what is wrong: we go nowhere that such a description names.
    """
    try:
        document = _Document.model_validate_json(body)
    except ValidationError as error:
        where = sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})
        msg = f"its description cannot be used: {', '.join(where) or 'not JSON'}"
        raise ProviderAwayError(msg) from error
    if fault := _fault_of(document, issuer):
        msg = f"its description cannot be used: {fault}"
        raise ProviderAwayError(msg)
    return Metadata(
        issuer=document.issuer,
        authorization_endpoint=document.authorization_endpoint,
        token_endpoint=document.token_endpoint,
        jwks_uri=document.jwks_uri,
        userinfo_endpoint=document.userinfo_endpoint,
        end_session_endpoint=document.end_session_endpoint,
        secret_in_header=("client_secret_basic" in document.token_endpoint_auth_methods_supported),
        names_issuer_in_answer=document.authorization_response_iss_parameter_supported,
    )


def _fault_of(document: _Document, issuer: str) -> str | None:
    endpoints = (
        document.authorization_endpoint,
        document.token_endpoint,
        document.jwks_uri,
        document.userinfo_endpoint,
        document.end_session_endpoint,
    )
    methods = {"client_secret_basic", "client_secret_post"}
    challenges = document.code_challenge_methods_supported
    faults = {
        "issuer is not the one of the setting, to the letter": document.issuer != issuer,
        "an endpoint is not https": not all(
            is_trustworthy(one) for one in endpoints if one is not None
        ),
        "no response type code": "code" not in document.response_types_supported,
        f"no token signed with one of {', '.join(ALGORITHMS)}": not set(
            document.id_token_signing_alg_values_supported
        )
        & set(ALGORITHMS),
        "no client secret": not methods & set(document.token_endpoint_auth_methods_supported),
        "no PKCE with S256": challenges is not None and "S256" not in challenges,
    }
    return next((words for words, is_wrong in faults.items() if is_wrong), None)


def json_object(body: bytes) -> dict[str, Any]:
    """An answer of the provider.

    Raises
    ------
    ProviderAwayError
        If it is no JSON object.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        msg = "what it answers is not JSON"
        raise ProviderAwayError(msg) from error
    if not isinstance(found, dict):
        msg = "what it answers is no JSON object"
        raise ProviderAwayError(msg)
    return found
