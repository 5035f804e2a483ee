"""The loops of `raster_loops` for numba, written so that their inner loops become vector instructions."""

import numpy as np
from numpy.typing import NDArray

from network.kernels.radio.raster.raster_loops import (
    Floors,
    Frame,
    PowerStack,
    Replacement,
    Single,
    Strongest,
    Tables,
    compiled,
)

# As in `raster_loops`, yet written down here: what numba keeps on the disk is renewed only when this file changes.
_STEP_BITS, _AZIMUTH_STEPS, _NONE = 15, 4096, -1
_SHIFT, _MASK = np.uint32(_STEP_BITS), np.uint32((1 << _STEP_BITS) - 1)
_PART, _HALF = np.float32(1 / (1 << _STEP_BITS)), np.float32(_AZIMUTH_STEPS / 2)
_NIL, _ONE, _TINY, _NEXT = np.float32(0), np.float32(1), np.float32(1e-6), np.uint64(1)
State = tuple[Single, Single, Single, NDArray[np.int32]]  # strongest, others, strongest at its load, which


@compiled
def _line(i: int, frame: Frame, q: Single, off: Single, reached: Single) -> None:
    """Write for one row of cells the place in the tables, the cosine off the boresight, and 1 where in reach."""
    north = frame.north_m + np.float32(i) * frame.step_m
    for j in range(q.shape[0]):
        east = frame.east_m + np.float32(j) * frame.step_m
        away2 = east * east + north * north
        off[j] = (east * frame.look_east + north * frame.look_north) / np.sqrt(max(away2, _TINY))
        q[j] = min(max(away2, frame.near2_m2), frame.far2_m2) + _ONE
        reached[j] = _ONE if away2 <= frame.far2_m2 else _NIL


@compiled
def receive(out: Single, frame: Frame, tables: Tables, floors: Floors) -> None:
    """See `raster_loops.receive`."""
    columns = out.shape[1]
    q, off, reached = np.empty(columns, np.float32), np.empty(columns, np.float32), np.empty(columns, np.float32)
    bits = q.view(np.uint32)
    path, vertical, column, azimuth = tables.path, tables.vertical, tables.column, tables.azimuth
    for i in range(out.shape[0]):
        _line(i, frame, q, off, reached)
        row = out[i]
        for j in range(columns):
            step = np.uint64(np.uint32(np.int32(bits[j] >> _SHIFT) - tables.first))
            part = np.float32(np.int32(bits[j] & _MASK)) * _PART
            power = path[step] + part * (path[step + _NEXT] - path[step])
            up = vertical[step] + part * (vertical[step + _NEXT] - vertical[step])
            beam = column[step] + part * (column[step + _NEXT] - column[step])
            place = (off[j] + _ONE) * _HALF
            whole = np.int32(place)
            side = np.uint64(np.uint32(whole))
            flat = azimuth[side] + (place - np.float32(whole)) * (azimuth[side + _NEXT] - azimuth[side])
            shape = max(max(up, floors.vertical) * flat, floors.whole)
            row[j] = reached[j] * power * max(beam * beam, floors.column) * shape


@compiled
def detect(out: Single, frame: Frame, tables: Tables, floors: Floors, log_false_alarm: np.float32) -> None:
    """See `raster_loops.detect`."""
    columns = out.shape[1]
    q, off, reached = np.empty(columns, np.float32), np.empty(columns, np.float32), np.empty(columns, np.float32)
    bits = q.view(np.uint32)
    path, vertical, sight, azimuth = tables.path, tables.vertical, tables.column, tables.azimuth
    for i in range(out.shape[0]):
        _line(i, frame, q, off, reached)
        row = out[i]
        for j in range(columns):
            step = np.uint64(np.uint32(np.int32(bits[j] >> _SHIFT) - tables.first))
            part = np.float32(np.int32(bits[j] & _MASK)) * _PART
            ratio = path[step] + part * (path[step + _NEXT] - path[step])
            up = vertical[step] + part * (vertical[step + _NEXT] - vertical[step])
            seen = sight[step] + part * (sight[step + _NEXT] - sight[step])
            place = (off[j] + _ONE) * _HALF
            whole = np.int32(place)
            side = np.uint64(np.uint32(whole))
            flat = azimuth[side] + (place - np.float32(whole)) * (azimuth[side + _NEXT] - azimuth[side])
            shape = max(max(up, floors.vertical) * flat, floors.whole)
            row[j] = reached[j] * seen * np.exp(log_false_alarm / (_ONE + ratio * shape * shape))


