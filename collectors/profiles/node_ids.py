"""Node ids as they are written in profiles and as servers list them. Pure.

=====================  ====================================================================
``{object}.Power``     a string id in the namespace of the profile
``i=1374562933``       a number; ``g=`` a GUID, ``b=`` bytes in base64, ``s=`` a string
``nsu=urn:x;s=Power``  in a namespace of its own
``ns=3;s=Power``       refused: a server may number its namespaces anew when it starts
=====================  ====================================================================
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote, unquote
from uuid import UUID

from collectors.errors import ProfileError
from collectors.profiles.schema import OpcUaProfile

OBJECT: Final = "{object}"
_STANDARD_NAMESPACE: Final = "http://opcfoundation.org/UA/"
_PREFIXED: Final = re.compile(
    r"(?i)(?:(?P<kind>svr|ns|nsu)=(?P<namespace>[^;]*);)(?P<rest>.*)", re.S
)
_TYPED: Final = re.compile(r"(?P<type>[isgb])=(?P<value>.*)", re.S)
_LARGEST: Final = 2**32
# Only what would end the address, and the escape itself, is escaped.
_PLAIN_IN_URI: Final = "!#$&'()*+,/:=?@[]~"

Identifier: TypeAlias = int | str | UUID | bytes


@dataclass(frozen=True, slots=True)
class NodeName:
    """A node: its namespace, its identifier, and what was written for it."""

    namespace_uri: str
    identifier: Identifier
    written: str


def node_name(template: str, namespace_uri: str, object_name: str = "") -> NodeName:
    """The node that is meant; raises `ProfileError` with the remedy if it cannot be told.

    Examples
    --------
    >>> node_name("{object}.Power", "urn:x", "Pump1").identifier
    'Pump1.Power'
    >>> node_name("{object}", "urn:x", "i=1374562933").identifier
    1374562933
    """
    if not template.startswith(OBJECT) and OBJECT in template and is_node_id(object_name):
        msg = (
            f"{object_name!r} is a whole node id, but is put into {template!r}; give the name alone"
        )
        raise ProfileError(msg)
    written = template.replace(OBJECT, object_name).strip()
    uri, rest = _namespace(written, namespace_uri)
    typed = _TYPED.fullmatch(rest)
    if typed is not None:
        return NodeName(uri, _identifier(typed["type"], typed["value"], written), written)
    if rest != written:
        msg = (
            f"{written!r}: after the namespace stands i=, s=, g= or b=, and the identifier; add it"
        )
        raise ProfileError(msg)
    return NodeName(uri, written, written)


def expanded(name: NodeName) -> str:
    """The id with its namespace, as OPC 10000-6 writes it (5.1.12).

    Examples
    --------
    >>> expanded(node_name("{object}.Power", "urn:x", "Pump1"))
    'nsu=urn:x;s=Pump1.Power'
    >>> expanded(node_name("i=2258", "http://opcfoundation.org/UA/"))
    'nsu=http://opcfoundation.org/UA/;i=2258'
    """
    match name.identifier:
        case int(number):
            identifier = f"i={number}"
        case UUID() as guid:
            identifier = f"g={guid}"
        case bytes(opaque):
            identifier = f"b={base64.b64encode(opaque).decode('ascii')}"
        case text:
            identifier = f"s={text}"
    return f"nsu={quote(name.namespace_uri, safe=_PLAIN_IN_URI)};{identifier}"


def object_problems(object_name: str | None, profile: OpcUaProfile) -> Iterator[str]:
    """What is wrong with the object of a device, at most one sentence."""
    needs_object = any(OBJECT in point.node for point in profile.points)
    if needs_object and not object_name:
        yield f"an OPC UA device of profile {profile.id} needs its object name; add 'object'"
        return
    if not needs_object and object_name:
        yield f"profile {profile.id} names whole nodes and has no place for an object; remove it"
        return
    try:
        templates = [point.node for point in profile.points]
        # Alone first: what is wrong with the object itself is told as it was written.
        for template in (OBJECT, *templates) if object_name else templates:
            node_name(template, profile.namespace_uri, object_name or "")
    except ProfileError as error:
        yield str(error)


def is_node_id(text: str) -> bool:
    """Whether the text says of itself which kind of id it is."""
    return bool(_PREFIXED.fullmatch(text.strip()) or _TYPED.fullmatch(text.strip()))


def _namespace(written: str, namespace_uri: str) -> tuple[str, str]:
    prefixed = _PREFIXED.fullmatch(written)
    if prefixed is None:
        return namespace_uri, written
    kind, namespace, rest = prefixed["kind"].lower(), prefixed["namespace"], prefixed["rest"]
    if kind == "nsu" and namespace:
        return unquote(namespace), rest
    if kind == "ns" and namespace == "0":
        return _STANDARD_NAMESPACE, rest
    msg = (
        f"{written!r}: {kind}={namespace} may be another one after a restart of the server; write "
        f"{rest!r}, with the address of the namespace in namespace_uri, or 'nsu=ADDRESS;{rest}'"
    )
    raise ProfileError(msg)


def _identifier(kind: str, value: str, written: str) -> Identifier:
    if kind == "s" and value:
        return value
    try:
        if kind == "i" and value.isdecimal() and int(value) < _LARGEST:
            return int(value)
        if kind == "g":
            return UUID(value)
        if kind == "b" and value:
            return base64.b64decode(value, validate=True)
    except ValueError:
        pass
    wanted = {
        "i": f"a whole number below {_LARGEST}",
        "s": "a text",
        "g": "a GUID",
        "b": "bytes in base64",
    }
    msg = f"{written!r}: {kind}= is followed by {wanted[kind]}; correct it"
    raise ProfileError(msg)
