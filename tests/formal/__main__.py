"""Runs all proofs, or those whose names begin with one of the arguments: ``make formal``.

Prints a table, writes ``build/formal.json``, and ends with 1 when a proof fails, a cover is not
reached, or a mutant is not found.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from sim.harness import BUILD_DIR
from tests.formal import engines
from tests.formal.catalogue import PROOFS
from tests.formal.proof import Verdict

_ROW = "{:16} {:58} {:12} {:10} {:>5} {:>7}  {}"


def _line(outcome):
    proof, mutants = outcome.proof, f"{outcome.killed}/{len(outcome.mutants)}"
    good = outcome.verdict == Verdict.TRUE
    return _ROW.format(proof.name, proof.claim, str(proof.method), proof.method.reach,
                       f"{outcome.seconds:.0f}", mutants, "proved" if good else outcome.verdict)


def main(names):
    """Runs the proofs; returns the exit code."""
    chosen = [proof for proof in PROOFS if not names or proof.name.startswith(tuple(names))]
    if not chosen:
        print(f"names must begin like one of {', '.join(proof.name for proof in PROOFS)}, "
              f"not {', '.join(names)}", file=sys.stderr)
        return 2
    print(_ROW.format("what", "claim", "method", "reach", "s", "mutants", ""), flush=True)
    outcomes = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for outcome in pool.map(lambda proof: proof.run(), chosen):
                print(_line(outcome), flush=True)
                outcomes.append(outcome)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            engines.stop()
            return 130
    path = BUILD_DIR / "formal.json"
    path.write_text(json.dumps([outcome.record for outcome in outcomes], indent=2) + "\n")
    print(f"wrote {path}")
    failures = [line for outcome in outcomes for line in outcome.failures]
    print(*failures, sep="\n", end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RuntimeError as error:  # a program is missing or has failed
        sys.exit(str(error))
