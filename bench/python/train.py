"""A training step of the same model and batch as bench/train/small.ts in PyTorch, on the same cores. Prints milliseconds.

Preset `small`: a CLIP tower without gradients, a perceiver and gated cross-attention that learn, the layers of a LLaMA that do
not, its embedding and head that do; AdamW with clipping. Weights and inputs are random: only time counts.
"""
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

B, L, T, SIZE, PATCH, VOCAB = 8, 160, 2, 112, 14, 4096
torch.manual_seed(0)


class Attention(nn.Module):
    def __init__(self, dim, heads, width, kv_dim=None, bias=False):
        super().__init__()
        self.heads, self.width, inner = heads, width, heads * width
        self.q = nn.Linear(dim, inner, bias=bias)
        self.k = nn.Linear(kv_dim or dim, inner, bias=bias)
        self.v = nn.Linear(kv_dim or dim, inner, bias=bias)
        self.out = nn.Linear(inner, dim, bias=bias)

    def split(self, x):
        return x.unflatten(-1, (self.heads, self.width)).transpose(1, 2)

    def forward(self, x, kv, mask=None, turn=lambda x: x):
        q, k, v = turn(self.split(self.q(x))), turn(self.split(self.k(kv))), self.split(self.v(kv))
        return self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2))


class FeedForward(nn.Sequential):
    def __init__(self, dim, mult=4):
        super().__init__(nn.LayerNorm(dim), nn.Linear(dim, dim * mult, bias=False), nn.GELU(),
                         nn.Linear(dim * mult, dim, bias=False))


class TowerLayer(nn.Module):
    def __init__(self, dim=192, heads=3, inner=768):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = Attention(dim, heads, dim // heads, bias=True)
        self.fc1, self.fc2 = nn.Linear(dim, inner), nn.Linear(inner, dim)

    def forward(self, x):
        h = self.n1(x)
        x = x + self.attn(h, h)
        h = self.fc1(self.n2(x))
        return x + self.fc2(h * torch.sigmoid(1.702 * h))


class Tower(nn.Module):
    def __init__(self, dim=192, depth=6):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, PATCH, PATCH, bias=False)
        count = (SIZE // PATCH) ** 2
        self.cls, self.pos = nn.Parameter(torch.randn(dim)), nn.Parameter(torch.randn(count + 1, dim))
        self.norm = nn.LayerNorm(dim)
        self.layers = nn.ModuleList(TowerLayer(dim) for _ in range(depth))

    def forward(self, pixels):
        x = self.patch(pixels).flatten(2).transpose(1, 2)
        x = self.norm(torch.cat([self.cls.expand(len(x), 1, -1), x], 1) + self.pos)
        for layer in self.layers:
            x = layer(x)
        return x[:, 1:]


class Perceiver(nn.Module):
    def __init__(self, dim=192, latents=16, depth=2):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(latents, dim))
        self.media, self.own = (nn.ModuleList(nn.LayerNorm(dim) for _ in range(depth)) for _ in range(2))
        self.attn = nn.ModuleList(Attention(dim, 4, 48) for _ in range(depth))
        self.ff = nn.ModuleList(FeedForward(dim) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        y = self.latents.expand(len(x), -1, -1)
        for media, own, attn, ff in zip(self.media, self.own, self.attn, self.ff):
            h = own(y)
            y = y + attn(h, torch.cat([media(x), h], 1))
            y = y + ff(y)
        return self.norm(y)


class Block(nn.Module):
    def __init__(self, dim=256, media=192):
        super().__init__()
        self.norm, self.attn, self.ff = nn.LayerNorm(dim), Attention(dim, 4, 64, media), FeedForward(dim)
        self.attn_gate, self.ff_gate = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))

    def forward(self, x, media, mask):
        x = x + self.attn_gate.tanh() * self.attn(self.norm(x), media, mask)
        return x + self.ff_gate.tanh() * self.ff(x)


class Layer(nn.Module):
    def __init__(self, dim=256, heads=4, inner=704):
        super().__init__()
        self.n1, self.n2 = nn.RMSNorm(dim), nn.RMSNorm(dim)
        self.attn = Attention(dim, heads, dim // heads)
        self.gate, self.up, self.down = (nn.Linear(*size, bias=False)
                                         for size in ((dim, inner), (dim, inner), (inner, dim)))

    def forward(self, x, mask, turn):
        h = self.n1(x)
        x = x + self.attn(h, h, mask, turn)
        h = self.n2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Otter(nn.Module):
    def __init__(self, dim=256, depth=6):
        super().__init__()
        self.tower, self.perceiver = Tower(), Perceiver()
        self.embed, self.head, self.norm = nn.Embedding(VOCAB, dim), nn.Linear(dim, VOCAB, bias=False), nn.RMSNorm(dim)
        self.layers = nn.ModuleList(Layer() for _ in range(depth))
        self.blocks = nn.ModuleList(Block() for _ in range(depth // 2))
        for part in (self.tower, self.layers, self.norm):
            part.requires_grad_(False)
        angles = torch.arange(L)[:, None] * 10000 ** (-torch.arange(0, 64, 2) / 64)
        self.cos, self.sin = (torch.cat([f(angles)] * 2, -1) for f in (torch.cos, torch.sin))

    def turn(self, x):
        a, b = x.chunk(2, -1)
        return x * self.cos + torch.cat([-b, a], -1) * self.sin

    def loss(self, ids, labels, pixels):
        with torch.no_grad():
            tokens = self.tower(pixels)
        media = self.perceiver(tokens).unflatten(0, (B, T)).flatten(1, 2)
        time_of = (ids == 4).cumsum(1)
        slots = torch.arange(1, T + 1).repeat_interleave(16)
        sees = (time_of[:, :, None] == slots) | (time_of == 0)[:, :, None]
        causal = torch.ones(L, L, dtype=torch.bool).tril()
        x = self.embed(ids)
        for i, layer in enumerate(self.layers):
            if i % 2 == 1:
                x = self.blocks[i // 2](x, media, sees[:, None])
            x = layer(x, causal, self.turn)
        chosen = (labels[:, 1:] != -100).nonzero(as_tuple=True)
        return F.cross_entropy(self.head(self.norm(x[:, :-1][chosen])), labels[:, 1:][chosen])


model = Otter()
ids = torch.randint(10, 4000, (B, L))
ids[:, 0] = 0
ids[:, 1] = ids[:, L // 2] = 4
labels = torch.where(torch.arange(L) > L // 2, ids, -100)
pixels = torch.randn(B * T, 3, SIZE, SIZE)
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.1)
times = []
for i in range(7):
    began = time.perf_counter()
    model.loss(ids, labels, pixels).backward()
    nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    if i > 1:
        times.append((time.perf_counter() - began) * 1000)
print(statistics.median(times))
