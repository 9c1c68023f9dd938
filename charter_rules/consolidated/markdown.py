"""The consolidated text in Markdown."""

from collections.abc import Iterator

from charter_rules.consolidated.document import Article, Consolidated

# Signs that Markdown would take for its own.
_MEANT = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#"})


def to_markdown(text: Consolidated) -> str:
    """Write it down; every figure, date and name is as in the document."""
    return "\n".join(_lines(text)) + "\n"


def _lines(text: Consolidated) -> Iterator[str]:
    yield f"# {_plain(text.title)}"
    yield ""
    yield f"{_plain(text.as_of)}."
    for chapter in text.chapters:
        yield f"\n## {_plain(chapter.heading)}"
        for section in chapter.sections:
            yield f"\n### {_plain(section.heading)}"
            for article in section.articles:
                yield from _article(article, text.colon)


def _article(article: Article, colon: str) -> Iterator[str]:
    yield f"\n#### {_plain(article.title)}\n"
    yield _plain(article.text)
    yield ""
    for fact in article.facts:
        told = _plain(fact.text)
        linked = told if fact.url is None else f"[{told}]({fact.url})"
        yield f"- **{_plain(fact.name)}**{colon}{linked}"


def _plain(text: str) -> str:
    return text.translate(_MEANT)
