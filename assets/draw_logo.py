"""Draws `logo.png`: a harbour at night, with the lit windows of a lab. Run it in this folder."""

from __future__ import annotations

from PIL import Image, ImageDraw

SIZE = 512
# Drawn larger and made smaller, so that edges come out smooth.
SCALE = 4
NIGHT = (14, 27, 44)
WATER = (29, 78, 107)
FOAM = (94, 196, 210)
LIGHT = (255, 196, 92)
TOWERS = ((92, 236, 72), (176, 150, 84), (272, 196, 64), (348, 108, 76))
BASE = 340


def draw() -> Image.Image:
    """The logo, square, with round corners on nothing."""
    picture = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    _box(pen, 0, 0, SIZE, SIZE, NIGHT, radius=96)
    for number, (left, top, width) in enumerate(TOWERS):
        _box(pen, left, top, left + width, BASE, FOAM, radius=10)
        _windows(pen, left, top, width, number)
    for number, y in enumerate((362, 396, 430)):
        inset = 76 + 44 * number
        _box(pen, inset, y, SIZE - inset, y + 14, WATER if number else FOAM, radius=7)
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _windows(pen: ImageDraw.ImageDraw, left: int, top: int, width: int, tower: int) -> None:
    """Two columns of windows; somebody is always training something."""
    side = 14
    for line, y in enumerate(range(top + 22, BASE - 24, 32)):
        for column, x in enumerate((left + width // 4 - side // 2, left + 3 * width // 4 - side // 2)):
            lit = (line * 2 + column * 3 + tower) % 3 != 1
            _box(pen, x, y, x + side, y + side, LIGHT if lit else NIGHT, radius=3)


def _box(
    pen: ImageDraw.ImageDraw,
    left: int,
    top: int,
    right: int,
    bottom: int,
    ink: tuple[int, int, int],
    radius: int,
) -> None:
    corners = [left * SCALE, top * SCALE, right * SCALE - 1, bottom * SCALE - 1]
    pen.rounded_rectangle(corners, radius=radius * SCALE, fill=ink)


if __name__ == "__main__":
    draw().save("logo.png", optimize=True)
