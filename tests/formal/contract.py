"""What is public about a program: the assumptions of the proofs that data do not show in time.

Two copies of a core run side by side. The clauses say in what they are equal: what the program
tells by its path, its addresses and its CSRs. All else is data, of which each copy has its own:
registers, what memory and devices answer, products. Each clause is needed: without it the proof
fails.
"""

__all__ = ["CLAUSES", "held_clauses"]


def _branch(parts):
    """Whether a conditional branch is taken, when it leaves execute."""
    execute = parts.execute
    return parts.rvfi.issued & execute.control.branch, execute.issue.taken


def _target(parts):
    """Where jalr goes, when it leaves execute."""
    return parts.rvfi.issued & parts.execute.control.jalr, parts.execute.load_address


def _address(parts):
    """The address of a load or store, when it leaves execute or RAM is read for it."""
    control = parts.execute.control
    accesses = parts.rvfi.issued & (control.load | control.store)
    return accesses | parts.load_store.load, parts.execute.load_address


def _csr_value(parts):
    """What is written to a CSR."""
    return parts.csr.write, parts.csr.groups[0].write_data


CLAUSES = {"branch": _branch, "target": _target, "address": _address, "csr_value": _csr_value}
"""{name: function of a core's submodules, that tells (when, what) is equal}."""


def held_clauses(cores, *, without=None):
    """Conditions that two cores, given by their submodules, obey all clauses but one."""
    for name, clause in CLAUSES.items():
        if name != without:
            (when, value), (_, other) = (clause(core) for core in cores)
            yield ~when | (value == other)
