"""The catalogues of translated messages: `extract`, `update`, `compile` or `check` them.

`update` does all of the first three: after changing a message run it, fill the empty `msgstr` of both .po
files, run it again. `check` changes nothing and says what is not in step. All output is the same wherever it
is made: sorted by message, without dates, places or versions.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parent.parent / "lab_tui"
LOCALE = PACKAGE / "locale"
TEMPLATE = LOCALE / "lab_tui.pot"
LANGUAGES = ("zh_Hans", "zh_Hant")
WIDTH = 110


class PlainCatalog(Catalog):
    """A catalogue whose head names its language, letters and plurals, and no date and no tool."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the head."""
        language = [("Language", str(self.locale_identifier))] if self.locale_identifier else []
        return [
            *language,
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]


def po_path(language: str) -> Path:
    """Where a language's catalogue stands."""
    return LOCALE / language / "LC_MESSAGES" / "lab_tui.po"


def extracted() -> Catalog:
    """Every message that the program marks, also inside an f-string, where Babel does not look."""
    catalog = PlainCatalog(charset="utf-8")
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                add_marked(catalog, node.func.id, [text_of(argument) for argument in node.args])
    return catalog


def add_marked(catalog: Catalog, function: str, texts: list[str | None]) -> None:
    """Add the message of one call, where it is a call that marks one."""
    match function, texts:
        case (("_" | "N_"), [str() as message]):
            catalog.add(message)
        case "ngettext", [str() as one, str() as many, _]:
            catalog.add((one, many))
        case "pgettext", [str() as context, str() as message]:
            catalog.add(message, context=context)


def text_of(argument: ast.expr) -> str | None:
    """The text that an argument is; None where it is only known while the program runs."""
    match argument:
        case ast.Constant(value=str() as text):
            return text
    return None


def translated(language: str) -> Catalog:
    """A language's catalogue as it stands; an empty one where there is none."""
    path = po_path(language)
    catalog = PlainCatalog(locale=language, charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file, locale=language, charset="utf-8"):
                if message.id:
                    catalog[message.id] = message
    return catalog


def merged(language: str, template: Catalog) -> Catalog:
    """A language's catalogue with exactly the messages of `template`; nothing is guessed."""
    known = translated(language)
    catalog = PlainCatalog(locale=language, charset="utf-8")
    for message in messages(template):
        old = known.get(message.id, message.context)
        # A message that got a plural is another one.
        string = old.string if old is not None and old.id == message.id else None
        catalog.add(message.id, string, context=message.context)
    return catalog


def messages(catalog: Catalog) -> Iterator[Message]:
    """The messages without the head."""
    return (message for message in catalog if message.id)


def po_text(catalog: Catalog) -> bytes:
    """A catalogue as its .po or .pot file says it."""
    file = io.BytesIO()
    write_po(
        file, catalog, width=WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True
    )
    head = "".join(f'"{name}: {value}\\n"\n' for name, value in catalog.mime_headers)
    return f'msgid ""\nmsgstr ""\n{head}\n'.encode() + file.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """A catalogue as its .mo file holds it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def extract() -> list[str]:
    """Write the template."""
    LOCALE.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(po_text(extracted()))
    return []


def update() -> list[str]:
    """Bring everything in step; returns what still needs a translator."""
    extract()
    for language in LANGUAGES:
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po_text(merged(language, extracted())))
    compile_all()
    return check()


def compile_all() -> list[str]:
    """Write the .mo files."""
    for language in LANGUAGES:
        po_path(language).with_suffix(".mo").write_bytes(mo_bytes(translated(language)))
    return []


def check() -> list[str]:
    """Whatever is not in step or not translated, one line each."""
    template = extracted()
    problems = []
    if not TEMPLATE.exists() or TEMPLATE.read_bytes() != po_text(template):
        problems.append(f"{TEMPLATE.name}: not in step with the program; run update")
    for language in LANGUAGES:
        problems += [f"{language}: {problem}" for problem in problems_of(language, template)]
    return problems


def problems_of(language: str, template: Catalog) -> Iterator[str]:
    """What is wrong with one language's catalogue."""
    path = po_path(language)
    if not path.exists() or not path.with_suffix(".mo").exists():
        yield "the catalogue is missing; run update"
        return
    catalog = translated(language)
    if path.read_bytes() != po_text(merged(language, template)):
        yield "the .po file is not in step with the program; run update"
    if path.with_suffix(".mo").read_bytes() != mo_bytes(catalog):
        yield "the .mo file is not made of the .po file; run compile"
    for message in messages(template):
        problem = problem_of(message, catalog.get(message.id, message.context))
        if problem:
            yield f"{problem}: {forms(message.id)[0]!r}"


def problem_of(source: Message, translation: Message | None) -> str:
    """What is wrong with one translation; empty when nothing is."""
    if translation is None:
        return "missing"
    if translation.fuzzy:
        return "fuzzy"
    if not all(forms(translation.string)):
        return "empty"
    # English has a form without the number where a translation has one form for all.
    wanted = set().union(*map(fields, forms(source.id)))
    if any(fields(form) != wanted for form in forms(translation.string)):
        return "other {fields} than in English"
    return ""


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The plural forms of a message, or its only one."""
    return (text or "",) if isinstance(text, str) or text is None else tuple(text)


def fields(text: str) -> set[str]:
    """The names in braces."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}


ACTS: dict[str, Callable[[], list[str]]] = {
    "extract": extract,
    "update": update,
    "compile": compile_all,
    "check": check,
}


def main(arguments: list[str]) -> int:
    """Run one act; 1 when something is left to do."""
    if len(arguments) != 1 or arguments[0] not in ACTS:
        sys.stderr.write(__doc__ or "")
        return 2
    problems = ACTS[arguments[0]]()
    stream = sys.stderr if problems else sys.stdout
    stream.write(("\n".join(problems) or f"{arguments[0]}: done") + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
