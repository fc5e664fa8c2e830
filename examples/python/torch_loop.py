"""A plain PyTorch loop on batches of mimicit: `python3 torch_loop.py out/la [steps] [context]`, where the context is `stored:near`
for a table that is named `near` (by default the one that came with the data). One process; train_ddp.py has several.

The batches come ready from `mimicit serve-batches`: pictures decoded and resized, contexts joined, labels made. Save
`batch["state"]` with the weights, and `serve_batches(..., resume=state)` goes on with the next sample after any stop.
"""

import sys

from common import need

torch = need("torch", "torch")
from batches import serve_batches  # noqa: E402

dataset = sys.argv[1]
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 10

torch.manual_seed(0)
words, sight = torch.nn.Embedding(512, 32), torch.nn.Linear(3, 32)
memory, out = torch.nn.GRU(32, 32, batch_first=True), torch.nn.Linear(32, 512)
parameters = [parameter for part in (words, sight, memory, out) for parameter in part.parameters()]
learner = torch.optim.AdamW(parameters, lr=1e-2)

options = {"shots": 1, "batch_size": 8, "image_size": 32, "epochs": 100, "pixels": "uint8"}
if len(sys.argv) > 3:
    options["context"] = sys.argv[3]
for step, batch in enumerate(serve_batches(dataset, **options), 1):
    ids, labels, pixels, mask, mean, std = (torch.from_numpy(batch[name].copy()) for name in (
        "input_ids", "labels", "pixel_values", "media_mask", "pixel_mean", "pixel_std"))
    pixels = (pixels - mean) / std  # [B, T, F, 3, H, W], normalised as CLIP wants
    seen = (sight(pixels.mean(dim=(-2, -1))) * mask[..., None]).sum(dim=(1, 2))
    hidden, _ = memory(words(ids.long()) + seen[:, None])
    # Position t predicts label t + 1; -100 has no loss.
    logits, wanted = out(hidden)[:, :-1].flatten(0, 1), labels[:, 1:].long().flatten()
    loss = torch.nn.functional.cross_entropy(logits, wanted, ignore_index=-100)
    learner.zero_grad()
    loss.backward()
    learner.step()
    print(f"step {step}: loss {loss.item():.3f} over {len(batch['id'])} samples")
    if step == steps:
        print(f"go on with {batch['state']}")
        break
