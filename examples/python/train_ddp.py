"""A plain PyTorch training loop on batches of mimicit, on one rank or many: `torchrun --nproc-per-node 2 train_ddp.py out/la`.

Every rank starts `mimicit serve-batches` for its part of each step. The order of the samples over all ranks is the same for
any number of them, so are the losses (up to rounding), and a run that was killed goes on from its checkpoint as if it had not been:
the state of the loader is saved beside the weights.
"""

import argparse
import json
import os
from pathlib import Path

from common import need

torch = need("torch", "torch")
from batches import serve_batches  # noqa: E402

dist = torch.distributed


class SmallModel(torch.nn.Module):
    """Guesses the next token from the tokens so far and the pictures. Any model would do."""

    def __init__(self, vocabulary=512, width=32):
        super().__init__()
        self.words = torch.nn.Embedding(vocabulary, width)
        self.sight = torch.nn.Linear(3, width)
        self.memory = torch.nn.GRU(width, width, batch_first=True)
        self.out = torch.nn.Linear(width, vocabulary)

    def forward(self, ids, pixels, mask):
        seen = (self.sight(pixels.mean(dim=(-2, -1))) * mask[..., None]).sum(dim=(1, 2))
        hidden, _ = self.memory(self.words(ids) + seen[:, None])
        return self.out(hidden)


def loss_sum(model, batch):
    """The summed loss of this rank's labels and their number; position t predicts label t + 1, -100 has no loss."""
    ids, labels, pixels, mask, mean, std = (torch.from_numpy(batch[name].copy()) for name in (
        "input_ids", "labels", "pixel_values", "media_mask", "pixel_mean", "pixel_std"))
    # Bytes until here: a quarter of what floats would be, in the pipe and on the way to a device.
    logits = model(ids.long(), (pixels - mean) / std, mask.float())[:, :-1]
    wanted = labels[:, 1:].long()
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=-100, reduction="sum")
    return loss, (wanted != -100).sum()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("--out", type=Path, default=Path("ddp-run"))
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=8, help="samples a step on all ranks together")
    parser.add_argument("--context", help="where examples come from, such as stored:near (default: what came with the data)")
    parser.add_argument("--kill-at", type=int, help="ends without any goodbye in this step, to show what a resume does")
    given = parser.parse_args()
    rank, world_size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if world_size > 1:
        dist.init_process_group("gloo")
    torch.manual_seed(0)
    model = SmallModel()
    learner = torch.optim.AdamW(model.parameters(), lr=1e-2)
    checkpoint = given.out / "checkpoint.pt"
    state, step = None, 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        learner.load_state_dict(saved["learner"])
        state, step = saved["loader"], saved["step"]
    network = torch.nn.parallel.DistributedDataParallel(model) if world_size > 1 else model
    given.out.mkdir(parents=True, exist_ok=True)
    options = {"shots": 1, "batch_size": given.batch_size, "image_size": 32, "epochs": 100, "seed": 3,
               "pixels": "uint8"}
    if given.context is not None:
        options["context"] = given.context
    for batch in serve_batches(given.dataset, resume=state, rank=rank, world_size=world_size, **options):
        step += 1
        if step == given.kill_at:
            os._exit(1)
        loss, labels = loss_sum(network, batch)
        total = torch.stack([loss.detach(), labels.float()])
        ids = [batch["id"]]
        if world_size > 1:
            dist.all_reduce(total)
            ids = [None] * world_size
            dist.all_gather_object(ids, batch["id"])
        learner.zero_grad()
        # Ranks have unequally many labels, and DDP takes the mean over ranks: this makes it the mean over all labels.
        (loss * world_size / total[1]).backward()
        learner.step()
        if rank == 0:
            line = {"step": step, "loss": (total[0] / total[1]).item(), "ids": sum(ids, [])}
            with open(given.out / "log.jsonl", "a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            print(f"step {step}: loss {line['loss']:.3f} over {len(line['ids'])} samples", flush=True)
            torch.save({"model": model.state_dict(), "learner": learner.state_dict(), "step": step,
                        "loader": batch["state"]}, given.out / "checkpoint.new")
            os.replace(given.out / "checkpoint.new", checkpoint)
        if step == given.steps:
            break
    if world_size > 1:
        dist.destroy_process_group()


main()
