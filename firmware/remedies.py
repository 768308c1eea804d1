"""What errors advise whoever has too little memory."""

from soc.configuration import RAM_LIMIT_BYTES, RAM_STEP_BYTES

__all__ = ["ram_remedy"]


def ram_remedy(needed_bytes, *others):
    """The end of the sentence on a RAM that must hold ``needed_bytes``; ``others`` are what would
    do as well, words each."""
    size = -(-needed_bytes // RAM_STEP_BYTES) * RAM_STEP_BYTES
    ways = [*([f"--ram-bytes {size}"] if size <= RAM_LIMIT_BYTES else []), *others]
    if not ways:
        return f"no chip has more than {RAM_LIMIT_BYTES}"
    return ", and so would ".join([f"{ways[0]} would do", *ways[1:]])
