"""Inner loop of the join."""

from __future__ import annotations

from gennet.core.kernels import Array, kernel


@kernel
def first_at_least(keys: Array, key: int, start: int) -> int:
    """Return the first place from `start` on whose key is not below `key`: steps that double, then halves."""
    count = len(keys)
    if start >= count or keys[start] >= key:
        return start
    step, low = 1, start
    while low + step < count and keys[low + step] < key:
        low += step
        step *= 2
    high = min(low + step, count)
    while high - low > 1:
        middle = (low + high) // 2
        if keys[middle] < key:
            low = middle
        else:
            high = middle
    return high


@kernel
def same_bytes(a: Array, a_start: int, a_end: int, b: Array, b_start: int, b_end: int) -> bool:
    """Tell whether two stretches are equal up to the shorter one's end."""
    for i in range(min(a_end - a_start, b_end - b_start)):
        if a[a_start + i] != b[b_start + i]:
            return False
    return True


@kernel
def join(
    keys: Array, ref_at: Array, ref: Array, alt_at: Array, alt: Array,
    held: Array, held_ref_at: Array, held_ref: Array, held_alt_at: Array, held_alt: Array,
    start: int, rows: Array, disputed: Array,
) -> None:  # fmt: skip
    """
    Find each variant among the held: sets `rows` to the first equal row, `disputed` where references contradict.

    Both are sorted by key. References contradict when they start at the same base and neither begins the other.
    """
    at = 0
    for i in range(len(keys)):
        at = first_at_least(held, keys[i], at)
        row = at
        while row < len(held) and held[row] == keys[i]:
            a, b, c, d = ref_at[i], ref_at[i + 1], held_ref_at[row], held_ref_at[row + 1]
            if not same_bytes(ref, a, b, held_ref, c, d):
                disputed[i] = True
            elif b - a == d - c and rows[i] < 0:
                e, f, g, h = alt_at[i], alt_at[i + 1], held_alt_at[row], held_alt_at[row + 1]
                if f - e == h - g and same_bytes(alt, e, f, held_alt, g, h):
                    rows[i] = start + row
            row += 1
