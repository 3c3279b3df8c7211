"""Scoring files are parsed once; what is kept is what reading gives."""

import pytest

from gennet.adapters.embedded.objects import FolderObjects
from gennet.core.codec import digest
from gennet.errors import InvalidContent, StorageFailed
from gennet.genomics import read_scoring_file
from gennet.genomics import score_cache as module
from gennet.genomics.score_cache import cached_scoring_file

HEAD = "#pgs_id=S\n#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"


@pytest.fixture
def score(write):
    def _score(rows=5000, name="score.txt"):
        return write(HEAD + "".join(f"1\t{i}\tA\tC\t0.{i}\n" for i in range(1, rows)), name)

    return _score


@pytest.fixture
def store(tmp_path):
    return FolderObjects(tmp_path / "store")


def test_the_second_reading_gives_the_same_without_parsing(score, store, monkeypatch):
    path = score()
    first = cached_scoring_file(path, store, version="1")
    assert digest(first) == digest(read_scoring_file(path))
    monkeypatch.setattr(module, "read_scoring_file", lambda _: pytest.fail("parsed again"))
    assert digest(cached_scoring_file(path, store, version="1")) == digest(first)


def test_other_bytes_name_or_version_are_read_anew(score, store):
    cached_scoring_file(score(), store, version="1")
    for rows, name, version in ((5001, "score.txt", "1"), (5000, "b.txt", "1"), (5000, "score.txt", "2")):
        before = len(list(store.list()))
        cached_scoring_file(score(rows, name), store, version=version)
        assert len(list(store.list())) == before + 1


def test_a_damaged_entry_is_replaced(score, store):
    path = score()
    whole = digest(cached_scoring_file(path, store, version="1"))
    (key,) = store.list()
    store.put(key, b"{}")
    assert digest(cached_scoring_file(path, store, version="1")) == whole
    assert len(store.get(key)) > 2


def test_small_files_leave_nothing(score, store):
    cached_scoring_file(score(3), store, version="1")
    assert not list(store.list())


def test_a_refused_file_leaves_nothing(write, store):
    path = write(HEAD + "1\t5\tA\tC\tx\n" * 9000, "bad.txt")
    with pytest.raises(InvalidContent, match="is not a finite number"):
        cached_scoring_file(path, store, version="1")
    assert not list(store.list())


def test_a_full_disk_costs_no_answer(score, store, monkeypatch):
    def full(*_):
        raise StorageFailed("no space")

    monkeypatch.setattr(FolderObjects, "put", full)
    assert cached_scoring_file(score(), store, version="1").size == 4999
