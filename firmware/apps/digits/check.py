"""Checks the answers of the digits demo on the host: logits with numpy, digest with hashlib."""

import hashlib
import re
from pathlib import Path

import numpy as np

from coprocessors.matmul.model import matmul

__all__ = ["SYMBOLS", "check", "expected_logits"]


SYMBOLS = ("digits_logits", "digits_digest")
"""Variables of the program that hold its answers; `check` wants their contents at the end."""

_HEADER = Path(__file__).with_name("model.h")
_KINDS = {"int8_t": np.int8, "uint8_t": np.uint8, "int32_t": np.int32}


def _model():
    """({name: number}, {name: array}) of ``model.h``."""
    text = _HEADER.read_text()
    numbers = {name: int(value) for name, value in re.findall(r"#define (\w+) (-?\d+)\n", text)}
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    arrays = {name: np.array([int(v, 0) for v in body.split(",") if v.strip()], _KINDS[kind])
              for kind, name, body in re.findall(
                  r"static const (\w+) (\w+)\[[^]]*\] = \{([^}]*)\}", text)}
    return numbers, arrays


def expected_logits(images):
    """Logits of the first ``images`` held-out images: int8 array (images, classes)."""
    numbers, arrays = _model()
    packed = arrays["packed_images"].reshape(numbers["HELD_OUT"], -1)[:images]
    x = np.stack([packed & 15, packed >> 4], axis=-1).reshape(images, -1).astype(np.int8)
    for layer in range(1, numbers["LAYERS"] + 1):
        shape = (numbers[f"OUTPUTS_{layer}"], numbers[f"INPUTS_{layer}"])
        x = matmul(x, arrays[f"weights_{layer}"].reshape(shape),
                   a_zero=numbers[f"INPUT_ZERO_{layer}"], bias=arrays[f"bias_{layer}"],
                   multiplier=arrays[f"multipliers_{layer}"], shift=arrays[f"shifts_{layer}"],
                   c_zero=numbers[f"OUTPUT_ZERO_{layer}"])
    return x


def check(text, symbols):
    """Compares what the program printed and left in memory with what the host computes.

    Parameters:
        text    : str, what the program printed.
        symbols : dict of {name: bytes} for `SYMBOLS`.
    Returns: list of str, one line for each check that passed.
    Raises: ValueError that says what differs.
    """
    numbers, _ = _model()
    logits = np.frombuffer(symbols["digits_logits"], np.int8).reshape(-1, numbers["CLASSES"])
    expected = expected_logits(len(logits))
    if (logits != expected).any():
        row = int(np.nonzero((logits != expected).any(axis=1))[0][0])
        raise ValueError(f"Logits of image {row} must be {expected[row].tolist()}, "
                         f"not {logits[row].tolist()}")
    digest = hashlib.sha3_256(expected.tobytes()).hexdigest()
    if symbols["digits_digest"].hex() != digest:
        raise ValueError(f"SHA3-256 of the logits must be {digest}, "
                         f"not {symbols['digits_digest'].hex()}")
    if f"sha3-256  {digest}\n" not in text:
        raise ValueError(f"The program must print the digest {digest}")
    return [f"check: {logits.size} logits of {len(logits)} images equal numpy's, bit for bit",
            "check: SHA3-256 of the logits equals hashlib's"]
