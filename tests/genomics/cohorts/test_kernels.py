"""Each kernel against its plain version."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gennet.genomics.cohorts._kernels import pack, read_calls, unpack
from gennet.genomics.cohorts.packed import PLAIN


@given(hnp.arrays(np.int8, st.tuples(st.integers(1, 4), st.integers(1, 21)), elements=st.integers(-1, 2)))
def test_what_is_packed_unpacks_to_itself(dosages):
    packed = np.empty((len(dosages), (dosages.shape[1] + 3) // 4), np.uint8)
    pack(dosages, packed)
    plain = [
        sum((d & 3) << (2 * k) for k, d in enumerate(row[b : b + 4]))
        for row in dosages.tolist()
        for b in range(0, len(row), 4)
    ]
    assert packed.reshape(-1).tolist() == plain
    found = np.empty_like(dosages)
    unpack(packed, np.array(PLAIN, np.int8), found)
    assert np.array_equal(found, dosages)


CALL = st.from_regex(r"[/|]?(0|1|\.)([/|](0|1|\.))?(:[0-9]{0,2})?", fullmatch=True)


@given(st.lists(CALL, min_size=1, max_size=6))
def test_calls_are_read_as_a_plain_reader_does(calls):
    text = "\t".join(calls).encode() + b"\n"
    found = np.empty(len(calls), np.int8)
    assert read_calls(np.frombuffer(text, np.uint8), 0, len(text) - 1, found) == -1
    for call, dosage in zip(calls, found.tolist(), strict=True):
        alleles = call.partition(":")[0].lstrip("/|").replace("|", "/").split("/")
        expected = -1 if "." in alleles else sum(map(int, alleles)) * (2 if len(alleles) == 1 else 1)
        assert dosage == expected


@given(st.text("01./|:2", max_size=5))
def test_what_is_no_genotype_is_refused(call):
    import re

    text = call.encode() + b"\n"
    found = np.empty(1, np.int8)
    fine = re.fullmatch(r"[/|]?[01.]([/|][01.])?", call.partition(":")[0]) is not None
    assert (read_calls(np.frombuffer(text, np.uint8), 0, len(text) - 1, found) == -1) == fine
