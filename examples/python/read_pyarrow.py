"""A data set with pyarrow, in either form."""

from common import has_pictures, need, open_manifest, shards, show_counts, show_tuple

pyarrow = need("pyarrow", "pyarrow")
parquet = need("pyarrow.parquet", "pyarrow")
root, manifest = open_manifest()


def read(table, columns=None):
    """All rows of a table; for pictures, read batch by batch instead of the whole table."""
    files = shards(root, manifest, table)
    if manifest["form"] == "arrow":
        tables = [pyarrow.ipc.open_file(pyarrow.memory_map(file)).read_all() for file in files]
        tables = tables if columns is None else [one.select(columns) for one in tables]
    else:
        tables = [parquet.read_table(file, columns=columns) for file in files]
    return pyarrow.concat_tables(tables)


pairs = read("pairs")
media = read("media", ["ids", "width", "height"]) if has_pictures(manifest) else []
contexts = {name: read(f"context/{name}") for name in manifest["contexts"]}
show_counts(pairs.num_rows, len(media), {name: table.num_rows for name, table in contexts.items()})


def picture(row):
    """The bytes of one picture: only its record batch or row group is read."""
    for shard, file in zip(manifest["tables"]["media"]["shards"], shards(root, manifest, "media")):
        for number, group in enumerate(shard["rowGroups"]):
            if row < group["rows"]:
                if manifest["form"] == "arrow":
                    batch = pyarrow.ipc.open_file(pyarrow.memory_map(file)).get_batch(number)
                else:
                    batch = parquet.ParquetFile(file).read_row_group(number, ["image"])
                return batch.column("image")[row].as_py()["bytes"]
            row -= group["rows"]
    raise IndexError(row)


pair = pairs.slice(0, 1).to_pylist()[0]
ids = pairs.column("id").to_pylist()
chosen = {
    name: [ids[context] for row in table.to_pylist() if row["query"] == 0 for context in row["contexts"]]
    for name, table in contexts.items()
}
show_tuple(pair, picture(pair["media"][0]) if pair["media"] else None, chosen)
