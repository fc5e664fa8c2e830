"""A data set with DuckDB: SQL over the Parquet form."""

import sys

from common import has_pictures, need, open_manifest, shards, show_counts, show_tuple

duckdb = need("duckdb", "duckdb")
root, manifest = open_manifest()
if manifest["form"] != "parquet":
    sys.exit("DuckDB reads the Parquet form; make it with: mimicit rewrite <dataset> --format parquet --out <dir>")

database = duckdb.connect()
tables = {"pairs": "pairs"} | ({"media": "media"} if has_pictures(manifest) else {}) | {f"context-{name}": f"context/{name}" for name in manifest["contexts"]}
for view, table in tables.items():
    files = ", ".join("'" + file.replace("'", "''") + "'" for file in shards(root, manifest, table))
    # Rows are numbered over all files, in the order of the list.
    database.execute(
        f'CREATE VIEW "{view}" AS SELECT row_number() OVER () - 1 AS row, * FROM read_parquet([{files}])'
    )


def rows(query, *values):
    result = database.execute(query, values)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row)) for row in result.fetchall()]


counts = {view: rows(f'SELECT count(*) AS count FROM "{view}"')[0]["count"] for view in tables}
show_counts(
    counts["pairs"], counts.get("media", 0), {name: counts[f"context-{name}"] for name in manifest["contexts"]}
)

for pair in rows("SELECT * FROM pairs WHERE row = 0"):
    pictures = rows("SELECT image FROM media WHERE row = ?", pair["media"][0]) if pair["media"] else []
    chosen = {
        name: [
            row["id"]
            for row in rows(
                f"""SELECT pairs.id FROM
                    (SELECT unnest(contexts) AS context, generate_subscripts(contexts, 1) AS place
                     FROM "context-{name}" WHERE query = 0)
                    JOIN pairs ON pairs.row = context ORDER BY place"""
            )
        ]
        for name in manifest["contexts"]
    }
    show_tuple(pair, pictures[0]["image"]["bytes"] if pictures else None, chosen)
