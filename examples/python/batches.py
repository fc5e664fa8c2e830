"""Batches of mimicit in Python: `mimicit serve-batches` makes them, this reads them. Needs pyarrow and numpy.

    from batches import serve_batches

    for batch in serve_batches("out/la", shots=2, batch_size=8, rank=rank, world_size=world_size):
        batch["input_ids"], batch["labels"], batch["pixel_values"]    # numpy, no copy
        batch["state"]                                                # resume=state: the next batch comes

With `pixels="uint8"` a batch has a quarter of the bytes; what makes float32 of them comes along, for whatever device trains:

        (batch["pixel_values"] - batch["pixel_mean"]) / batch["pixel_std"]
"""

import io
import json
import mmap
import os
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

from common import need

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

np = need("numpy", "numpy")
pa = need("pyarrow", "pyarrow")

MAIN = Path(__file__).resolve().parents[2] / "dist" / "cli" / "main.js"


class Stream:
    """Reads a pipe or a socket into memory that goes round: what is new to a process costs several times as much as
    filling it, and a batch of float32 pixels is 19 MB. Memory that any array still stands in is left alone."""

    closed = False

    def __init__(self, raw):
        self.raw, self.kept = raw, []
        try:  # A pipe holds 64 KB unless somebody asks for more, which Linux allows.
            fcntl.fcntl(raw.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)
        except (AttributeError, OSError):
            pass

    def read(self, size):
        """As many bytes, fewer at the end only."""
        memory = memoryview(self.memory(size))[:size]
        at = 0
        while at < size and (got := self.raw.readinto(memory[at:])):
            at += got
        return memory[:at]

    read_buffer = read  # The name by which pyarrow asks, where it takes anything with memory.

    def memory(self, size):
        if size < SMALL:
            return np.empty(size, np.uint8)
        for i in range(len(self.kept)):
            if len(self.kept[i]) >= size and sys.getrefcount(self.kept[i]) == UNUSED:
                return self.kept[i]
        # The next batch may be a little longer.
        self.kept = [np.empty(size + size // 8, np.uint8), *self.kept[: KEPT - 1]]
        return self.kept[0]

    def readable(self):
        return True

    def close(self):
        self.raw.close()


SMALL = 1 << 16
KEPT = 8
LIST = [np.empty(0)]
UNUSED = sys.getrefcount(LIST[0])  # So many know an array that only a list knows.


def read_batches(file):
    """Every batch of a pipe, a file or a socket, opened without a buffer: `open(0, "rb", buffering=0)`."""
    stream = Stream(getattr(file, "raw", file))
    while True:
        try:
            reader = pa.ipc.open_stream(stream)
        except pa.ArrowInvalid as end:
            if "null or length 0" in str(end):
                return  # nothing came any more
            raise
        yield as_arrays(reader.read_next_batch(), reader.schema.metadata)
        # The mark at the end of this batch's stream; the next one begins behind it.
        if next(reader, None) is not None:
            raise ValueError("more than one record batch in the stream of a batch")


class Lender:
    """Memory that `serve-batches --shared-memory` fills (Linux): files without a name, mapped here, that go round as those of
    a `Stream` do. Batches lie where they were written to, and nothing is read."""

    def __init__(self, lend):
        self.lend, self.kept, self.lent = lend, [], deque()

    def offer(self):
        """Lends one that nobody looks at any more, or a new one."""
        free = next((i for i in range(len(self.kept)) if sys.getrefcount(self.kept[i][0]) == UNUSED), None)
        if free is None:
            self.lent.append([NOTHING, os.memfd_create("mimicit batches")])
        else:
            self.lent.append(self.kept.pop(free))
        try:
            self.lend.write(f"/proc/{os.getpid()}/fd/{self.lent[-1][1]}\n".encode())
        except (BrokenPipeError, ConnectionResetError):
            pass  # the command has ended; what it told before is still to be read

    def filled(self, size):
        """The first of those that are lent has so many bytes now."""
        memory, file = self.lent.popleft()
        if len(memory) < size:
            # The next batch may be a little longer.
            os.ftruncate(file, size + size // 8)
            memory = np.frombuffer(mmap.mmap(file, size + size // 8), np.uint8)
        self.kept.insert(0, [memory, file])
        for _, old in self.kept[KEPT:]:
            os.close(old)  # its memory stays for as long as anybody holds an array of it
        del self.kept[KEPT:]
        return memory[:size]

    def close(self):
        for _, file in (*self.kept, *self.lent):
            os.close(file)


NOTHING = np.empty(0, np.uint8)
LENT = 2


def read_shared_batches(told, lend):
    """Every batch of `serve-batches --shared-memory`. `lend` takes the names of files, `told` gives how many bytes they have:
    standard input and output of the command, or for a socket `file = connect(path)` and `read_shared_batches(file, file)`."""
    lines, lender = io.BufferedReader(getattr(told, "raw", told), 64), Lender(lend)
    try:
        for _ in range(LENT):
            lender.offer()
        for line in lines:
            reader = pa.ipc.open_stream(pa.py_buffer(lender.filled(int(line))))
            batch = as_arrays(reader.read_next_batch(), reader.schema.metadata)
            del reader
            lender.offer()
            yield batch
            del batch
    except ConnectionResetError:
        pass  # how a socket ends that had names of files in it; everything that was told has been read then
    finally:
        lender.close()


def connect(address, seconds=60):
    """The stream of `mimicit serve-batches --listen`: a path, or (host, port). Waits until somebody listens there."""
    until = time.monotonic() + seconds
    while True:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        reader = socket.socket(family, socket.SOCK_STREAM)
        try:
            reader.connect(address)
            return reader.makefile("rwb", buffering=0)
        except (ConnectionRefusedError, FileNotFoundError):
            reader.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


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
    for name in ("pixel_mean", "pixel_std"):
        if name.encode() in metadata:  # of uint8 pixels, each with the shape of a channel
            numbers = np.array(json.loads(metadata[name.encode()]), np.float32)
            batch[name] = numbers[:, None, None] if nchw else numbers
    if b"state" in metadata:
        batch["state"] = json.loads(metadata[b"state"])
    for name, column in zip(record.schema.names, record.columns):
        if not pa.types.is_fixed_size_list(column.type):
            batch[name] = column.to_pylist()
            continue
        flat = column.values.to_numpy(zero_copy_only=True)
        batch[name] = flat.reshape(rows, *shapes.get(name, (column.type.list_size,)))
    return batch


def serve_batches(dataset, resume=None, command=("node", str(MAIN)), shared_memory=None, **options):
    """Starts `mimicit serve-batches` and reads what it gives. Options are those of loadMimicIT, in snake_case. Batches come in
    shared memory where there is such a thing (Linux) and `command` is not one that may run elsewhere."""
    if shared_memory is None:
        shared_memory = command == ("node", str(MAIN)) and hasattr(os, "memfd_create")
    words = {"".join([first, *(word.capitalize() for word in rest)]): value
             for name, value in options.items() for first, *rest in [name.split("_")]}
    call = [*command, "serve-batches", str(dataset), "--quiet", "--options", json.dumps(words)]
    if resume is not None:
        call += ["--resume", json.dumps(resume)]
    if shared_memory:
        call.append("--shared-memory")
    pipes = {"stdin": subprocess.PIPE} if shared_memory else {}
    with subprocess.Popen(call, stdout=subprocess.PIPE, bufsize=0, **pipes) as process:
        given = read_shared_batches(process.stdout, process.stdin) if shared_memory else read_batches(process.stdout)
        try:
            # Not `yield from`, which would take lent files away from a command that still fills them when the reader leaves.
            for batch in given:
                yield batch
                del batch
            if process.wait() != 0:
                raise RuntimeError(f"mimicit serve-batches ended with {process.returncode}")
        finally:
            process.terminate()
