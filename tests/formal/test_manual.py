"""The manual's table of proofs."""

import re
from pathlib import Path

from tests.formal.catalogue import PROOFS

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "formal.md"


def test_the_manual_lists_every_proof_as_it_is():
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([^|]*) \| ([^|]*) \| (\d+) \|$", _PAGE.read_text(),
                      re.MULTILINE)
    assert sorted(rows) == sorted(
        (proof.name, str(proof.method), proof.method.reach, str(len(proof.mutants)))
        for proof in PROOFS)
