"""Big letters, seven pixels high and five wide as on dot-matrix displays, and the shapes of a verdict."""

from __future__ import annotations

HEIGHT = 7

# Each letter as seven rows of five bits, in hex, the top row first.
_ROWS = {
    "A": "0E11111F111111",
    "B": "1E11111E11111E",
    "C": "0E11101010110E",
    "D": "1E11111111111E",
    "E": "1F10101E10101F",
    "F": "1F10101E101010",
    "G": "0E11101711110F",
    "H": "1111111F111111",
    "I": "0E04040404040E",
    "J": "0702020202120C",
    "K": "11121418141211",
    "L": "1010101010101F",
    "M": "111B1515111111",
    "N": "11111915131111",
    "O": "0E11111111110E",
    "P": "1E11111E101010",
    "Q": "0E11111115120D",
    "R": "1E11111E141211",
    "S": "0F10100E01011E",
    "T": "1F040404040404",
    "U": "1111111111110E",
    "V": "11111111110A04",
    "W": "1111111515150A",
    "X": "11110A040A1111",
    "Y": "1111110A040404",
    "Z": "1F01020408101F",
    "0": "0E11131519110E",
    "1": "040C040404040E",
    "2": "0E11010204081F",
    "3": "1F02040201110E",
    "4": "02060A121F0202",
    "5": "1F101E0101110E",
    "6": "0608101E11110E",
    "7": "1F010204080808",
    "8": "0E11110E11110E",
    "9": "0E11110F01020C",
    "'": "0C040800000000",
    "-": "0000001F000000",
    "!": "04040404040004",
    "?": "0E110102040004",
    ".": "00000000000C0C",
    ",": "000000000C0408",
}

_SHAPES = {
    "✓": ("       ", "      #", "     ##", "#   ## ", "## ##  ", " ###   ", "  #    "),
    "!": ("  ###  ", "  ###  ", "  ###  ", "  ###  ", "   #   ", "       ", "  ###  "),
    "✕": ("##   ##", " ## ## ", "  ###  ", "   #   ", "  ###  ", " ## ## ", "##   ##"),
}


def _letter(rows: str) -> tuple[str, ...]:
    """The rows of a letter as `#` and space, without empty columns at its sides."""
    lines = [
        f"{int(rows[at : at + 2], 16):05b}".replace("0", " ").replace("1", "#") for at in range(0, 14, 2)
    ]
    first = min(line.index("#") for line in lines if "#" in line)
    last = max(line.rindex("#") for line in lines if "#" in line)
    return tuple(line[first : last + 1] for line in lines)


def pixels(text: str) -> tuple[str, ...] | None:
    """A text as seven rows of `#` and space, None where a character has no big letter."""
    rows = [""] * HEIGHT
    for index, char in enumerate(text):
        if char == " ":
            rows = [row + "   " for row in rows]
            continue
        if char not in _ROWS:
            return None
        gap = " " if index else ""
        rows = [row + gap + part for row, part in zip(rows, _letter(_ROWS[char]), strict=True)]
    return tuple(rows)


def shape_pixels(shape: str) -> tuple[str, ...]:
    """A verdict's shape as seven rows of seven. Raises KeyError for another sign."""
    return _SHAPES[shape]


def enlarge(rows: tuple[str, ...], across: int, halves: int) -> list[str]:
    """Rows of pixels as lines of blocks: a pixel is `across` cells wide and `halves` half lines high."""
    tall = [row for row in rows for _half in range(halves)]
    if len(tall) % 2:
        tall.append(" " * len(tall[0]))
    lines = []
    for upper, lower in zip(tall[::2], tall[1::2], strict=True):
        blocks = (
            " ▄▀█"[(up == "#") * 2 + (low == "#")] * across for up, low in zip(upper, lower, strict=True)
        )
        lines.append("".join(blocks))
    return lines