@compiled
def reduce(stack: PowerStack, replacement: Replacement, out: Strongest) -> None:
    """See `raster_loops.reduce`. Three sectors of one window, as those of a site are, are taken in one pass."""
    columns = out.place.shape[1]
    strongest, rest, loaded = (
        np.zeros(columns, np.float32),
        np.zeros(columns, np.float32),
        np.zeros(columns, np.float32),
    )
    who = np.full(columns, np.int32(_NONE))
    flat, windows, carriers = stack.flat, stack.windows, stack.carriers
    for i in range(out.place.shape[0]):
        out.place[i, :], out.power[i, :], out.others[i, :] = _NONE, _NIL, _NIL
        s = 0
        while s < len(carriers):
            many = 3 if _are_alike(windows, carriers, s, replacement.place) else 1
            window = replacement.window if s == replacement.place else windows[s]
            line, width = i - window[0], window[3]
            if 0 <= line < window[2]:
                cells = slice(window[1], window[1] + width)
                state = (strongest[cells], rest[cells], loaded[cells], who[cells])
                if many == 3:
                    a, b, c = windows[s, 4], windows[s + 1, 4], windows[s + 2, 4]
                    at = line * width
                    powers = flat[a + at : a + at + width], flat[b + at : b + at + width], flat[c + at : c + at + width]
                    _take_three(powers, s, stack.load, state)
                else:
                    start = window[4] + line * width
                    source = replacement.power if s == replacement.place else flat
                    _take(source[start : start + width], s, stack.load[s], state)
            s += many
            if s == len(carriers) or carriers[s] != carriers[s - 1]:
                _merge((strongest, rest, loaded, who), out.place[i], out.power[i], out.others[i])


@compiled
def _are_alike(windows: NDArray[np.int64], carriers: NDArray[np.int64], s: int, replacement: int) -> bool:
    """Whether three sectors from `s` on have one carrier and one window, and none is read from elsewhere."""
    if s + 2 >= len(carriers) or s <= replacement <= s + 2 or carriers[s] != carriers[s + 2]:
        return False
    for k in range(4):  # noqa: SIM110  a generator does not compile
        if windows[s, k] != windows[s + 1, k] or windows[s, k] != windows[s + 2, k]:
            return False
    return True


@compiled
def _take(power: Single, index: int, load: np.float32, state: State) -> None:
    strongest, rest, loaded, who = state
    number = np.int32(index)
    for j in range(power.shape[0]):
        adds = power[j] * load
        better = power[j] > strongest[j]
        rest[j] += loaded[j] if better else adds
        loaded[j] = adds if better else loaded[j]
        who[j] = number if better else who[j]
        strongest[j] = power[j] if better else strongest[j]


@compiled
def _take_three(powers: tuple[Single, Single, Single], index: int, loads: Single, state: State) -> None:
    a, b, c = powers
    strongest, rest, loaded, who = state
    load_a, load_b, load_c = loads[index], loads[index + 1], loads[index + 2]
    number_a, number_b, number_c = np.int32(index), np.int32(index + 1), np.int32(index + 2)
    for j in range(a.shape[0]):
        top, own, number, sum_ = strongest[j], loaded[j], who[j], rest[j]
        adds = a[j] * load_a
        better = a[j] > top
        sum_ += own if better else adds
        own, number, top = (adds, number_a, a[j]) if better else (own, number, top)
        adds = b[j] * load_b
        better = b[j] > top
        sum_ += own if better else adds
        own, number, top = (adds, number_b, b[j]) if better else (own, number, top)
        adds = c[j] * load_c
        better = c[j] > top
        sum_ += own if better else adds
        own, number, top = (adds, number_c, c[j]) if better else (own, number, top)
        strongest[j], loaded[j], who[j], rest[j] = top, own, number, sum_


@compiled
def _merge(state: State, server: NDArray[np.int32], best: Single, others: Single) -> None:
    """Keep the better of this carrier and the earlier ones, and start anew for the next."""
    strongest, rest, loaded, who = state
    for j in range(strongest.shape[0]):
        better = strongest[j] > best[j]
        server[j] = who[j] if better else server[j]
        others[j] = rest[j] if better else others[j]
        best[j] = strongest[j] if better else best[j]
    strongest[:], rest[:], loaded[:], who[:] = _NIL, _NIL, _NIL, _NONE
