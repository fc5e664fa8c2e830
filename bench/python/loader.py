"""A Python DataLoader on the loader bench's work: torch, Pillow, two workers.

Does what ours does: JPEG bytes to 224x224 bicubic RGB, CLIP-normalised float32 [B, T, 1, 3, H, W]; query and three
contexts as one row of ids with labels after <answer>. Reads the plain files that bench/loader/work.ts writes (JPEG bytes
through a memory map, texts in memory), which is the cheapest form there is. Says its result as the last line, as JSON.
"""
import io
import json
import os
import resource
import sys
import time
from collections import OrderedDict

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

job = json.loads(sys.argv[1])
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)
BOS, EOS, PAD, IMAGE, ANSWER, ENDOFCHUNK = 256, 257, 258, 259, 260, 261


def make_encode(path):
    if path is None:
        return lambda text: list(text.encode())
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


class Work(Dataset):
    def __init__(self, directory, cache_bytes, tokenizer):
        with open(os.path.join(directory, "plain.json")) as file:
            plain = json.load(file)
        self.turns, self.contexts, self.lengths = plain["turns"], plain["contexts"], plain["lengths"]
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])
        self.jpegs = np.memmap(os.path.join(directory, "jpegs.bin"), dtype=np.uint8, mode="r")
        self.encode = make_encode(tokenizer)
        self.cache, self.room, self.decoded = OrderedDict(), cache_bytes, 0
        # The kindest case for Python: each turn is tokenised once, before the clock of the epoch starts.
        texts = [(f"User:{t['instruction']} GPT:", t["response"]) for t in self.turns]
        self.tokens = [(self.encode(a), self.encode(b)) for a, b in texts]

    def __len__(self):
        return len(self.turns)

    def pixels(self, row):
        kept = self.cache.get(row)
        if kept is not None:
            self.cache.move_to_end(row)
            return kept
        self.decoded += 1
        jpeg = self.jpegs[self.offsets[row] : self.offsets[row + 1]].tobytes()
        image = Image.open(io.BytesIO(jpeg)).convert("RGB").resize((224, 224), Image.BICUBIC)
        rgb = np.asarray(image)
        if self.room > 0:
            self.cache[row] = rgb
            while len(self.cache) * rgb.nbytes > self.room:
                self.cache.popitem(last=False)
        return rgb

    def __getitem__(self, query):
        rows = self.contexts[query] + [query]
        ids, labels = [BOS], [-100]
        pixels = np.empty((len(rows), 1, 3, 224, 224), dtype=np.float32)
        for slot, row in enumerate(rows):
            question, response = self.tokens[row]
            head = [IMAGE, *question, ANSWER]
            ids += [*head, *response, ENDOFCHUNK]
            labels += [-100] * len(head) + [*response, ENDOFCHUNK]
            rgb = self.pixels(self.turns[row]["media"])
            pixels[slot, 0] = ((rgb.astype(np.float32) * (1 / 255) - MEAN) / STD).transpose(2, 0, 1)
        return torch.tensor([*ids, EOS]), torch.tensor([*labels, -100]), torch.from_numpy(pixels)


def collate(samples):
    longest = max(len(ids) for ids, _, _ in samples)
    ids = torch.full((len(samples), longest), PAD)
    labels = torch.full((len(samples), longest), -100)
    mask = torch.zeros((len(samples), longest), dtype=torch.int64)
    for row, (one, label, _) in enumerate(samples):
        ids[row, : len(one)], labels[row, : len(one)], mask[row, : len(one)] = one, label, 1
    return ids, mask, labels, torch.stack([pixels for _, _, pixels in samples])


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    work = Work(job["dir"], job["cacheBytes"] // job["workers"], job.get("tokenizer"))
    loader = DataLoader(
        work,
        batch_size=job["batchSize"],
        shuffle=True,
        num_workers=job["workers"],
        collate_fn=collate,
        prefetch_factor=4,
    )
    first, first_ms, samples, uses, seen = 0.0, 0.0, 0, 0, 0
    for ids, _, _, pixels in loader:
        seen += len(ids)
        if first == 0.0:
            first = time.perf_counter()
            first_ms = time.time() * 1e3 - job["startedAt"]
            continue
        samples += len(ids)
        uses += pixels.shape[0] * pixels.shape[1]
        if seen >= job["take"]:
            break
    seconds = time.perf_counter() - first
    # Workers must have ended, or their time would not count.
    loader = None
    own, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime
    peak = (own.ru_maxrss + job["workers"] * theirs.ru_maxrss) / 1e3
    print(
        json.dumps(
            {
                "samples": samples,
                "uses": uses,
                "seconds": seconds,
                "firstMs": first_ms,
                "peakMb": peak,
                "cpuSeconds": cpu,
            }
        )
    )


main()
