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
CELL_WIDTH, CELL_HEIGHT = 8, 16
INKED_HALVES = {" ": (), "▀": (0,), "▄": (1,), "█": (0, 1)}


def decoded(image: Image.Image) -> list[str]:
    return [result.text for result in zxingcpp.read_barcodes(image)]


def screenshot(lines: list[str]) -> Image.Image:
    """What a terminal paints: black ink on white cells, each 8 x 16 pixels."""
    image = Image.new("RGB", (len(lines[0]) * CELL_WIDTH, len(lines) * CELL_HEIGHT), "white")
    drawing = ImageDraw.Draw(image)
    half = CELL_HEIGHT // 2
    for row, line in enumerate(lines):
        for column, glyph in enumerate(line):
            for lower in INKED_HALVES[glyph]:
                left, top = column * CELL_WIDTH, row * CELL_HEIGHT + lower * half
                drawing.rectangle((left, top, left + CELL_WIDTH - 1, top + half - 1), fill="black")
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


@pytest.mark.parametrize("surround", ["black", "white", "#1e1e2e"])
def test_half_blocks_are_read_from_a_screen(surround: str) -> None:
    lines = qr.half_blocks(CODE)
    assert (len(lines), {len(line) for line in lines}) == (17, {33})
    assert decoded(surrounded(screenshot(lines), surround)) == [CODE]


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
