"""Compares keys, ciphertext and shared secrets of the mlkem app with those of the Python model."""

import functools

from firmware.apps.mlkem.model import decapsulate, encapsulate, generate_keys

__all__ = ["MESSAGE", "SEED", "SYMBOLS", "check"]


SEED, MESSAGE = bytes(range(64)), bytes(range(64, 96))
"""What the program takes for random."""

SYMBOLS = ("mlkem_encapsulation_key", "mlkem_decapsulation_key", "mlkem_ciphertext",
           "mlkem_shared_secret", "mlkem_rejected_secret")
"""Variables of the program that hold its answers; `check` wants their contents at the end."""


@functools.cache
def _expected():
    """What `SYMBOLS` must hold."""
    public, private = generate_keys(SEED)
    secret, ciphertext = encapsulate(public, MESSAGE)
    wrong = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    return public, private, ciphertext, secret, decapsulate(private, wrong)


def check(text, symbols):
    """Compares what the program left in memory with what the host computes.

    Parameters:
        text    : str, what the program printed.
        symbols : dict of {name: bytes} for `SYMBOLS`.
    Returns: list of str, one line for each check that passed.
    Raises: ValueError that says what differs.
    """
    for name, value in zip(SYMBOLS, _expected()):
        if symbols[name] != value:
            raise ValueError(f"{name} must be {value.hex()}, not {symbols[name].hex()}")
    return ["check: keys, ciphertext and shared secret equal those of the model in Python",
            "check: a ciphertext with a flipped bit gives the secret of FIPS 203's rejection"]
