import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_openapi.printable import json_text, printable

FOREIGN = st.text(st.characters() | st.sampled_from("#[v:\x1b\x9b\u202e\u200b\ufe0f\U000e0041\ud800\n\t\x7f"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ærlig 1 250,50 kr “ja” 😀", "Ærlig 1 250,50 kr “ja” 😀"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\x9b2Jb\x7f\x85", r"a\x9b2Jb\x7f\x85"),
        ("a\rb\nc\td", r"a\rb\nc\td"),
        ("\u202egnp.exe\u2066\u200f", r"\u202egnp.exe\u2066\u200f"),
        ("a\u200b\u2060\ufeff\u00adb", r"a\u200b\u2060\ufeff\xadb"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("a\ufe0f\u034f\u3164\U000e0041\U000e0100b", r"a\ufe0f\u034f\u3164\U000e0041\U000e0100b"),
        ("\ud800", r"\ud800"),
        ("x ##vso[task.setvariable variable=a]b", "x # #vso[task.setvariable variable=a]b"),
        ("##[error]a###[section]b", "# #[error]a## #[section]b"),
        ("##VSO[a]##teamcity[b]", "# #VSO[a]# #teamcity[b]"),
        ("::error::no", ": :error::no"),
        ("  ::add-mask::no", "  : :add-mask::no"),
        ("## a heading [1] std::vector http://[::1]:80 ::1", "## a heading [1] std::vector http://[::1]:80 ::1"),
    ],
)
def test_what_can_not_be_seen_is_escaped_and_commands_are_broken(text: str, shown: str):
    assert printable(text) == shown
    assert printable(shown) == shown
    assert json.loads(json_text(text)) == text


def test_some_characters_may_be_kept():
    assert printable("a\n\tb\x1b\n::error::", keep="\n\t") == "a\n\tb\\x1b\n: :error::"


@given(FOREIGN)
def test_nothing_unseen_and_no_command_is_left(text: str):
    for shown in (printable(text), json_text({text: [text]})):
        assert shown.isprintable()
        assert not {"\ufe0f", "\U000e0041"} & set(shown)
        assert "##[" not in shown
    assert json.loads(json_text({text: [text]}, indent=2)) == {text: [text]}
