"""The functions of SP 800-185 and KangarooTwelve in plain Python, as their texts have them.

Every function takes the strength, 128 or 256, first.
Source: NIST SP 800-185 (December 2016), RFC 9861 (October 2025).
"""

from Crypto.Hash import TurboSHAKE128, TurboSHAKE256

from coprocessors.keccak.model import digest, sponge

__all__ = ["cshake", "kangaroo_twelve", "kmac", "parallel_hash", "tuple_hash"]

_RATE_BYTES = {128: 168, 256: 136}


def _number(x, least_bytes=1):
    return x.to_bytes(max(least_bytes, (x.bit_length() + 7) // 8), "big")


def _left_encode(x):
    return bytes([len(_number(x))]) + _number(x)


def _right_encode(x):
    return _number(x) + bytes([len(_number(x))])


def _encode_string(s):
    return _left_encode(8 * len(s)) + s


def _bytepad(x, w):
    padded = _left_encode(w) + x
    return padded + bytes(-len(padded) % w)


def cshake(strength, message, output_bytes, name=b"", customization=b""):
    """SP 800-185 section 3.3."""
    if not name and not customization:
        return digest(f"shake{strength}", message, output_bytes)
    rate = _RATE_BYTES[strength]
    prefix = _bytepad(_encode_string(name) + _encode_string(customization), rate)
    return sponge(prefix + message, rate_bytes=rate, domain=0x04, output_bytes=output_bytes)


def _length(output_bytes, xof):
    return _right_encode(0 if xof else 8 * output_bytes)


def kmac(strength, key, message, output_bytes, customization=b"", *, xof=False):
    """SP 800-185 sections 4.3 and 4.3.1."""
    text = _bytepad(_encode_string(key), _RATE_BYTES[strength]) + message
    return cshake(strength, text + _length(output_bytes, xof), output_bytes, b"KMAC",
                  customization)


def tuple_hash(strength, elements, output_bytes, customization=b"", *, xof=False):
    """SP 800-185 sections 5.3 and 5.3.1."""
    text = b"".join(map(_encode_string, elements))
    return cshake(strength, text + _length(output_bytes, xof), output_bytes, b"TupleHash",
                  customization)


def parallel_hash(strength, message, block_bytes, output_bytes, customization=b"", *, xof=False):
    """SP 800-185 sections 6.3 and 6.3.1."""
    blocks = [message[i:i + block_bytes] for i in range(0, len(message), block_bytes)]
    text = _left_encode(block_bytes)
    text += b"".join(cshake(strength, block, 2 * strength // 8) for block in blocks)
    text += _right_encode(len(blocks)) + _length(output_bytes, xof)
    return cshake(strength, text, output_bytes, b"ParallelHash", customization)


def kangaroo_twelve(strength, message, output_bytes, customization=b""):
    """KT128 and KT256, RFC 9861 sections 3.2 and 3.4."""
    def turboshake(text, domain, size):
        package = {128: TurboSHAKE128, 256: TurboSHAKE256}[strength]
        return package.new(domain=domain, data=text).read(size)

    def length_encode(x):
        number = _number(x, 0)
        return number + bytes([len(number)])

    text = message + customization + length_encode(len(customization))
    first, *others = (text[i:i + 8192] for i in range(0, len(text), 8192))
    if not others:
        return turboshake(first, 0x07, output_bytes)
    node = first + b"\x03" + bytes(7)
    node += b"".join(turboshake(chunk, 0x0B, strength // 4) for chunk in others)
    node += length_encode(len(others)) + b"\xff\xff"
    return turboshake(node, 0x06, output_bytes)
