"""Batches of mimicit in Python: `mimicit serve-batches` makes them, this reads them. Needs pyarrow and numpy.

    from batches import serve_batches

    for batch in serve_batches("out/la", shots=2, batch_size=8, rank=rank, world_size=world_size):
        batch["input_ids"], batch["labels"], batch["pixel_values"]    # numpy, no copy
        batch["state"]                                                # resume=state: the next batch comes
"""

import json
import subprocess
from pathlib import Path

from common import need

np = need("numpy", "numpy")
pa = need("pyarrow", "pyarrow")

MAIN = Path(__file__).resolve().parents[2] / "dist" / "cli" / "main.js"


def read_batches(stream):
    """Every batch of a stream of bytes: a pipe, a file, or `socket.makefile("rb")`."""
    while True:
        try:
            reader = pa.ipc.open_stream(stream)
        except pa.ArrowInvalid:
            return  # the stream has ended
        yield as_arrays(reader.read_next_batch(), reader.schema.metadata)
        # The mark at the end of this batch's stream; the next one begins behind it.
        if next(reader, None) is not None:
            raise ValueError("more than one record batch in the stream of a batch")


def as_arrays(record, metadata):
    """Columns as arrays of their shapes; the numbers stay where they were read to."""
    shape = json.loads(metadata[b"shape"])
    rows, frames, size = shape["B"], (shape["T"], shape["F"]), (shape["H"], shape["W"])
    nchw = metadata[b"pixel_layout"] == b"NCHW"
    shapes = {
        "media_mask": frames,
        "media_times": frames,
        "pixel_values": (*frames, 3, *size) if nchw else (*frames, *size, 3),
    }
    batch = {"shape": shape, "epoch": int(metadata[b"epoch"]), "step": int(metadata[b"step"])}
    if b"state" in metadata:
        batch["state"] = json.loads(metadata[b"state"])
    for name, column in zip(record.schema.names, record.columns):
        if not pa.types.is_fixed_size_list(column.type):
            batch[name] = column.to_pylist()
            continue
        flat = column.values.to_numpy(zero_copy_only=True)
        batch[name] = flat.reshape(rows, *shapes.get(name, (column.type.list_size,)))
    return batch


def serve_batches(dataset, resume=None, command=("node", str(MAIN)), **options):
    """Starts `mimicit serve-batches` and reads what it gives. Options are those of loadMimicIT, in snake_case."""
    words = {"".join([first, *(word.capitalize() for word in rest)]): value
             for name, value in options.items() for first, *rest in [name.split("_")]}
    call = [*command, "serve-batches", str(dataset), "--quiet", "--options", json.dumps(words)]
    if resume is not None:
        call += ["--resume", json.dumps(resume)]
    with subprocess.Popen(call, stdout=subprocess.PIPE) as process:
        try:
            yield from read_batches(process.stdout)
            if process.wait() != 0:
                raise RuntimeError(f"mimicit serve-batches ended with {process.returncode}")
        finally:
            process.terminate()
