"""The loops over cells and sectors behind coverage rasters: compiled where numba is installed, else in numpy.

Tables are looked up by q, the square of the horizontal distance and 1 m2: 256 steps to each doubling, the place of a
step being the upper bits of q as a 32-bit float, so that neither a root nor a logarithm is taken per cell. Between
steps all is linear.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]
Compiled = TypeVar("Compiled", bound=Callable[..., Any])

STEP_BITS = 15  # of the 23 bits after the point: 2^8 steps to an octave
AZIMUTH_STEPS = 4096
NONE = -1
_FAST = {"contract", "reassoc", "nsz", "arcp"}  # never "nnan": unknown is NaN


class Frame(NamedTuple):
    """Where the cells of a window lie, seen from the antenna. [m]."""

    east_m: np.float32  # of the first cell's centre
    north_m: np.float32
    step_m: np.float32
    near2_m2: np.float32  # nearer places count as this far
    far2_m2: np.float32  # further ones are out of reach
    look_east: np.float32  # the boresight as a unit vector
    look_north: np.float32


class Tables(NamedTuple):
    """What a sector's antenna and path do, by q and by the cosine of the azimuth; all as factors, not decibels."""

    first: np.int32  # the step of the first entry
    path: Single  # received power at the peak of the element: sender, path, element gain [mW]
    vertical: Single  # element pattern, without its floor
    column: Single  # signed amplitude of the array factor
    azimuth: Single  # element pattern over the cosine from -1 to 1, without its floor


class Floors(NamedTuple):
    """How deep the patterns go at most, as factors."""

    column: np.float32
    vertical: np.float32
    whole: np.float32


class PowerStack(NamedTuple):
    """The windows of all sectors, sorted by carrier."""

    flat: Single  # power, one window after the other [mW]
    windows: NDArray[np.int64]  # per sector first row, first column, rows, columns, and where it starts in `flat`
    carriers: NDArray[np.int64]  # number of each sector's carrier, ascending
    load: Single  # how much of the time each interferes


class Replacement(NamedTuple):
    """A window that takes the place of a sector's own, or of none."""

    place: int  # of the sector in the stack, or `NONE`
    power: Single
    window: NDArray[np.int64]  # as in `PowerStack`, starting at 0


class Strongest(NamedTuple):
    """What `reduce` finds in each cell."""

    place: NDArray[np.int32]  # of the strongest sector in the stack, or `NONE`
    power: Single  # its power
    others: Single  # that of all others on its carrier, at their load


NOTHING = Replacement(NONE, np.empty(0, np.float32), np.zeros(5, np.int64))


@dataclass(frozen=True)
class Loops:
    """The three loops."""

    receive: Callable[[Single, Frame, Tables, Floors], None]
    detect: Callable[[Single, Frame, Tables, Floors, np.float32], None]
    reduce: Callable[[PowerStack, Replacement, Strongest], None]
    is_compiled: bool


def steps_of(near_m: float, far_m: float) -> tuple[np.int32, NDArray[np.float64]]:
    """Return the first step of a table from one distance to another, and the distance of each of its entries. [m]."""
    ends = np.array([near_m**2 + 1, far_m**2 + 1], np.float32).view(np.int32) >> STEP_BITS
    bits = np.arange(ends[0], ends[1] + 3, dtype=np.int32) << STEP_BITS
    return np.int32(ends[0]), np.sqrt(bits.view(np.float32).astype(np.float64) - 1)


def receive(out: Single, frame: Frame, tables: Tables, floors: Floors) -> None:
    """Write the power received in every cell of a window, 0 out of reach. [mW]."""
    q, reached, off = _geometry(out.shape, frame)
    step, part = _place(q, tables.first)
    beam = np.maximum(_between(tables.column, step, part) ** 2, floors.column)
    power = _between(tables.path, step, part) * beam * _shape(tables, step, part, off, floors)
    out[...] = np.where(reached, power, 0)


