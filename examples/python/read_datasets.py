"""A data set with Hugging Face `datasets`: the card (README.md) of the directory names the configs."""

from common import has_pictures, need, open_manifest, show_counts, show_tuple

datasets = need("datasets", "datasets pillow")
root, manifest = open_manifest()


def load(config):
    return datasets.load_dataset(str(root), config, split="train")


pairs = load("pairs")
# Pictures decode to PIL images when they are asked for; decode=False gives their bytes as they are.
media = load("media").cast_column("image", datasets.Image(decode=False)) if has_pictures(manifest) else []
contexts = {name: load(f"context-{name}") for name in manifest["contexts"]}
show_counts(len(pairs), len(media), {name: len(table) for name, table in contexts.items()})
if has_pictures(manifest):
    features = load("media").features.items()
    print(f"features of media: {', '.join(f'{name} {type(one).__name__}' for name, one in features)}")

pair = pairs[0]
chosen = {
    name: [pairs[context]["id"] for row in table.filter(lambda row: row["query"] == 0) for context in row["contexts"]]
    for name, table in contexts.items()
}
show_tuple(pair, media[pair["media"][0]]["image"]["bytes"] if pair["media"] else None, chosen)
