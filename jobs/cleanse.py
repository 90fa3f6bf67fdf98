"""spark-submit jobs/cleanse.py …: the same arguments and exit codes as `lakehouse cleanse`."""

import sys

from lakehouse.cli import main

if __name__ == "__main__":
    main(["cleanse", *sys.argv[1:]])
