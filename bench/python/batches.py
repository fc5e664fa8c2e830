"""Reads the batches of `mimicit serve-batches` from standard input, or from a Unix socket that is named (`--shared` behind it
lends memory), with pyarrow, as examples/python/batches.py does: no number is touched. Says of each when it came."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "python"))
from batches import connect, read_batches, read_shared_batches  # noqa: E402

stream = sys.stdin.buffer if len(sys.argv) < 2 else connect(sys.argv[1])
for batch in read_shared_batches(stream, stream) if "--shared" in sys.argv else read_batches(stream):
    # As watch.js says it.
    os.write(1, f"{time.monotonic_ns()} {batch['shape']['B']} {batch['pixel_values'].nbytes}\n".encode())
