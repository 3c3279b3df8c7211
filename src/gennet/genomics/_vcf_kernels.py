"""Cutting VCF text into fields, one sample's columns at a time: the inner loops, compiled."""

from __future__ import annotations

import numpy as np

from gennet.core.kernels import Array, kernel

# What is wrong with the line at which the reading stopped.
WHOLE, WIDTH, POSITION, FORMAT, END = range(5)
PHASED, FILTERED, NO_ALTERNATE, ODD = 1, 2, 4, 8
"""Flags of a line: phased call; a filter not passed; no alternate allele; a genotype of more than two digits."""
FIRST_STRING = 6
"""Codes below are single bases and ``.``; those from here on number the strings of this text."""
MISSING, HAPLOID = -1, -2

_TAB, _NEWLINE, _DOT, _COLON, _SEMICOLON, _SLASH, _BAR, _EQUALS, _ZERO = (ord(c) for c in "\t\n.:;/|=0")
_LETTER_A, _LETTER_D, _LETTER_E, _LETTER_G, _LETTER_M, _LETTER_N = (ord(c) for c in "ADEGMN")
_LETTER_P, _LETTER_Q, _LETTER_S, _LETTER_T, _LETTER_X = (ord(c) for c in "PQSTX")
_LESS, _STAR, _UNDERSCORE = (ord(c) for c in "<*_")
_LOW = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_TABS = np.uint64(0x0909090909090909)
_NEWLINES = np.uint64(0x0A0A0A0A0A0A0A0A)
_SEED, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)  # Fowler, Noll and Vo's hash, 64 bits
_SURE = 20  # Phred: a reference block below it is wrong more often than once in a hundred


@kernel
def field_end(text: Array, words: Array, at: int) -> int:
    """Return where the field that holds `at` ends: at a tab or newline. Eight bytes at a time."""
    while at & 7:
        if text[at] == _TAB or text[at] == _NEWLINE:
            return at
        at += 1
    word = at >> 3
    while True:
        tabs = words[word] ^ _TABS
        ends = words[word] ^ _NEWLINES
        # A byte of x is zero where (x - 0x01..) & ~x has its high bit.
        if ((tabs - _LOW) & ~tabs | (ends - _LOW) & ~ends) & _HIGH:
            break
        word += 1
    at = word << 3
    while text[at] != _TAB and text[at] != _NEWLINE:
        at += 1
    return at


@kernel
def same(text: Array, a: int, a_end: int, b: int, b_end: int) -> bool:
    """Tell whether two stretches hold the same bytes."""
    if a_end - a != b_end - b:
        return False
    for k in range(a_end - a):
        if text[a + k] != text[b + k]:
            return False
    return True


@kernel
def string_number(text: Array, start: int, end: int, slots: Array, spans: Array, known: int) -> int:
    """Find a string among those met before; return its number, or `known` after filing it as the next."""
    mixed = _SEED
    for k in range(start, end):
        mixed = (mixed ^ np.uint64(text[k])) * _PRIME
    slot = np.int64(mixed & np.uint64(len(slots) - 1))
    while slots[slot] >= 0:
        number = slots[slot]
        if same(text, start, end, spans[number, 0], spans[number, 1]):
            return int(number)
        slot = np.int64((slot + 1) & (len(slots) - 1))
    slots[slot] = known
    spans[known, 0] = start
    spans[known, 1] = end
    return known


@kernel
def whole_number(text: Array, start: int, end: int) -> int:
    """Read digits; -1 where anything else stands, or nothing, or more than ten."""
    if end <= start or end - start > 10:
        return -1
    value = 0
    for k in range(start, end):
        digit = int(text[k]) - _ZERO
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@kernel
def subfield(text: Array, start: int, end: int, number: int) -> tuple[int, int]:
    """Return the span of a colon-separated value; an empty span at the end where there are fewer."""
    at = start
    for _ in range(number):
        while at < end and text[at] != _COLON:
            at += 1
        if at == end:
            return end, end
        at += 1
    stop = at
    while stop < end and text[stop] != _COLON:
        stop += 1
    return at, stop


@kernel
def starts_with_gt(text: Array, start: int, end: int) -> bool:
    """Tell whether the first key of FORMAT is GT."""
    gt = end - start >= 2 and text[start] == _LETTER_G and text[start + 1] == _LETTER_T
    return bool(gt and (end - start == 2 or text[start + 2] == _COLON))


