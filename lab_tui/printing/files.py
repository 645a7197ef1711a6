"""The files of one order: readable by their owner alone, and whole or not there at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from lab_tui.codes.paper import DOTS_PER_INCH
from lab_tui.codes.pdf import PdfWriter
from lab_tui.errors import BadInput, SystemCannot

if TYPE_CHECKING:
    from PIL.Image import Image

PDF, PNG = ".pdf", ".png"
_MODE, _FOLDER_MODE = 0o600, 0o700


@dataclass(frozen=True)
class Place:
    """Where files go: a folder, and what the first of them is called if somebody has chosen that."""

    folder: Path
    name: str = ""

    @classmethod
    def named(cls, out: Path, suffix: str) -> Place:
        """A file if `out` is called one, else a folder; `suffix` is that of what is to be written.

        Raises BadInput where `out` is called a file of the other kind.
        """
        ending = out.suffix.lower()
        if ending not in (PDF, PNG) or out.is_dir():
            return cls(out)
        if ending != suffix:
            raise BadInput("--out", str(out), "of_another_form", suffix=suffix)
        return cls(out.parent, out.name)


class Files:
    """Pages go to unfinished files; `keep` gives them their names, and leaving without it removes them.

    Whoever holds the picture of a badge holds the badge, so nobody else on the machine may read them.
    Where it cannot write, it raises SystemCannot `file_unwritable`.
    """

    def __init__(self, place: Place, suffix: str, stem: str, title: str) -> None:
        """`stem` and `title` are a PDF's, which all pages are in; each PNG picture has a stem of its own."""
        self._place = place
        self._suffix = suffix
        self._stem = stem
        self._title = title
        # The unfinished files, by what they will be called.
        self._unfinished: dict[Path, Path] = {}
        self._document: PdfWriter | None = None
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()
        for unfinished in self._unfinished.values():
            unfinished.unlink(missing_ok=True)

    def add(self, stem: str, page: Image) -> None:
        """Write a page; a picture knows its size in millimetres."""
        with _told(self._place.folder):
            if self._suffix == PDF:
                self._of_all_pages().add(page)
                return
            with self._create(stem) as file:
                page.save(file, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
                _to_disk(file)

    def keep(self) -> tuple[Path, ...]:
        """Finish all files and give them their names."""
        with _told(self._place.folder):
            if self._document is not None and self._file is not None:
                self._document.close()
                _to_disk(self._file)
            self._close()
            paths = tuple(self._unfinished)
            for path in paths:
                self._unfinished[path].replace(path)
                del self._unfinished[path]
        return paths

    def _of_all_pages(self) -> PdfWriter:
        if self._document is None:
            self._file = self._create(self._stem)
            self._document = PdfWriter(self._file, self._title, DOTS_PER_INCH)
        return self._document

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _create(self, stem: str) -> IO[bytes]:
        """An unfinished file for the first free name. While it is there, the name is nobody else's."""
        self._place.folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        for path in self._names(stem):
            unfinished = path.with_name(f".{path.name}.part")
            if self._place.name:
                # The name was asked for: whatever is there gives way, a power cut's remains too.
                unfinished.unlink(missing_ok=True)
            try:
                descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
            except FileExistsError:
                continue
            if self._place.name or not path.exists():
                self._unfinished[path] = unfinished
                return os.fdopen(descriptor, "wb")
            os.close(descriptor)
            unfinished.unlink()
        raise AssertionError("names never end")

    def _names(self, stem: str) -> Iterator[Path]:
        first = Path(self._place.name or f"{stem}{self._suffix}")
        for number in count(1 + len(self._unfinished) if self._place.name else 1):
            ending = f"-{number}" if number > 1 else ""
            yield self._place.folder / f"{first.stem}{ending}{first.suffix}"


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        path = str(error.filename or folder)
        raise SystemCannot("file_unwritable", path=path, problem=error.strerror) from error


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
