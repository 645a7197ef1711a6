"""The catalogues are complete, and the tool that says so sees what is not."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from lab_tui import i18n

ROOT = Path(__file__).parent.parent


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / ".ci" / "catalogues.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small(tool: ModuleType, tmp_path: Path) -> ModuleType:
    """The tool at work on a program of one file, whose catalogues are complete."""
    tool.PACKAGE = tmp_path / "program"
    tool.LOCALE = tool.PACKAGE / "locale"
    tool.TEMPLATE = tool.LOCALE / "lab_tui.pot"
    tool.PACKAGE.mkdir()
    write(tool, 'print(_("{name} is in"), ngettext("{n} seat", "{n} seats", n), pgettext("door", "Open"))')
    tool.update()
    for language in tool.LANGUAGES:
        change(tool, language, 'msgid "{name} is in"\nmsgstr ""', 'msgid "{name} is in"\nmsgstr "{name} 在"')
        change(tool, language, 'msgstr[0] ""', 'msgstr[0] "{n} 個"')
        change(tool, language, 'msgid "Open"\nmsgstr ""', 'msgid "Open"\nmsgstr "開"')
    tool.update()
    return tool


def write(tool: ModuleType, program: str) -> None:
    (tool.PACKAGE / "one.py").write_text(program, encoding="utf-8")


def change(tool: ModuleType, language: str, before: str, after: str) -> None:
    path = tool.po_path(language)
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_catalogues_are_complete_and_in_step(tool: ModuleType) -> None:
    assert tool.check() == []


def test_complete_catalogues_pass(small: ModuleType) -> None:
    assert small.check() == []


@pytest.mark.parametrize("call", ['_("New")', """f'{_("New")}'"""], ids=["alone", "inside an f-string"])
def test_a_message_without_translation_is_seen(small: ModuleType, call: str) -> None:
    write(small, f'print(_("{{name}} is in"), {call})')
    assert any("run update" in problem for problem in small.check())
    assert small.update() == ["zh_Hans: empty: 'New'", "zh_Hant: empty: 'New'"]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('msgstr "{name} 在"', 'msgstr ""', "empty"),
        ('msgstr "{name} 在"', 'msgstr "{who} 在"', "other {fields}"),
        ('msgstr "{name} 在"', 'msgstr "在"', "other {fields}"),
        ('msgstr[0] "{n} 個"', 'msgstr[0] "個"', "other {fields}"),
        ('#, python-brace-format\nmsgid "{name} is in"', '#, fuzzy\nmsgid "{name} is in"', "fuzzy"),
    ],
)
def test_a_wrong_translation_is_seen(small: ModuleType, before: str, after: str, problem: str) -> None:
    change(small, "zh_Hant", before, after)
    small.compile_all()
    assert any(problem in line for line in small.check())


def test_a_compiled_catalogue_that_is_behind_is_seen(small: ModuleType) -> None:
    change(small, "zh_Hans", "{name} 在", "{name} 在場")
    assert small.check() == ["zh_Hans: the .mo file is not made of the .po file; run compile"]


def test_a_message_that_nothing_says_any_more_is_dropped(small: ModuleType) -> None:
    write(small, 'print(_("{name} is in"))')
    assert small.update() == []
    assert "Open" not in small.po_path("zh_Hant").read_text(encoding="utf-8")


def test_the_output_is_always_the_same_and_names_no_time_or_tool(small: ModuleType) -> None:
    files = sorted(path for path in small.LOCALE.rglob("*") if path.is_file())
    before = [path.read_bytes() for path in files]
    for path in files:
        if path.suffix != ".po":
            path.unlink()
    small.update()
    assert [path.read_bytes() for path in files] == before
    for content in before:
        assert b"Babel" not in content
        assert b"Date" not in content
        assert b"one.py" not in content


def test_gettext_reads_what_is_compiled(small: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "LOCALE_FOLDER", small.LOCALE)
    i18n._catalogue.cache_clear()
    try:
        i18n.use_language("zh_Hant")
        assert i18n._("{name} is in").format(name="Mei") == "Mei 在"
        assert i18n.ngettext("{n} seat", "{n} seats", 2).format(n=2) == "2 個"
        assert i18n.pgettext("door", "Open") == "開"
        i18n.use_language("en")
        assert i18n.ngettext("{n} seat", "{n} seats", 2).format(n=2) == "2 seats"
    finally:
        i18n._catalogue.cache_clear()
        shutil.rmtree(small.LOCALE)


@pytest.mark.parametrize(
    ("locale_name", "language"),
    [
        ("zh_HK.UTF-8", "zh_Hant"),
        ("zh_TW", "zh_Hant"),
        ("zh_CN.UTF-8", "zh_Hans"),
        ("zh_SG", "zh_Hans"),
        ("zh_Hans", "zh_Hans"),
        ("C.UTF-8", "en"),
        ("de_DE@euro", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_language_of_a_locale(locale_name: str, language: str) -> None:
    assert i18n.best_language(locale_name) == language


def test_an_unknown_language_means_english() -> None:
    i18n.use_language("zh_Hant")
    i18n.use_language("tlh")
    assert i18n.language() == "en"
