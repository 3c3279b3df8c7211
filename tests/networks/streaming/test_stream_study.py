"""The study of a stream finds the rewired regulator and writes both networks."""

import numpy as np
import pytest

from gennet.core.study import silent
from gennet.errors import InvalidContent
from gennet.expression.matrix import Samples
from gennet.networks.streaming.studies import Streaming, stream_network

NAMES = [f"R{i}" for i in range(4)] + [f"T{i}" for i in range(20)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    rng, folder = np.random.default_rng(1), tmp_path_factory.mktemp("stream")
    x = rng.normal(size=(260, 4))
    follows = np.tile(np.arange(20) % 4, (260, 1))
    follows[180:, np.arange(20) % 4 == 2] = 3
    y = np.take_along_axis(x, follows, axis=1) + 0.5 * rng.normal(size=(260, 20))
    lines = ["sample," + ",".join(NAMES)]
    lines += [f"s{i}," + ",".join(f"{v:.6f}" for v in row) for i, row in enumerate(np.column_stack([x, y]))]
    (folder / "e.csv").write_text("\n".join(lines) + "\n")
    (folder / "r.txt").write_text("# regulators\n" + "\n".join(NAMES[:4]) + "\n")
    (folder / "order.txt").write_text("\n".join(f"s{i}" for i in range(170)) + "\n")
    return folder


def test_rewiring_raises_an_alarm_and_shows_as_edges_gained_and_lost(files, tmp_path):
    asked = Streaming(files / "e.csv", 120, files / "r.txt", Samples.ROWS, window=60, most=20)
    found = stream_network(asked, silent, tmp_path)
    alarms = found.table("alarms")
    assert alarms.column("regulator")[0] == "R2"
    assert 180 < alarms.column("number")[0] <= 200
    changes = {row[:3] for row in found.table("changes").rows}
    assert ("R3", "T2", "gained") in changes
    assert ("R2", "T2", "lost") in changes
    kept = found.table("evolution").column("start")
    assert kept[0] > 0.9
    assert kept[-1] < 0.7
    assert (tmp_path / "network_last.tsv").exists()


def test_another_order_ends_before_the_change(files):
    asked = Streaming(files / "e.csv", 120, files / "r.txt", Samples.ROWS, files / "order.txt", half_life=50, most=20)
    found = stream_network(asked, silent, None)
    assert not found.table("alarms").rows
    assert "no regulator's edges stopped to hold" in found.summary


def test_baselines_too_short_and_unknown_samples_are_refused(files, tmp_path):
    with pytest.raises(InvalidContent, match="baseline of 30 of 260"):
        stream_network(Streaming(files / "e.csv", 30, None, Samples.ROWS), silent, None)
    (tmp_path / "order.txt").write_text("s1\nnobody\n")
    with pytest.raises(InvalidContent, match="'nobody' is no sample"):
        stream_network(Streaming(files / "e.csv", 90, None, Samples.ROWS, tmp_path / "order.txt"), silent, None)
