"""The chip with external memory of the tests: one, since each is compiled anew."""

from soc.configuration import preset

__all__ = ["EXTERNAL_CHIP"]


EXTERNAL_CHIP = preset("small", network_jobs=True, external_bytes=128 * 1024)
