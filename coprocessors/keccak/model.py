"""Keccak in plain Python, written from FIPS 202 and as slow and as plain as that text.

A state is a list of 25 lanes, 64-bit integers; lane (x, y) of FIPS 202 is number x + 5*y.
Source: FIPS 202 (August 2015); `sponge` with 12 rounds is TurboSHAKE, RFC 9861 section 2.
"""

from dataclasses import dataclass

__all__ = ["FUNCTIONS", "Function", "LANES", "LANE_BITS", "LANE_BYTES", "ROTATIONS", "ROUNDS",
           "ROUND_CONSTANTS", "ZERO_STATE", "chi", "digest", "iota", "pad", "permute", "pi", "rho",
           "sponge", "sponge_from", "theta"]


LANE_BITS = 64
LANE_BYTES = LANE_BITS // 8
LANES = 25
ROUNDS = 24
"""Rounds of Keccak-f[1600]. A permutation of fewer rounds consists of the last ones of these."""

ZERO_STATE = bytes(LANES * LANE_BYTES)
"""The state that a sponge starts from, as bytes: lane after lane, the lowest byte first."""

_MASK = (1 << LANE_BITS) - 1


def _rotations():
    """Offset of rho for each lane. FIPS 202 section 3.2.2, algorithm 2."""
    offsets = [0] * LANES
    x, y = 1, 0
    for t in range(24):
        offsets[x + 5 * y] = (t + 1) * (t + 2) // 2 % LANE_BITS
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(offsets)


def _round_constant_bit(t):
    """rc(t). FIPS 202 section 3.2.5, algorithm 5."""
    register = 1  # bit i is R[i] of the algorithm
    for _ in range(t % 255):
        register <<= 1
        if register & 0x100:
            register ^= 0x171
    return register & 1


def _round_constant(index):
    """RC of one round. FIPS 202 section 3.2.5, algorithm 6."""
    return sum(_round_constant_bit(j + 7 * index) << ((1 << j) - 1) for j in range(7))


ROTATIONS = _rotations()
ROUND_CONSTANTS = tuple(_round_constant(index) for index in range(ROUNDS))


def _rotate(lane, offset):
    return (lane << offset | lane >> (LANE_BITS - offset)) & _MASK


def theta(state):
    """FIPS 202 section 3.2.1."""
    column = [0] * 5
    for number, lane in enumerate(state):
        column[number % 5] ^= lane
    return [lane ^ column[(number - 1) % 5] ^ _rotate(column[(number + 1) % 5], 1)
            for number, lane in enumerate(state)]


def rho(state):
    """FIPS 202 section 3.2.2."""
    return [_rotate(lane, offset) for lane, offset in zip(state, ROTATIONS)]


def pi(state):
    """FIPS 202 section 3.2.3."""
    return [state[(x + 3 * y) % 5 + 5 * x] for y in range(5) for x in range(5)]


def chi(state):
    """FIPS 202 section 3.2.4."""
    return [state[x + 5 * y] ^ (~state[(x + 1) % 5 + 5 * y] & state[(x + 2) % 5 + 5 * y] & _MASK)
            for y in range(5) for x in range(5)]


def iota(state, index):
    """FIPS 202 section 3.2.5, for the round of number ``index``."""
    return [state[0] ^ ROUND_CONSTANTS[index], *state[1:]]


def permute(state, rounds=ROUNDS):
    """Keccak-p[1600, rounds]. FIPS 202 section 3.3."""
    for index in range(ROUNDS - rounds, ROUNDS):
        state = iota(chi(pi(rho(theta(state)))), index)
    return state


def pad(message, rate_bytes, domain):
    """The message behind which stand the domain byte and pad10*1, a whole number of blocks.

    ``domain`` holds, from bit 0 upwards, the suffix bits of the function and the first 1 of the
    padding (FIPS 202 sections B.2 and 6.1): 0x06 for SHA-3, 0x1F for SHAKE, 0x01 for the original
    Keccak, which has no suffix. With None there is no padding: zeros fill the message up to at
    least one block.
    """
    padded = bytearray(message) + (b"" if domain is None else bytes([domain]))
    padded += bytes(-len(padded) % rate_bytes or (0 if padded else rate_bytes))
    if domain is not None:
        padded[-1] |= 0x80
    return bytes(padded)


