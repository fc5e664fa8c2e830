"""What the scripts of this directory share: arguments, the manifest, and how a tuple is shown."""

import io
import json
import sys
from importlib import import_module
from pathlib import Path


def need(package, install):
    """A package, or a message that says how to get it."""
    try:
        return import_module(package)
    except ImportError as error:
        sys.exit(f"{error}. Install it with: pip install {install}")


def open_manifest():
    """The directory named on the command line, and its manifest."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: python3 {sys.argv[0]} <directory of a data set>")
    root = Path(sys.argv[1])
    manifest = root / "manifest.json"
    if not manifest.is_file():
        sys.exit(f"{root} is no data set: it has no manifest.json")
    manifest = json.loads(manifest.read_text(encoding="utf-8"))
    if manifest["tables"]["pairs"]["rows"] == 0:
        sys.exit(f"{root} is a data set without pairs")
    # A table without rows has no files, which no reader takes for a table.
    manifest["contexts"] = {name: record for name, record in manifest["contexts"].items() if record["rows"] > 0}
    return root, manifest


def has_pictures(manifest):
    """A data set of texts alone has no files of pictures."""
    return manifest["tables"]["media"]["rows"] > 0


def shards(root, manifest, table):
    """The files of a table: 'pairs', 'media' or 'context/<name>'."""
    if table.startswith("context/"):
        record = manifest["contexts"][table[len("context/") :]]
    else:
        record = manifest["tables"][table]
    return [str(root / shard["path"]) for shard in record["shards"]]


def show_counts(pairs, pictures, contexts):
    """contexts: number of queries by name."""
    print(f"{pairs} pairs, {pictures} pictures")
    for name, queries in contexts.items():
        print(f"context {name}: {queries} queries")


def show_tuple(pair, picture, contexts):
    """pair: a dict of its columns; picture: the bytes of its first picture, or None; contexts: ids by function."""
    print(f"\n{pair['id']}")
    print(f"  instruction: {pair['instruction']}")
    print(f"  response:    {pair['response']}")
    if picture is not None:
        image = need("PIL.Image", "pillow").open(io.BytesIO(picture))
        print(f"  picture:     {image.width} x {image.height} {image.format}, {len(picture)} bytes")
    for name, ids in contexts.items():
        print(f"  {name}: {', '.join(ids) if ids else 'none'}")
