"""Tells on stderr what is being done and how long it has taken."""

import sys
import threading
import time

__all__ = ["Progress"]


class Progress:
    """Called with a sentence, announces a step; while the step lasts, gives signs of life.

    Called with None, it is silent until the next step. Use it as a context manager, which ends the
    last step. ``quiet`` makes it say nothing.
    """

    SECONDS_BETWEEN_SIGNS = 10

    def __init__(self, *, quiet=False):
        self._quiet = quiet
        self._start = time.monotonic()
        self._step = None
        self._ended = threading.Event()

    def __enter__(self):
        if not self._quiet:
            self._thread = threading.Thread(target=self._give_signs, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exception):
        self._step = None
        self._ended.set()

    def __call__(self, step):
        self._step = step
        if step is not None:
            self._say(step)

    def _say(self, text):
        if not self._quiet:
            elapsed = time.monotonic() - self._start
            print(f"[{elapsed:5.1f} s] {text}", file=sys.stderr, flush=True)

    def _give_signs(self):
        while True:
            step = self._step
            if self._ended.wait(self.SECONDS_BETWEEN_SIGNS):
                return
            if step is not None and step is self._step:
                self._say(f"... still {step}")
