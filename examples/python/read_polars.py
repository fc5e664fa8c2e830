"""A data set with polars, in either form."""

from common import has_pictures, need, open_manifest, shards, show_counts, show_tuple

polars = need("polars", "polars")
root, manifest = open_manifest()
scan = polars.scan_ipc if manifest["form"] == "arrow" else polars.scan_parquet


def table(name):
    """A table as a lazy frame with the numbers of its rows; only what is asked for is read."""
    return scan(shards(root, manifest, name)).with_row_index("row")


def count(name):
    return table(name).select(polars.len()).collect().item()


pictures = count("media") if has_pictures(manifest) else 0
show_counts(count("pairs"), pictures, {name: count(f"context/{name}") for name in manifest["contexts"]})

pair = table("pairs").head(1).collect().to_dicts()[0]
picture = None
if pair["media"]:
    rows = table("media").filter(polars.col("row") == pair["media"][0]).select("image").collect()
    picture = rows["image"][0]["bytes"]
chosen = {}
for name in manifest["contexts"]:
    rows = table(f"context/{name}").filter(polars.col("query") == 0).select("contexts").collect()
    contexts = rows["contexts"].to_list()[0] if len(rows) > 0 else []
    ids = dict(table("pairs").filter(polars.col("row").is_in(contexts)).select("row", "id").collect().iter_rows())
    chosen[name] = [ids[context] for context in contexts]
show_tuple(pair, picture, chosen)
