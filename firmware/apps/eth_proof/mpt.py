"""RLP, and Merkle-Patricia tries with proofs: enough to make a proof for the demo.

Source: Ethereum yellow paper, appendices B to D.
"""

from coprocessors.keccak.model import digest

__all__ = ["HASH_BYTES", "Trie", "encode", "integer", "keccak"]

HASH_BYTES = 32

_SHORT = 55


def keccak(message):
    """Keccak-256, as Ethereum uses it."""
    return digest("keccak_256", message)


def integer(number):
    """``number`` as RLP takes it: its bytes, the largest first, none for 0."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode(item):
    """RLP of bytes, or of a list of items."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _with_length(item, 0x80)
    return _with_length(b"".join(map(encode, item)), 0xC0)


def _with_length(payload, first):
    if len(payload) <= _SHORT:
        return bytes([first + len(payload)]) + payload
    length = integer(len(payload))
    return bytes([first + _SHORT + len(length)]) + length + payload


def _nibbles(path):
    return [nibble for byte in path for nibble in divmod(byte, 16)]


def _hex_prefix(nibbles, is_leaf):
    flags = 2 * is_leaf + len(nibbles) % 2
    nibbles = [flags, *([] if flags % 2 else [0]), *nibbles]
    return bytes(16 * high + low for high, low in zip(nibbles[::2], nibbles[1::2]))


class Trie:
    """The trie of ``contents``, {key: value}, whose paths are the hashes of its keys.

    Members: root : bytes, its hash.
    """

    def __init__(self, contents):
        self._by_hash = {}
        self._top = self._node(
            sorted((_nibbles(keccak(key)), value) for key, value in contents.items()), 0)
        self.root = keccak(encode(self._top))

    def _node(self, entries, depth):
        """The node, as an item, of ``entries``, [(nibbles, value)], which agree up to ``depth``."""
        if not entries:
            return b""
        first, value = entries[0]
        if len(entries) == 1:
            return [_hex_prefix(first[depth:], True), value]
        end = depth
        while all(path[end] == first[end] for path, _ in entries):
            end += 1
        if end > depth:
            return [_hex_prefix(first[depth:end], False),
                    self._reference(self._node(entries, end))]
        return [*(self._reference(self._node([e for e in entries if e[0][depth] == nibble],
                                             depth + 1)) for nibble in range(16)), b""]

    def _reference(self, node):
        """What stands for ``node`` in the one above."""
        if len(encode(node)) < HASH_BYTES:
            return node
        key = keccak(encode(node))
        self._by_hash[key] = node
        return key

    def proof(self, key):
        """RLP of the nodes on the way to ``key``, whether it is there or not, from the root on."""
        path, node = _nibbles(keccak(key)), self._top
        proof = [encode(node)] if node else []
        while node:
            if len(node) == 2:
                flags, *nibbles = _nibbles(node[0])
                nibbles = nibbles[1 - flags % 2:]
                if flags >= 2 or path[:len(nibbles)] != nibbles:
                    break
                node, path = node[1], path[len(nibbles):]
            else:
                node, path = node[path[0]], path[1:]
            if isinstance(node, bytes) and node:
                node = self._by_hash[node]
                proof.append(encode(node))
        return proof