@kernel
def format_keys(text: Array, start: int, end: int, keys: Array) -> None:
    """Write where PS, GQ, DP and MIN_DP stand in FORMAT, -1 where they do not."""
    keys[:] = -1
    number = 0
    at = start
    while at < end:
        stop = at
        while stop < end and text[stop] != _COLON:
            stop += 1
        if stop - at == 2 and text[at] == _LETTER_P and text[at + 1] == _LETTER_S:
            keys[0] = number
        elif stop - at == 2 and text[at] == _LETTER_G and text[at + 1] == _LETTER_Q:
            keys[1] = number
        elif stop - at == 2 and text[at] == _LETTER_D and text[at + 1] == _LETTER_P:
            keys[2] = number
        elif stop - at == 6 and text[at] == _LETTER_M and text[at + 4] == _LETTER_D and text[at + 5] == _LETTER_P:
            keys[3] = number
        number += 1
        at = stop + 1


@kernel
def end_of_block(text: Array, start: int, end: int) -> int:
    """Return the END of an INFO field; -1 when it has none, -2 when it is no number."""
    at = start
    while at < end:
        stop = at
        while stop < end and text[stop] != _SEMICOLON:
            stop += 1
        named = stop - at > 4 and text[at] == _LETTER_E and text[at + 1] == _LETTER_N and text[at + 2] == _LETTER_D
        if named and text[at + 3] == _EQUALS:
            value = whole_number(text, at + 4, stop)
            return value if value >= 0 else -2
        at = stop + 1
    return -1


@kernel
def is_covered(text: Array, start: int, end: int, keys: Array) -> bool:
    """Tell whether a reference block was seen: callers write 0/0 with GQ 0 or depth 0 where no read lies."""
    if keys[1] >= 0:
        a, b = subfield(text, start, end, keys[1])
        quality = whole_number(text, a, b)
        if 0 <= quality < _SURE:
            return False
    depth_key = keys[3] if keys[3] >= 0 else keys[2]
    if depth_key >= 0:
        a, b = subfield(text, start, end, depth_key)
        if whole_number(text, a, b) == 0:
            return False
    return True


@kernel
def no_alternate(text: Array, start: int, end: int) -> bool:
    """Tell whether ALT lists no allele: ``.``, ``<NON_REF>``, ``<*>`` or ``<X>``."""
    length = end - start
    if length == 1:
        return bool(text[start] == _DOT)
    if length == 3:
        return bool(text[start] == _LESS and text[start + 1] in (_STAR, _LETTER_X))
    return bool(
        length == 9 and text[start] == _LESS and text[start + 1] == _LETTER_N and text[start + 4] == _UNDERSCORE
    )


@kernel
def is_allele_number(letter: int) -> bool:
    """Tell whether a byte is a digit or the dot of a missing allele."""
    return _ZERO <= letter <= _ZERO + 9 or letter == _DOT


@kernel
def ends_value(letter: int) -> bool:
    """Tell whether a byte ends a value of the sample's column."""
    return letter in (_COLON, _TAB, _NEWLINE)


@kernel
def cut(text: Array, words: Array, at: int, ends: Array, samples: int, column: int) -> int:
    """
    Find where the nine fixed fields of a line end, and one sample's column begins and ends.

    `ends` is filled with eleven places. Returns the place behind the line, -1 when it has another number of columns.
    """
    for field in range(9):
        at = field_end(text, words, at)
        if text[at] != _TAB:
            return -1
        ends[field] = at
        at += 1
    for number in range(samples):
        begin = at
        at = field_end(text, words, at)
        if number == column:
            ends[9], ends[10] = begin, at
        if (text[at] == _TAB) != (number < samples - 1):
            return -1
        at += 1
    return at


@kernel
def genotype(text: Array, at: int) -> tuple[int, int, int]:
    """Read a call of one or two alleles of one digit each: the alleles and the flags; `ODD` when it is another."""
    one, middle = text[at], text[at + 1]
    first = MISSING if one == _DOT else int(one) - _ZERO
    if is_allele_number(one) and ends_value(middle):
        return first, HAPLOID, 0
    two = text[at + 2]
    plain = is_allele_number(one) and middle in (_SLASH, _BAR) and is_allele_number(two)
    if not plain or not ends_value(text[at + 3]):
        return MISSING, HAPLOID, ODD
    return first, MISSING if two == _DOT else int(two) - _ZERO, PHASED if middle == _BAR else 0


