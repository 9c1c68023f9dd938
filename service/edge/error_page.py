"""What a person sees whose browser asked for a page and got an error: plain, in both languages."""

from html import escape
from typing import Final

_WORDS: Final[dict[int, tuple[str, str]]] = {
    404: ("Cette page n’existe pas.", "There is no such page."),
    405: ("Cette adresse ne répond pas ainsi.", "This address does not answer in this way."),
    429: (
        "Trop de demandes à la fois. Réessayez dans une minute.",
        "Too many requests at once. Try again in a minute.",
    ),
    500: ("Une erreur s’est produite dans Boucle.", "An error happened inside Boucle."),
    503: (
        "Boucle ne peut pas répondre pour l’instant. Réessayez dans quelques secondes.",
        "Boucle cannot answer now. Try again in a few seconds.",
    ),
}
_ELSE: Final = ("La demande n’a pas pu être acceptée.", "The request could not be accepted.")


def error_page(status: int, incident: str | None) -> str:
    """A whole document in the style of the others; it reads well without it."""
    french, english = _WORDS.get(status, _ELSE)
    number = "" if incident is None else f"<p>Incident {escape(incident)}</p>\n"
    return (
        '<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<title>{status} · Boucle</title>\n<link rel="stylesheet" href="/static/page.css">\n'
        '</head>\n<body>\n<header class="top">\n<p class="brand">Boucle</p>\n</header>\n'
        f'<main class="account">\n<div class="title"><h1>{status}</h1></div>\n'
        f'<p class="card">{french} <a href="/fr/">Page d’accueil</a></p>\n'
        f'<p class="card" lang="en">{english} <a href="/en/">Home page</a></p>\n'
        f"{number}</main>\n</body>\n</html>\n"
    )
