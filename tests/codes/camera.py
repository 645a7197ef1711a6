"""What a camera makes of a paper that is held up to it: far, dim, turned, blurred, with noise in it.

Every picture comes from its own number, so that a failure can be looked at again.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

FRAME = (640, 480)
# What is behind the paper: a desk.
_GROUND = 96
_NOISE = 30


def seen(paper: Image.Image, module_px: float, modules_px: float, rng: random.Random) -> Image.Image:
    """The paper in a frame, so far away that its modules, `modules_px` wide on it, are `module_px` wide."""
    scale = module_px / modules_px
    small = paper.convert("L").resize(
        (round(paper.width * scale), round(paper.height * scale)), Image.Resampling.BOX
    )
    # Whichever way it is turned, the whole paper is in the frame.
    across = round(1.2 * math.hypot(*small.size))
    frame = Image.new("L", (max(FRAME[0], across), max(FRAME[1], across)), _GROUND)
    left, top = (
        (whole - part) // 2 + rng.randint(-10, 10) for whole, part in zip(frame.size, small.size, strict=True)
    )
    frame.paste(small, (left, top))
    return frame


def blurred(frame: Image.Image, rng: random.Random) -> Image.Image:
    """Out of focus by up to 1.8 pixels (standard deviation)."""
    return frame.filter(ImageFilter.GaussianBlur(rng.uniform(0.8, 1.8)))


def noisy(frame: Image.Image, rng: random.Random) -> Image.Image:
    """Every pixel lighter or darker by up to 30 of 255."""
    noise = Image.frombytes("L", frame.size, rng.randbytes(frame.width * frame.height))
    spread = noise.point([round(value / 255 * 2 * _NOISE) for value in range(256)])
    return ImageChops.add(frame, spread, offset=-_NOISE)


def turned(frame: Image.Image, rng: random.Random) -> Image.Image:
    """Rotated by up to 30 degrees either way."""
    return frame.rotate(rng.uniform(-30, 30), Image.Resampling.BICUBIC, fillcolor=_GROUND)


def slanted(frame: Image.Image, rng: random.Random) -> Image.Image:
    """Each corner of the frame elsewhere by up to 12 % of its width."""
    width, height = frame.size
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    moved = [
        (x + rng.uniform(-0.12, 0.12) * width, y + rng.uniform(-0.12, 0.12) * height) for x, y in corners
    ]
    quad = [part for corner in moved for part in corner]
    return frame.transform(
        frame.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=_GROUND
    )


def dimmed(frame: Image.Image, _rng: random.Random) -> Image.Image:
    """At half the brightness."""
    return ImageEnhance.Brightness(frame).enhance(0.5)


def together(frame: Image.Image, rng: random.Random) -> Image.Image:
    """All of it, one after the other."""
    for harm in (turned, slanted, blurred, dimmed, noisy):
        frame = harm(frame, rng)
    return frame


HARMS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "none": lambda frame, _rng: frame,
    "blur": blurred,
    "noise": noisy,
    "rotation to 30 degrees": turned,
    "perspective": slanted,
    "50 % brightness": dimmed,
    "all together": together,
}


@dataclass
class Rate:
    """How many pictures were read right, and how many wrong; the rest was not read at all."""

    right: int = 0
    wrong: int = 0
    count: int = 0
    missed: list[int] = field(default_factory=list)

    def add(self, number: int, code: str, read: list[str]) -> None:
        self.count += 1
        self.right += read == [code]
        self.wrong += any(text != code for text in read)
        if read != [code]:
            self.missed.append(number)

    @property
    def share(self) -> float:
        return self.right / self.count


def rates(
    papers: Iterator[tuple[str, Image.Image, float]],
    module_px: float,
    read: Callable[[Image.Image], list[str]],
) -> dict[str, Rate]:
    """The rate of each harm over papers: their code, their picture, how many pixels a module has there."""
    found = {name: Rate() for name in HARMS}
    for number, (code, paper, paper_module_px) in enumerate(papers):
        for name, harm in HARMS.items():
            rng = random.Random(f"{number} {name}")
            frame = seen(paper, module_px, paper_module_px, rng)
            found[name].add(number, code, read(harm(frame, rng)))
    return found