@kernel
def allele(
    text: Array, start: int, end: int, least: int, of_byte: Array, strings: Array, slots: Array, known: Array
) -> int:
    """Return the code of an allele: of one letter when that is at least `least`, else the number of its string."""
    code = int(of_byte[text[start]]) if end - start == 1 else -1
    if code >= least:
        return code
    number = string_number(text, start, end, slots, strings, known[0])
    known[0] = max(known[0], number + 1)
    return number + FIRST_STRING


@kernel
def passed(text: Array, start: int, end: int) -> bool:
    """Tell whether FILTER is PASS, a dot or 0."""
    if end - start == 4:
        return bool(text[start] == _LETTER_P and text[start + 1] == _LETTER_A and text[start + 2] == _LETTER_S)
    return bool(end - start == 1 and (text[start] == _DOT or text[start] == _ZERO))


@kernel
def tokenise(
    text: Array, words: Array, stop: int, shape: tuple[int, int], of_byte: Array, lines: Array, strings: Array, slots: Array, runs: Array
) -> tuple[int, int, int, int]:  # fmt: skip
    """
    Read whole lines up to `stop` (exclusive, just behind a newline).

    Parameters
    ----------
    text, words
        The same bytes, as uint8 and as uint64; at least 16 bytes of any kind follow `stop`.
    shape
        How many samples each line has, and which to read.
    of_byte
        Code of each letter that is an allele by itself, -1 for others.
    lines
        ``(start, sample, position, reference, alternate, first, second, flags, phase_set, block_end)``, one column
        each; filled.
    strings, slots
        Spans of the strings met (n x 2), and the table to find them by; `slots` is a power of two long, filled with -1.
    runs
        First line of each run of one chromosome name; filled.

    Returns
    -------
    tuple[int, int, int, int]
        Lines read, strings met, runs met, and what is wrong with the line after the last (`WHOLE`: nothing).
    """
    start, sample, position, reference, alternate, first, second, flags, phase_set, block_end = lines
    ends, before = np.zeros(11, np.int64), np.zeros(4, np.int64)
    keys, known = np.full(4, -1, np.int64), np.zeros(1, np.int64)
    run = row = at = 0
    while at < stop:
        start[row] = at
        behind = cut(text, words, at, ends, shape[0], shape[1])
        if behind < 0:
            return row, known[0], run, WIDTH
        if row == 0 or not same(text, before[0], before[1], at, ends[0]):
            runs[run] = row
            run += 1
            before[0], before[1] = at, ends[0]
        place = whole_number(text, ends[0] + 1, ends[1])
        if place < 1 or ends[1] - ends[0] > 10:
            return row, known[0], run, POSITION
        if row == 0 or not same(text, before[2], before[3], ends[7] + 1, ends[8]):
            before[2], before[3] = ends[7] + 1, ends[8]
            if not starts_with_gt(text, before[2], before[3]):
                return row, known[0], run, FORMAT
            format_keys(text, before[2], before[3], keys)
        position[row] = place
        reference[row] = allele(text, ends[2] + 1, ends[3], 1, of_byte, strings, slots, known)
        alternate[row] = allele(text, ends[3] + 1, ends[4], 0, of_byte, strings, slots, known)
        sample[row] = ends[9]
        first[row], second[row], flag = genotype(text, ends[9])
        if not passed(text, ends[5] + 1, ends[6]):
            flag |= FILTERED
        phase_set[row] = 0
        if keys[0] >= 0 and flag & (PHASED | ODD):
            a, b = subfield(text, ends[9], ends[10], keys[0])
            phase_set[row] = max(whole_number(text, a, b), 0) if b - a < 10 else 0
        block_end[row] = -1
        if no_alternate(text, ends[3] + 1, ends[4]):
            flag |= NO_ALTERNATE
            last = end_of_block(text, ends[6] + 1, ends[7])
            if last != -1 and not place <= last <= 999_999_999:
                return row, known[0], run, END
            if last != -1 and not is_covered(text, ends[9], ends[10], keys):
                first[row] = MISSING
                second[row] = HAPLOID if second[row] == HAPLOID else MISSING
            block_end[row] = last if last > place else -1
        flags[row] = flag
        at = behind
        row += 1
    return row, known[0], run, WHOLE
