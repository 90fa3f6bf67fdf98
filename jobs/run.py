"""spark-submit jobs/run.py …: the same arguments and exit codes as `lakehouse run`."""

import sys

from lakehouse.cli import main

if __name__ == "__main__":
    main(["run", *sys.argv[1:]])
