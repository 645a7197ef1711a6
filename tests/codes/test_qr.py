"""QR drawings: every way of drawing a code is read again by a real decoder."""

from __future__ import annotations

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lab_tui.codes import qr
from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import KeyRing, PassKind

CODE = DEMO_KEYS.issue(PassKind.PERSON, 2024)
CELLS = [(8, 16), (10, 20), (6, 12)]
INKED_HALVES = {" ": (), "▀": (0,), "▄": (1,), "█": (0, 1)}


def decoded(image: Image.Image) -> list[str]:
    return [result.text for result in zxingcpp.read_barcodes(image)]


def screenshot(lines: list[str], cell: tuple[int, int] = CELLS[0]) -> Image.Image:
    """What a terminal paints: black ink on white cells of so many pixels."""
    width, height = cell
    image = Image.new("RGB", (len(lines[0]) * width, len(lines) * height), "white")
    drawing = ImageDraw.Draw(image)
    half = height // 2
    for row, line in enumerate(lines):
        for column, glyph in enumerate(line):
            for lower in INKED_HALVES[glyph]:
                left, top = column * width, row * height + lower * half
                drawing.rectangle((left, top, left + width - 1, top + half - 1), fill="black")
    return image


def surrounded(image: Image.Image, colour: str) -> Image.Image:
    around = Image.new("RGB", (image.width + 120, image.height + 120), colour)
    around.paste(image, (60, 60))
    return around


@settings(max_examples=30, deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.integers(min_value=0, max_value=2**64 - 1),
    st.sampled_from(PassKind),
)
def test_a_pass_code_is_a_code_of_version_2(key: bytes, pass_id: int, kind: PassKind) -> None:
    code = KeyRing({1: key}, key).issue(kind, pass_id)
    modules = qr.matrix(code)
    assert len(modules) == 25
    assert all(len(row) == 25 for row in modules)
    assert decoded(qr.picture(code, module_px=3)) == [code]


def test_digits_in_a_row_need_no_larger_version() -> None:
    assert len(qr.matrix(CODE[:12] + "0" * 26)) == 25


def test_the_matrix_has_no_border_and_error_correction_m() -> None:
    modules = qr.matrix(CODE)
    assert modules[0][:8] == (True,) * 7 + (False,)
    [result] = zxingcpp.read_barcodes(qr.picture(CODE))
    assert result.ec_level == "M"


SURROUNDS = ["black", "white", "#1e1e2e"]


@pytest.mark.parametrize("surround", SURROUNDS)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_half_blocks_are_read_from_a_screen_of_any_cell_size(surround: str, cell: tuple[int, int]) -> None:
    lines = qr.half_blocks(CODE)
    assert (len(lines), {len(line) for line in lines}) == (17, {33})
    assert decoded(surrounded(screenshot(lines, cell), surround)) == [CODE]


@pytest.mark.parametrize("surround", SURROUNDS)
@pytest.mark.parametrize("cell", CELLS, ids=str)
@pytest.mark.parametrize("room", [(29, 15), (33, 17), (80, 40)], ids=str)
def test_a_code_fitted_into_a_window_is_read(
    surround: str, cell: tuple[int, int], room: tuple[int, int]
) -> None:
    lines = qr.fitting(qr.matrix(CODE), *room)
    assert len(lines[0]) <= room[0]
    assert len(lines) <= room[1]
    assert decoded(surrounded(screenshot(lines, cell), surround)) == [CODE]


def test_the_quiet_zone_gives_way_but_never_below_two_modules() -> None:
    assert [len(qr.fitting(qr.matrix(CODE), columns, 40)[0]) for columns in (28, 29, 31, 33, 65, 66)] == [
        33,
        29,
        31,
        33,
        33,
        66,
    ]


@pytest.mark.parametrize(
    ("text", "dense", "level"), [(CODE, False, "M"), ("A" * 10, False, "H"), (CODE, True, "L")]
)
def test_the_correction_is_the_strongest_that_takes_no_more_modules(
    text: str, dense: bool, level: str
) -> None:
    [result] = zxingcpp.read_barcodes(qr.picture(text, dense=dense))
    assert result.ec_level == level


def test_a_dense_code_is_never_larger_than_one_that_is_not() -> None:
    for length in (20, 60, 150, 400, 2900):
        assert qr.version("a" * length, dense=True) <= qr.version("a" * min(length, 2300))


def test_half_blocks_and_picture_show_the_same_modules() -> None:
    by_cells = screenshot(qr.half_blocks(CODE)).convert("L")
    by_pixels = qr.picture(CODE, module_px=8)
    assert by_pixels.size == (33 * 8, 33 * 8)
    assert by_cells.crop((0, 0, *by_pixels.size)).tobytes() == by_pixels.tobytes()


@pytest.mark.parametrize("quiet", [0, 1, 4])
def test_the_quiet_zone_is_as_wide_as_asked(quiet: int) -> None:
    side = 25 + 2 * quiet
    lines = qr.half_blocks(CODE, quiet)
    assert (len(lines), len(lines[0])) == ((side + 1) // 2, side)
    image = qr.picture(CODE, module_px=1, quiet=quiet)
    dark = image.point(lambda value: 255 - value).getbbox()
    assert dark == (quiet, quiet, quiet + 25, quiet + 25)
