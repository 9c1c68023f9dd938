"""The consolidated text as a page of its own: nothing is loaded from elsewhere, it prints well."""

from collections.abc import Iterator
from html import escape

from charter_rules.consolidated.document import Article, Consolidated

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  color: #16212b; background: #fff; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; } h4 { margin: 1.6rem 0 .3rem; }
dl { margin: .4rem 0 0; display: grid; grid-template-columns: 9rem 1fr; gap: .15rem 1rem; }
dt { color: #51606d; } dd { margin: 0; } article { break-inside: avoid; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print { body { margin: 0; max-width: none; } a { color: inherit; } }
"""


def to_html(text: Consolidated) -> str:
    """Write it down as a whole page."""
    return "\n".join(_lines(text)) + "\n"


def _lines(text: Consolidated) -> Iterator[str]:
    yield "<!doctype html>"
    yield f'<html lang="{escape(text.language)}">'
    yield '<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>{escape(text.title)} · {escape(text.as_of)}</title>"
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>"
    yield f"<h1>{escape(text.title)}</h1>\n<p>{escape(text.as_of)}.</p>"
    for chapter in text.chapters:
        yield f"<section>\n<h2>{escape(chapter.heading)}</h2>"
        for section in chapter.sections:
            yield f"<h3>{escape(section.heading)}</h3>"
            for article in section.articles:
                yield from _article(article)
        yield "</section>"
    yield "</main>\n</body>\n</html>"


def _article(article: Article) -> Iterator[str]:
    yield f'<article id="{escape(article.id)}">\n<h4>{escape(article.title)}</h4>'
    yield f"<p>{escape(article.text)}</p>\n<dl>"
    for fact in article.facts:
        told = escape(fact.text)
        if fact.url is not None:
            told = f'<a href="{escape(fact.url)}">{told}</a>'
        yield f"<dt>{escape(fact.name)}</dt><dd>{told}</dd>"
    yield "</dl>\n</article>"
