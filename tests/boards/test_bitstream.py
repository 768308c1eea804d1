"""The bitstream flow stops where it must; whole builds belong to `make bitstream`."""

import pytest

from boards import bitstream
from boards.board import board
from boards.synthesis import Synthesis
from soc.configuration import PRESETS


def test_design_that_exceeds_its_part_is_not_routed(tmp_path, monkeypatch):
    def synthesize(verilog, top, directory, **options):
        return Synthesis(directory, directory / "n.json", directory / "n.v", {"LUT4": 24_300})

    def route_seeds(*arguments, **options):
        raise AssertionError("place and route must not start")

    monkeypatch.setattr(bitstream, "synthesize", synthesize)
    monkeypatch.setattr(bitstream, "route_seeds", route_seeds)
    (tmp_path / "gluechip.bit").write_bytes(b"old")
    with pytest.raises(ValueError, match="small must be at most 24288 for a 25F, .* 12 too many"):
        bitstream.build_bitstream(board("ulx3s-25f"), PRESETS["small"], "", tmp_path,
                                  report=lambda line: None)
    assert list(tmp_path.iterdir()) == []
