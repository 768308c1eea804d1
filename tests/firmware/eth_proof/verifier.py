"""The C of eth_proof on this machine: as it is, or with a mistake."""

import ctypes
import re
from dataclasses import dataclass
from pathlib import Path

from firmware.apps.eth_proof.generate import pieces_of
from firmware.build import APPS_DIR, DRIVERS_DIR, build_host_library
from tests.firmware.host import CONFIGURATION, HOST_KECCAK

__all__ = ["APP_DIR", "FAULTS", "Found", "Image", "Verifier", "with_mistake"]

APP_DIR = APPS_DIR / "eth_proof"
_SOURCES = ("rlp.c", "trie.c", "proof.c", "fault.c")

FAULTS = re.findall(r"^    (FAULT_\w+)(?: = 0)?,", (APP_DIR / "fault.h").read_text(), re.MULTILINE)
"""Names of ``fault_t`` by value."""

NO_NODE = 2**32 - 1


class _Span(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("length", ctypes.c_uint32)]

    def bytes(self):
        return None if self.at is None else ctypes.string_at(self.at, self.length)


_Word = ctypes.c_uint8 * 32


def _word(number):
    return _Word(*number.to_bytes(32, "big"))


class _Account(ctypes.Structure):
    _fields_ = [(name, _Word) for name in ("nonce", "balance", "storage_hash", "code_hash")]


class _Slot(ctypes.Structure):
    _fields_ = [("value", _Word), ("nodes", ctypes.c_uint32)]


class _Request(ctypes.Structure):
    _fields_ = [("block_hash", _Word), ("account", _Account), ("account_nodes", ctypes.c_uint32),
                ("slots", ctypes.POINTER(_Slot)), ("slot_count", ctypes.c_uint32),
                ("pieces", ctypes.POINTER(_Span)), ("piece_count", ctypes.c_uint32)]


class _Verdict(ctypes.Structure):
    _fields_ = [("fault", ctypes.c_int), ("part", ctypes.c_int), ("slot", ctypes.c_uint32),
                ("node", ctypes.c_uint32), ("number", ctypes.c_uint64), ("present", ctypes.c_bool)]


@dataclass(frozen=True)
class Found:
    """What a check has found: ``fault`` (name), ``place`` (part, slot or None, node or None),
    ``number`` of the block, ``present``."""

    fault: str
    place: tuple
    number: int
    present: bool


class Image:
    """A `Request` in memory, whose bits can be changed: ``pieces`` is a list of ctypes arrays,
    ``request`` the structure."""

    def __init__(self, request):
        self.pieces = [(ctypes.c_uint8 * max(len(piece), 1)).from_buffer_copy(piece or b"\0")
                       for piece in pieces_of(request)]
        self._spans = (_Span * len(self.pieces))(*(
            _Span(ctypes.addressof(array), len(piece))
            for array, piece in zip(self.pieces, pieces_of(request))))
        self._slots = (_Slot * max(len(request.slots), 1))(*(
            _Slot(_word(slot.value), len(slot.proof))
            for slot in request.slots))
        self.request = _Request(
            _Word(*request.block_hash),
            _Account(_word(request.nonce), _word(request.balance), _Word(*request.storage_hash),
                     _Word(*request.code_hash)),
            len(request.account_proof), self._slots, len(request.slots), self._spans,
            len(self.pieces))
        self.slots = self._slots


class Verifier:
    """The app's C as a library; ``changed`` is a source that takes the place of the one of its
    name."""

    def __init__(self, changed=None):
        sources = [changed if changed and changed.name == name else APP_DIR / name
                   for name in _SOURCES]
        self._library = ctypes.CDLL(str(build_host_library(
            "eth_proof", [*sources, Path(__file__).with_name("host.c"), HOST_KECCAK,
                          DRIVERS_DIR / "keccak_cpu.c"], CONFIGURATION, include=[APP_DIR])))
        self._library.fault_text.restype = ctypes.c_char_p

    def text(self, fault):
        """What the program says of the fault called so."""
        return self._library.fault_text(FAULTS.index(fault)).decode()

    def constant(self, name):
        """32 bytes of the variable ``name``."""
        return bytes(_Word.in_dll(self._library, name))

    def rlp(self, data):
        """Name of what is wrong with the one item ``data``."""
        return FAULTS[self._library.host_rlp_check(data, len(data))]

    def integer(self, data, maximum_bytes):
        """(fault, int) of an integer."""
        digits = _Span()
        fault = FAULTS[self._library.host_rlp_integer(data, len(data), maximum_bytes,
                                                      ctypes.byref(digits))]
        return fault, None if fault != "FAULT_NONE" else int.from_bytes(digits.bytes() or b"",
                                                                        "big")

    def lookup(self, root, path, nodes):
        """(fault, value or None, number of the node) of `trie_lookup`."""
        buffers = [ctypes.create_string_buffer(node, max(len(node), 1)) for node in nodes]
        spans = (_Span * max(len(nodes), 1))(*(_Span(ctypes.addressof(buffer), len(node))
                                               for buffer, node in zip(buffers, nodes)))
        value, node = _Span(), ctypes.c_uint32()
        fault = self._library.host_lookup(root, path, len(path), spans, len(nodes),
                                          ctypes.byref(value), ctypes.byref(node))
        return FAULTS[fault], None if fault else value.bytes(), node.value

    def check(self, image):
        """`Found` for an `Image`, or a `Request`."""
        image = image if isinstance(image, Image) else Image(image)
        verdict = _Verdict()
        self._library.host_check(ctypes.byref(image.request), ctypes.byref(verdict))
        part = ("header", "account", "slot")[verdict.part]
        return Found(FAULTS[verdict.fault],
                     (part, verdict.slot if part == "slot" else None,
                      None if verdict.node == NO_NODE else verdict.node),
                     verdict.number, verdict.present)


def with_mistake(folder, name, old, new):
    """Path of a copy of the app's source ``name`` in ``folder``, where ``new`` stands for ``old``,
    which must be there once."""
    text = (APP_DIR / name).read_text()
    assert text.count(old) == 1, f"{old!r} must be in {name} once, not {text.count(old)} times"
    path = folder / name
    path.write_text(text.replace(old, new))
    return path
