"""``python -m gluechip`` is the command line."""

import sys

from gluechip.cli import main

sys.exit(main())
