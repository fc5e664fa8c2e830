"""What it costs to bring bytes to another process, with nothing else done: CPU seconds a GB of both sides, for a pipe that holds
1 MB and for a Unix socket, each from memory and to memory that both processes keep; and for files in memory, which are read where
they are (Linux). `bare_transfer.py <bytes of a batch>`."""

import fcntl
import json
import os
import resource
import socket
import sys
import time

size = int(sys.argv[1])
times = max(20, 2 * 10**9 // size)
# Real batches come one after the other, and are out of the caches when they go.
ahead = max(1, min(16, 2 * 10**8 // size))


def made():
    return [memoryview(bytearray(b"\x55") * size) for _ in range(ahead)]


def cpu(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 1 << 20)
    return reader, writer


def unix_socket():
    ends = socket.socketpair()
    return ends[0].detach(), ends[1].detach()


def measure(channel):
    """CPU and wall seconds of bringing everything over."""
    reader, writer = channel()
    before = cpu(resource.RUSAGE_SELF) + cpu(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if child == 0:
        os.close(reader)
        batches = made()
        for i in range(times):
            batch = batches[i % len(batches)]
            at = 0
            while at < size:
                at += os.write(writer, batch[at:])
        os._exit(0)
    os.close(writer)
    memory = memoryview(bytearray(b"\x55") * size)
    began = time.monotonic()
    for _ in range(times):
        at = 0
        while at < size:
            at += os.readv(reader, [memory[at:]])
    wall = time.monotonic() - began
    os.waitpid(child, 0)
    os.close(reader)
    after = cpu(resource.RUSAGE_SELF) + cpu(resource.RUSAGE_CHILDREN)
    gigabytes = size * times / 1e9
    return {"cpu": (after - before) / gigabytes, "wall": wall / gigabytes}


def measure_files():
    """The same for files in memory that go round: one process writes them, and the other has them."""
    files = [os.memfd_create("bare transfer") for _ in range(4)]
    batches = made()
    for file in files:
        os.pwrite(file, batches[0], 0)
    before, began = cpu(resource.RUSAGE_SELF), time.monotonic()
    for i in range(times):
        os.pwrite(files[i % len(files)], batches[i % len(batches)], 0)
    wall, gigabytes = time.monotonic() - began, size * times / 1e9
    return {"cpu": (cpu(resource.RUSAGE_SELF) - before) / gigabytes, "wall": wall / gigabytes}


print(json.dumps({"pipe": measure(pipe), "socket": measure(unix_socket), "file in memory": measure_files()}))
