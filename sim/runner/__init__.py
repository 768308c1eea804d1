"""The fast runner: programs on the compiled SoC, without Python in the clock loop."""

from sim.runner.build import build_runner
from sim.runner.run import DEFAULT_MAX_CYCLES, Conflict, RunResult, Trap, check_writable, run

__all__ = ["DEFAULT_MAX_CYCLES", "Conflict", "RunResult", "Trap", "build_runner", "check_writable",
           "run"]
