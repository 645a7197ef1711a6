"""Clips of badges before a camera, made frame by frame."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image, ImageFilter

from lab_tui.codes import qr

FRAMES_A_SECOND = 15
WIDTH, HEIGHT = 640, 480
_BADGE = 200


@dataclass(frozen=True)
class Shot:
    """A badge that comes in from the left, out of focus, is sharp for a while, and leaves; or nobody."""

    code: str
    seconds: float


def make_clip(path: Path, shots: list[Shot]) -> Path:
    """Film these shots one after the other."""
    room = _room()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FRAMES_A_SECOND)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 4_000_000
        for shot in shots:
            badge = qr.picture(shot.code, 8).resize((_BADGE, _BADGE)) if shot.code else None
            count = int(shot.seconds * FRAMES_A_SECOND)
            for number in range(count):
                frame = room if badge is None else _scene(room, badge, number / count)
                container.mux(stream.encode(av.VideoFrame.from_image(frame.convert("RGB"))))
        container.mux(stream.encode())
    return path


def _room() -> Image.Image:
    """A grey room with some clutter in it."""
    noise = random.Random(4)
    small = Image.new("L", (WIDTH // 8, HEIGHT // 8))
    small.putdata([noise.randrange(60, 200) for _ in range(small.width * small.height)])
    return small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def _scene(room: Image.Image, badge: Image.Image, part: float) -> Image.Image:
    """The badge at a part (0 to 1) of its shot: in until a third of it, out from two thirds."""
    away = max(0.0, 1 - 3 * part, 3 * part - 2)
    scene = room.copy()
    place = ((WIDTH - _BADGE) // 2 - int(away * (WIDTH + _BADGE) / 2), 130 + int(60 * away))
    scene.paste(badge.rotate(25 * away + 4, fillcolor=128), place)
    return scene.filter(ImageFilter.GaussianBlur(0.8 + 9 * away))
