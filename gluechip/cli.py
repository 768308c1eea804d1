"""The command line ``gluechip``.

Exit codes: 0 success; 1 a command could not do its work, with one line on stderr that tells the
remedy; 2 wrong arguments. `gluechip run` ends with the exit code of the program, see there.
"""

import argparse
import sys
import traceback

__all__ = ["main"]


def _doctor(arguments):
    from gluechip import doctor

    return doctor.report()


def _parser():
    parser = argparse.ArgumentParser(
        prog="gluechip", description="A RISC-V chip that offloads matmul and Keccak.")
    parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser(
        "doctor", help="list every tool and package, its version, and the remedy if it is missing")
    command.set_defaults(function=_doctor)
    return parser


def main(arguments=None):
    """Runs the command that ``arguments`` (those of the process unless told) name.

    Returns the exit code. Errors of the user and of the machine become one line; what else is
    raised is a defect of Gluechip and keeps its traceback.
    """
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.function(parsed)
    except (RuntimeError, ValueError, OSError) as error:
        if parsed.debug:
            traceback.print_exc()
        print(f"gluechip: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
