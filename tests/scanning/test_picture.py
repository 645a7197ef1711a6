"""Codes in picture files, and files that are none."""

from __future__ import annotations

import contextlib
import random
import struct
import zlib
from io import BytesIO

import pytest

pytest.importorskip("zxingcpp", reason="the extra picture is not installed")

import zxingcpp
from PIL import Image

from lab_tui.codes import qr
from lab_tui.codes.foreign import ForeignKind, kind_of
from lab_tui.errors import BadInput, Refused
from lab_tui.scanning.picture import MOST_BYTES, codes_in, the_code_in

CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"
OTHER = "VXL1T104HLARU9MF6WWXNDGGJ8TD5TH91HKSNL"
ADDRESS = "https://example.org/"
BOARDING_PASS = "M1WONG/ADA            EABC123 HKGNRTCX 0520 326Y025A0001 100"


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def together(*texts: str) -> Image.Image:
    pictures = [qr.picture(text, 6) for text in texts]
    sheet = Image.new("L", (sum(one.width for one in pictures), max(one.height for one in pictures)), 255)
    left = 0
    for one in pictures:
        sheet.paste(one, (left, 0))
        left += one.width
    return sheet


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_picture_of_a_code_is_read(kind: str, mode: str) -> None:
    mode = "RGB" if (kind, mode) == ("WEBP", "1") else mode
    assert the_code_in(saved(qr.picture(CODE).convert(mode), kind), "badge") == CODE


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "I;16"])
def test_so_are_pictures_of_rarer_kinds(mode: str) -> None:
    image = qr.picture(CODE)
    if mode == "RGBA":  # black on nothing, whose colour is black as well
        clear = Image.new("RGBA", image.size, (0, 0, 0, 0))
        clear.paste((0, 0, 0, 255), mask=image.point(lambda grey: 255 - grey))
        image = clear
    else:
        image = image.convert("P" if mode == "PA" else mode)
    assert the_code_in(saved(image), "badge") == CODE


def test_the_code_of_a_lab_is_meant_where_there_are_others() -> None:
    assert the_code_in(saved(together(ADDRESS, CODE)), "wall") == CODE
    assert the_code_in(saved(together(ADDRESS)), "wall") == ADDRESS
    assert set(codes_in(saved(together(ADDRESS, CODE)), "wall")) == {ADDRESS, CODE}
    assert the_code_in(saved(together(CODE, CODE)), "wall") == CODE


def coded(text: str, kind: str) -> bytes:
    """A picture of a code of another kind, named as in zxing-cpp."""
    drawn = zxingcpp.create_barcode(text, getattr(zxingcpp, kind)).to_image(scale=6)
    height, width = memoryview(drawn).shape
    return saved(Image.frombytes("L", (width, height), bytes(memoryview(drawn))))


@pytest.mark.parametrize("kind", ["QRCode", "Aztec", "DataMatrix", "PDF417"])
def test_a_boarding_pass_is_told_apart_in_each_of_its_kinds(kind: str) -> None:
    code = the_code_in(coded(BOARDING_PASS, kind), "telephone")
    assert (code, kind_of(code)) == (BOARDING_PASS, ForeignKind.BOARDING_PASS)


@pytest.mark.parametrize("kind", ["MicroQRCode", "RMQRCode", "AztecRune", "MaxiCode", "Code128", "EAN13"])
def test_codes_that_no_pass_has_are_not_looked_for(kind: str) -> None:
    digits = {"AztecRune": "25", "EAN13": "4006381333931"}.get(kind, "12345")
    picture = coded(digits, kind)
    assert zxingcpp.read_barcodes(Image.open(BytesIO(picture)))
    assert codes_in(picture, "parcel") == ()


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ((), "no_code_in_picture"),
        ((CODE, OTHER), "several_codes_in_picture"),
        ((ADDRESS, ADDRESS + "x"), "several_codes_in_picture"),
    ],
)
def test_no_code_and_several_are_refused(texts: tuple[str, ...], reason: str) -> None:
    image = together(*texts) if texts else Image.new("L", (300, 200), 200)
    with pytest.raises(Refused) as refused:
        the_code_in(saved(image), "picture")
    assert refused.value.codes == {reason}


def bomb(width: int, height: int) -> bytes:
    """A small file that says it is a large picture."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", b"x"),
        (b"IEND", b""),
    ]
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize("side", [8_001, 9_700, 13_500, 2**31 - 1])
def test_a_picture_with_too_many_points_is_not_unpacked(side: int) -> None:
    with pytest.raises(BadInput) as refused:
        codes_in(bomb(side, side), "bomb")
    assert refused.value.problem == "picture_too_large"


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(BadInput) as refused:
        codes_in(bytes(MOST_BYTES + 1), "film")
    assert refused.value.problem == "file_too_large"


@pytest.mark.parametrize("kind", ["BMP", "GIF", "TIFF", "PPM", "EPS", "PDF", "ICO"])
def test_other_kinds_of_files_are_not_opened(kind: str) -> None:
    data = saved(qr.picture(CODE).convert("RGB"), kind)
    with pytest.raises(BadInput) as refused:
        codes_in(data, "file")
    assert refused.value.problem == "not_a_picture"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_damaged_pictures_are_read_or_refused_and_nothing_else(kind: str) -> None:
    chance = random.Random(kind)
    whole = saved(qr.picture(CODE, 4).convert("RGB"), kind)
    for _ in range(120):
        data = bytearray(whole[: chance.randrange(len(whole)) if chance.random() < 0.3 else None])
        for _ in range(chance.randrange(1, 12)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        with contextlib.suppress(BadInput):
            assert codes_in(bytes(data), "damaged") in ((), (CODE,))
