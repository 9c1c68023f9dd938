import math
from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.located_yaml import LocatedYamlError, load_located


def test_plain_data_of_the_core_schema() -> None:
    text = dedent("""\
        a: 1
        b: 2.5
        c: yes
        d: true
        e: 2026-04-08
        f: 2026-04-08T10:00:00+02:00
        g: ~
        h:
        i: 0xFFFFFFFF
        j: "0123"
        k: 12:30:45
        l: NO
        m: 1e3
        n: [x, {y: -7}]
        o: .inf
        p: 1_000
        q: <<
        1: one
        """)
    data = load_located(text, "t.yaml").data
    assert data == {
        "a": 1,
        "b": 2.5,
        "c": "yes",
        "d": True,
        "e": date(2026, 4, 8),
        "f": "2026-04-08T10:00:00+02:00",
        "g": None,
        "h": None,
        "i": 0xFFFFFFFF,
        "j": "0123",
        "k": "12:30:45",
        "l": "NO",
        "m": 1000.0,
        "n": ["x", {"y": -7}],
        "o": math.inf,
        "p": "1_000",
        "q": "<<",
        "1": "one",
    }


def test_lines_of_values_and_of_the_nearest_parent() -> None:
    text = dedent("""\
        # comment
        site:
          name: Aube
        devices:
          - id: a
            unit: 1
          - id: b
            poll_s:
              10
        """)
    document = load_located(text, "t.yaml")
    assert document.line(()) == 2
    assert document.line(("site", "name")) == 3
    assert document.line(("site", "missing", "deeper")) == 2
    assert document.line(("devices", 1)) == 7
    assert document.line(("devices", 1, "poll_s")) == 8
    assert document.line(("devices", 9, "id")) == 4
    assert document.line(("nowhere",)) == 2


def test_empty_text_is_nothing_on_line_one() -> None:
    document = load_located("# only a comment\n", "t.yaml")
    assert document.data is None
    assert document.line(("x",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is given twice (first on line 1)"),
        ("x:\n  - {k: 1, k: 2}\n", 2, "'k' is given twice"),
        ("a: [1, 2\nb: 3\n", 2, "expected"),
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: *x\n", 1, "alias"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: !!set {b}\n", 1, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "document"),
        ("? [1, 2]\n: 3\n", 1, "a key must be a name"),
        ("siret: 01234567890123\n", 1, "leading zeros"),
        ("day: 2026-02-30\n", 1, "quote it if it is text"),
        ("a: 1\nb: \x00\n", 2, "special characters"),
        ("a: " + "[" * 3000, 1, "nested too deeply"),
        ("a: 1\nb: " + "[" * 61, 2, "nested too deeply"),
        ("- 1\n" * 60_000, 50_000, "more than 50000 keys and values"),
        ("a: [" + "1,\n" * 60_000 + "]", 49_998, "more than 50000 keys and values"),
        ("a: &x [1]\nb: [*x, *x]\n", 1, "anchors and aliases"),
        ("#\n" * 600_000, 1, "1048576 are read at most"),
        ("a: 1\nb: " + "!" * 200_000, 2, "a line of 200003 characters"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, line: int, words: str) -> None:
    with pytest.raises(LocatedYamlError) as caught:
        load_located(text, "t.yaml")
    assert caught.value.line == line
    assert words.lower() in str(caught.value).lower()


def test_as_much_as_any_site_needs_is_read() -> None:
    text = "".join(f"- {{id: meter_{n}, poll_s: 2, label: compteur {n}}}\n" for n in range(3_000))
    assert len(load_located(text, "t.yaml").data) == 3_000


def test_tag_on_quoted_text_is_refused() -> None:
    with pytest.raises(LocatedYamlError, match="tag"):
        load_located('a: !!int "1"\n', "t.yaml")


def line_of_mistake(text: str) -> int:
    try:
        return load_located(text, "fuzz").line(())
    except LocatedYamlError as error:
        return error.line


@given(st.text(max_size=200))
def test_any_text_gives_data_or_our_error(text: str) -> None:
    assert line_of_mistake(text) >= 1


@given(st.text(alphabet="ab:-[]{}&*!?#'\"|> \n\t0.", max_size=60))
def test_any_yaml_like_text_gives_data_or_our_error(text: str) -> None:
    assert line_of_mistake(text) >= 1
