"""Which GPUs of a machine a booking gets, where the lab may choose."""

from __future__ import annotations

from collections.abc import Iterable


def first_fit(free: Iterable[int], count: int, liked: Iterable[int] = ()) -> tuple[int, ...] | None:
    """`count` of the free GPUs, in ascending order; None where fewer are free.

    Those in `liked` are kept where they can be. Otherwise the choice leaves the longest row of neighbouring
    free GPUs, so that the next team still finds a large block; among equals the lowest numbers win.
    """
    free = sorted(set(free))
    if count <= 0 or len(free) < count:
        return None
    kept = [number for number in dict.fromkeys(liked) if number in free][:count]
    rest = [number for number in free if number not in kept]
    chosen = min(
        _first_beside(row, rest, count - len(kept)) for row in _rows_to_leave(rest, count - len(kept))
    )
    return tuple(sorted((*kept, *chosen)))


def picked(free: Iterable[int], numbers: Iterable[int], count: int) -> tuple[int, ...]:
    """`count` GPUs of a machine that has `numbers`: free ones, or else such as show what is in the way.

    More than the machine has are numbers that it does not have; a count below one is none.
    """
    if (chosen := first_fit(free, count)) is not None:
        return chosen
    ours = sorted(numbers)
    return (*ours[: max(count, 0)], *range(len(ours), count))


def _first_beside(row: list[int], numbers: list[int], count: int) -> list[int]:
    """The lowest `count` numbers that leave a row untouched."""
    left = set(row)
    return [number for number in numbers if number not in left][:count]


def _rows_to_leave(numbers: list[int], taken: int) -> list[list[int]]:
    """Every row of neighbours of the greatest length that can stay when so many of the numbers go."""
    rows = _rows(numbers)
    length = min(len(numbers) - taken, max(map(len, rows), default=0))
    return [row[start : start + length] for row in rows for start in range(len(row) - length + 1)] or [[]]


def _rows(numbers: list[int]) -> list[list[int]]:
    """Ascending numbers in rows of neighbours: 0, 2, 3, 4 are two rows."""
    rows: list[list[int]] = []
    for number in numbers:
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    return rows