def detect(out: Single, frame: Frame, tables: Tables, floors: Floors, log_false_alarm: np.float32) -> None:
    """Write in every cell how likely a sector finds a target: its sight (`column`) times Swerling's probability.

    `path` is the signal-to-noise ratio on the axis of the antenna, whose pattern counts both ways.
    """
    q, reached, off = _geometry(out.shape, frame)
    step, part = _place(q, tables.first)
    ratio = _between(tables.path, step, part) * _shape(tables, step, part, off, floors) ** 2
    chance = _between(tables.column, step, part) * np.exp(log_false_alarm / (1 + ratio))
    out[...] = np.where(reached, chance, 0)


def reduce(stack: PowerStack, replacement: Replacement, out: Strongest) -> None:
    """Find the strongest sector of every cell."""
    out.place[...], out.power[...], out.others[...] = NONE, 0, 0
    for carrier in np.unique(stack.carriers):
        strongest, rest, who = np.zeros_like(out.power), np.zeros_like(out.power), np.full_like(out.place, NONE)
        for index in np.flatnonzero(stack.carriers == carrier):
            row, column, rows, columns, start = (
                replacement.window if index == replacement.place else stack.windows[index]
            )
            source = replacement.power if index == replacement.place else stack.flat
            power = source[start : start + rows * columns].reshape(rows, columns)
            cells = (slice(row, row + rows), slice(column, column + columns))
            _take(power, int(index), stack.load, (strongest[cells], rest[cells], who[cells]))
        better = strongest > out.power
        out.place[better], out.power[better], out.others[better] = who[better], strongest[better], rest[better]


def _take(power: Single, index: int, load: Single, state: tuple[Single, Single, NDArray[np.int32]]) -> None:
    strongest, rest, who = state
    better = power > strongest
    beaten = np.where(who >= 0, load[who], 0) * strongest
    rest += np.where(better, beaten, load[index] * power)
    who[better], strongest[better] = index, power[better]


def _geometry(shape: tuple[int, ...], frame: Frame) -> tuple[Single, NDArray[np.bool_], Single]:
    east = frame.east_m + np.arange(shape[1], dtype=np.float32) * frame.step_m
    north = (frame.north_m + np.arange(shape[0], dtype=np.float32) * frame.step_m)[:, None]
    away2 = east * east + north * north
    off = (east * frame.look_east + north * frame.look_north) / np.sqrt(np.maximum(away2, np.float32(1e-6)))
    q = np.clip(away2, frame.near2_m2, frame.far2_m2) + np.float32(1)
    return q.astype(np.float32), away2 <= frame.far2_m2, off.astype(np.float32)


def _place(q: Single, first: np.int32) -> tuple[NDArray[np.int32], Single]:
    bits = q.view(np.int32)
    part = (bits & ((1 << STEP_BITS) - 1)).astype(np.float32) * np.float32(1 / (1 << STEP_BITS))
    return (bits >> STEP_BITS) - first, part


def _between(table: Single, step: NDArray[np.int32], part: Single) -> Single:
    low: Single = table[step]
    return low + part * (table[step + 1] - low)


def _shape(tables: Tables, step: NDArray[np.int32], part: Single, off: Single, floors: Floors) -> Single:
    """Return the element's pattern."""
    vertical = np.maximum(_between(tables.vertical, step, part), floors.vertical)
    place = (off + np.float32(1)) * np.float32(AZIMUTH_STEPS / 2)
    whole = place.astype(np.int32)
    return np.maximum(vertical * _between(tables.azimuth, whole, place - whole.astype(np.float32)), floors.whole)


@cache
def loops() -> Loops:
    """Return the compiled loops, or these of numpy where numba is not installed.

    Compiling takes some seconds once per machine; later processes read the result from the disk.
    """
    try:
        from network.kernels.radio.raster import raster_compiled as compiled  # noqa: PLC0415  half a second few processes need
    except ImportError:
        return Loops(receive, detect, reduce, is_compiled=False)
    return Loops(compiled.receive, compiled.detect, compiled.reduce, is_compiled=True)


def compiled(function: Compiled) -> Compiled:
    """Compile a function with numba, and keep the result on the disk where one can be written."""
    from numba import njit  # noqa: PLC0415  see above

    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": _FAST}
    try:
        return cast("Compiled", njit(cache=True, **options)(function))
    except RuntimeError:  # no directory to keep it in
        return cast("Compiled", njit(**options)(function))
