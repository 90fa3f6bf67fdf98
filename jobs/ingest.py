"""spark-submit jobs/ingest.py …: the same arguments and exit codes as `lakehouse ingest`."""

import sys

from lakehouse.cli import main

if __name__ == "__main__":
    main(["ingest", *sys.argv[1:]])
