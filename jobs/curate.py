"""spark-submit jobs/curate.py …: the same arguments and exit codes as `lakehouse curate`."""

import sys

from lakehouse.cli import main

if __name__ == "__main__":
    main(["curate", *sys.argv[1:]])
