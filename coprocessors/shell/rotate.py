"""Byte rotation by a variable count."""

from amaranth.hdl import Cat, Mux

__all__ = ["rotate_bytes_left", "rotate_bytes_right"]


def rotate_bytes_left(word, count):
    """``word`` (64 bits) with byte i moved to byte (i + ``count``) mod 8; ``count`` has 3 bits."""
    for bit, size in enumerate((8, 16, 32)):
        word = Mux(count[bit], Cat(word[-size:], word[:-size]), word)
    return word


def rotate_bytes_right(word, count):
    """``word`` (64 bits) with byte (i + ``count``) mod 8 moved to byte i; ``count`` has 3 bits."""
    for bit, size in enumerate((8, 16, 32)):
        word = Mux(count[bit], Cat(word[size:], word[:size]), word)
    return word
