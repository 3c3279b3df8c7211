"""The registry of resources, and its agreement with the mirror."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gennet.core.codec import from_json, to_json
from gennet.resources import RESOURCES, Resource, available, locate, verify


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES)
def test_every_resource_says_where_it_is_from_and_under_which_terms(resource: Resource):
    assert all((resource.title, resource.licence, resource.purpose))
    assert resource.citation.startswith("doi:10.")
    assert resource.files
    for file in resource.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.address.startswith("https://")
        assert file.bytes > 0
        assert not Path(file.path).is_absolute()


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES)
def test_the_files_of_a_resource_share_one_folder_and_have_their_own_names(resource: Resource):
    assert len({Path(file.path).parent for file in resource.files}) == 1
    assert len({file.name for file in resource.files}) == len(resource.files)


def test_a_resource_survives_json():
    for resource in RESOURCES.values():
        assert from_json(to_json(resource), Resource) == resource


@pytest.mark.parametrize("name", RESOURCES)
def test_the_mirror_holds_exactly_what_is_registered(name: str, mirror: Path):
    assert verify(name, mirror=mirror) == ()
    path = locate(name, mirror=mirror)
    assert path is not None
    assert path.is_file() is (len(RESOURCES[name].files) == 1)
    sizes = {file.name: (mirror / file.path).stat().st_size for file in RESOURCES[name].files}
    assert sizes == {file.name: file.bytes for file in RESOURCES[name].files}


def test_the_mirror_makes_every_resource_available(mirror: Path, tmp_path: Path):
    assert available(mirror=mirror, cache=tmp_path) == frozenset(RESOURCES)
    assert available(cache=tmp_path) == available() == frozenset()