def sponge(message, *, rate_bytes, domain, output_bytes, rounds=ROUNDS):
    """The sponge construction, FIPS 202 section 4, algorithm 8: the output of `sponge_from`."""
    return sponge_from(ZERO_STATE, message, rate_bytes=rate_bytes, domain=domain,
                       output_bytes=output_bytes, rounds=rounds)[0]


def sponge_from(state, message, *, rate_bytes, domain, output_bytes, rounds=ROUNDS):
    """Absorbs and squeezes from ``state`` on; returns (output, state behind the last permutation).

    Parameters:
        state        : bytes, as `ZERO_STATE`.
        message      : bytes
        rate_bytes   : int, a multiple of 8 from 8 to 192.
        domain       : int from 1 to 0x7F or None, see `pad`.
        output_bytes : int, 0 or more.
        rounds       : int from 1 to 24, the last so many rounds of Keccak-f[1600].
    Raises: ValueError for anything else.
    """
    if len(state) != len(ZERO_STATE):
        raise ValueError(f"state must have {len(ZERO_STATE)} bytes, not {len(state)}")
    if rate_bytes not in range(LANE_BYTES, LANES * LANE_BYTES, LANE_BYTES):
        raise ValueError(f"rate_bytes must be a multiple of 8 from 8 to 192, not {rate_bytes}")
    if domain is not None and domain not in range(1, 0x80):
        raise ValueError(f"domain must be from 0x01 to 0x7F, not {domain:#x}")
    if output_bytes < 0:
        raise ValueError(f"output_bytes must be 0 or more, not {output_bytes}")
    if rounds not in range(1, ROUNDS + 1):
        raise ValueError(f"rounds must be from 1 to 24, not {rounds}")
    lanes = _lanes(state)
    padded = pad(message, rate_bytes, domain)
    for start in range(0, len(padded), rate_bytes):
        for number, lane in enumerate(_lanes(padded[start:start + rate_bytes])):
            lanes[number] ^= lane
        lanes = permute(lanes, rounds)
    output = _bytes(lanes)[:rate_bytes]
    while len(output) < output_bytes:
        lanes = permute(lanes, rounds)
        output += _bytes(lanes)[:rate_bytes]
    return output[:output_bytes], _bytes(lanes)


def _lanes(content):
    return [int.from_bytes(content[at:at + LANE_BYTES], "little")
            for at in range(0, len(content), LANE_BYTES)]


def _bytes(lanes):
    return b"".join(lane.to_bytes(LANE_BYTES, "little") for lane in lanes)


@dataclass(frozen=True)
class Function:
    """What makes a function of the sponge: rate in lanes, domain byte, rounds, output.

    ``output_bytes`` is None for a function whose output has any length.
    """

    rate_lanes: int
    domain: int
    output_bytes: int | None
    rounds: int = ROUNDS

    @property
    def rate_bytes(self):
        """Bytes of a block."""
        return self.rate_lanes * LANE_BYTES


def _fixed(output_bytes, domain):
    """A hash of ``output_bytes``, whose capacity is twice that."""
    return Function(LANES - 2 * output_bytes // LANE_BYTES, domain, output_bytes)


FUNCTIONS = {
    **{f"sha3_{8 * size}": _fixed(size, 0x06) for size in (28, 32, 48, 64)},
    **{f"keccak_{8 * size}": _fixed(size, 0x01) for size in (28, 32, 48, 64)},
    "shake128": Function(21, 0x1F, None),
    "shake256": Function(17, 0x1F, None),
}
"""The functions by name. FIPS 202 section 6; ``keccak_*`` is the padding of Keccak 3.0."""


def digest(name, message, output_bytes=None):
    """Digest of ``message`` by the function called ``name``; raises KeyError for an unknown one.

    ``output_bytes`` must be given for a function whose output has any length, and only for it.
    """
    function = FUNCTIONS[name]
    if (output_bytes is None) == (function.output_bytes is None):
        raise ValueError(f"output_bytes of {name} must be "
                         f"{'a number' if output_bytes is None else 'None'}, not {output_bytes}")
    return sponge(message, rate_bytes=function.rate_bytes, domain=function.domain,
                  rounds=function.rounds,
                  output_bytes=function.output_bytes if output_bytes is None else output_bytes)
