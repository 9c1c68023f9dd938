"""Patches make one page of another, whatever differs."""

from dataclasses import replace
from datetime import timedelta
from html import escape
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.live.snapshot import LiveSnapshot
from service.pages.elements import MarkupError, tree_of
from service.pages.patches import differences
from service.pages.routes import Pages
from tests.service.pages import troubled_snapshot
from tests.service.pages.patched_page import PatchedPage, canonical, parsed
from tests.service.pages.sample_snapshot import (
    HOSTILE_TEXT,
    NOW,
    frozen_heat_meter,
    sample_snapshot,
    store_away,
)


def _patched(before: str, after: str) -> str:
    page = PatchedPage()
    page.main = parsed(before)
    for change in differences(tree_of(before), tree_of(after)):
        page.change(*change)
    return page.html


def _evening() -> list[LiveSnapshot]:
    later = NOW + timedelta(seconds=2)
    first = sample_snapshot()
    return [
        first,
        sample_snapshot(later, step=1),
        sample_snapshot(later, healthy=True),
        first,
        frozen_heat_meter(),
        store_away(),
        replace(first, findings=tuple(reversed(first.findings))),
        replace(first, findings=first.findings[:7], kpis=first.kpis[9:], forecasts=()),
        troubled_snapshot.sample_snapshot(),
        first,
    ]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_patches_make_each_page_of_the_one_before(lang: str) -> None:
    pages = Pages()
    shown = [pages.main(one, lang) for one in _evening()]
    for before, after in pairwise(shown):
        assert _patched(before, after) == canonical(after)


def test_figures_that_move_are_a_small_part_of_the_page() -> None:
    pages, later = Pages(), sample_snapshot(NOW + timedelta(seconds=2))
    before, after = (tree_of(pages.main(one, "fr")) for one in (sample_snapshot(), later))

    changes = differences(before, after)

    assert ("/0/1", 2) in [(path, what) for path, what, _ in changes]
    assert sum(len(value or "") for _, _, value in changes) < len(after.source) / 20


def test_nothing_is_told_of_a_page_that_is_the_same() -> None:
    html = Pages().main(sample_snapshot(), "fr")

    assert differences(tree_of(html), tree_of(html)) == []


def test_an_id_that_stands_twice_leads_nowhere() -> None:
    before = '<p id="a">1</p><p id="a">2</p>'

    assert differences(tree_of(before), tree_of(before.replace("2", "3"))) == [("/1", 0, "3")]


@pytest.mark.parametrize("html", ["<p>", "</p>", "<p></b></p>", "<p", "a < b", "<p a='>'></p>"])
def test_markup_that_no_template_writes_is_refused(html: str) -> None:
    with pytest.raises(MarkupError):
        tree_of(html)


_texts = st.text("ab <>&\"'é\n", max_size=6).map(lambda text: escape(text, quote=True))
# XML's parser makes a line's end in an attribute a space, HTML's does not.
_values = _texts.map(lambda text: text.replace("\n", " "))
_attributes = st.dictionaries(st.sampled_from(["class", "d", "aria-label"]), _values, max_size=2)


@st.composite
def _elements(draw: st.DrawFn, depth: int = 2) -> str:
    tag = draw(st.sampled_from(["p", "b", "tr"]))
    own = "".join(f' {name}="{value}"' for name, value in draw(_attributes).items())
    name = draw(st.sampled_from(["", "", ' id="x"', ' id="y"']))
    inside = draw(_texts)
    if depth:
        for child in draw(st.lists(_elements(depth=depth - 1), max_size=3)):
            inside += child + draw(_texts)
    return f"<{tag}{name}{own}>{inside}</{tag}>"


@settings(max_examples=60, deadline=None)
@given(_elements(), _elements())
def test_patches_make_any_page_of_any_other(before: str, after: str) -> None:
    assert _patched(before, after) == canonical(after)


def test_what_a_device_says_stays_text() -> None:
    first = sample_snapshot()
    devices = tuple(
        replace(one, last_error=f"{HOSTILE_TEXT} again") if one.last_error else one
        for one in first.devices
    )
    pages = Pages()
    before, after = (pages.main(one, "fr") for one in (first, replace(first, devices=devices)))

    assert _patched(before, after) == canonical(after)
