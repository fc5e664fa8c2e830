"""Reads the batches of `mimicit serve-batches` from standard input, or from a Unix socket that is named (`--shared` behind it
lends memory), with pyarrow, as examples/python/batches.py does: no number is touched. Prints what it saw as a line of JSON."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "python"))
from batches import connect, read_batches, read_shared_batches  # noqa: E402

stream = sys.stdin.buffer if len(sys.argv) < 2 else connect(sys.argv[1])
seen = []
for batch in read_shared_batches(stream, stream) if "--shared" in sys.argv else read_batches(stream):
    seen.append((time.monotonic(), batch["shape"]["B"]))
# As watch.js counts.
(first, _), *counted = seen[len(seen) // 3 :]
samples = sum(rows for _, rows in counted)
print(json.dumps({"batches": len(seen), "samples": samples, "seconds": counted[-1][0] - first}))
