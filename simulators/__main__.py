"""`python -m simulators`."""

import sys

from simulators.commands import main

if __name__ == "__main__":
    sys.exit(main())
