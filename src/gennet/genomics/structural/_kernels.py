"""Linking of evidence, and comparison of bases: the inner loops, compiled."""

from __future__ import annotations

from gennet.core.kernels import Array, kernel


@kernel
def root_of(parent: Array, i: int) -> int:
    """Return the representative of a set, shortening the way to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def link(first: Array, second: Array, third: Array, reach: int, far: int, slack: int, most: int, parent: Array) -> None:
    """
    Put evidence together whose three numbers are all close; `first` ascends, `parent` starts as 0, 1, 2...

    `reach`, `far` and `slack` bound the differences of the three; each piece is compared with at most `most` that follow.
    """
    n = len(first)
    for i in range(n):
        for j in range(i + 1, min(n, i + 1 + most)):
            if first[j] - first[i] > reach:
                break
            if abs(second[j] - second[i]) <= far and abs(third[j] - third[i]) <= slack:
                a, b = root_of(parent, i), root_of(parent, j)
                if a != b:
                    parent[max(a, b)] = min(a, b)
    for i in range(n):
        parent[i] = root_of(parent, i)


@kernel
def mismatches(one: Array, at: int, step: int, two: Array, start: int, number: int) -> int:
    """Count differing bases of `one` from `at` on in steps of +1 or -1, and of `two` from `start` on."""
    different = 0
    for k in range(number):
        if one[at + step * k] != two[start + k]:
            different += 1
    return different


@kernel
def best_place(bases: Array, window: Array, most: int) -> tuple[int, int, int]:
    """Return where bases match a window with the fewest differences (at most `most`), how many, and how many places do."""
    n = len(bases)
    best, where, ties = most + 1, -1, 0
    for at in range(len(window) - n + 1):
        different = 0
        for k in range(n):
            if bases[k] != window[at + k]:
                different += 1
                if different > best:
                    break
        if different < best:
            best, where, ties = different, at, 1
        elif different == best and where >= 0:
            ties += 1
    return where, best, ties


@kernel
def join_overlap(right: Array, left: Array, least: int, share: float) -> int:
    """Return the longest overlap of the end of `right` with the start of `left` that differs in few bases; 0 if none."""
    for size in range(min(len(right), len(left)), least - 1, -1):
        different = 0
        for k in range(size):
            if right[len(right) - size + k] != left[k]:
                different += 1
        if different <= share * size:
            return size
    return 0
