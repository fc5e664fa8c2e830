"""Small files as torch.save writes them, one for each thing that weights.test.ts holds them against.

Run with Python and torch: python3 make.py. The values of every tensor are 0, 1, 2 ... in the order of its elements unless
the name says otherwise, so the tests need no second file.
"""

import argparse
from collections import OrderedDict
from pathlib import Path

import torch

here = Path(__file__).parent


def counted(*shape, dtype=torch.float32):
    return torch.arange(torch.Size(shape).numel(), dtype=dtype).reshape(shape)


# Strides, offsets, shared storages, types; in a dict with other things around it.
whole = counted(4, 6)
shared = counted(10)
state = OrderedDict(
    {
        "transposed": counted(3, 5).t().contiguous().t(),
        "permuted": counted(2, 3, 4).permute(2, 0, 1).contiguous().permute(1, 2, 0),
        "columns": whole[:, 1:4],  # 1 2 3 7 8 9 13 14 15 19 20 21
        "rows": whole[2:3],  # 12 .. 17
        "every other": shared[::2],  # 0 2 4 6 8
        "tail": shared[7:],  # 7 8 9
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3),
        "double": counted(3, dtype=torch.float64),
        "half": counted(3, dtype=torch.float16),
        "brain": counted(3, dtype=torch.bfloat16),
        "long": counted(3, dtype=torch.int64),
        "int": counted(3, dtype=torch.int32),
        "short": counted(3, dtype=torch.int16),
        "char": counted(3, dtype=torch.int8),
        "byte": counted(3, dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "eight bits": torch.ones(3).to(torch.float8_e4m3fn),
        "parameter": torch.nn.Parameter(counted(2, 2)),
    }
)
state._metadata = OrderedDict({"": {"version": 1}})
around = {"epoch": 3, "loss": 0.25, "size": torch.Size([2, 3]), "dtype": torch.float16, "seed": 2**40, "none": None}
torch.save({**around, "state_dict": state}, here / "odd.pt")
torch.save({"weight": counted(2, 3)}, here / "protocol4.pt", pickle_protocol=4)
torch.save({"weight": counted(2, 3)}, here / "legacy.pt", _use_new_zipfile_serialization=False)
# One value shown a thousand times.
torch.save({"weight": torch.ones(1).expand(1000)}, here / "expanded.pt")
torch.save({"args": argparse.Namespace(lr=1), "state_dict": {"weight": counted(2)}}, here / "namespace.pt")
torch.save({"epoch": 1, "step": 2}, here / "no-tensors.pt")


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(counted(2))

    def forward(self, x):
        return x * self.weight


torch.jit.script(Module()).save(str(here / "program.pt"))
