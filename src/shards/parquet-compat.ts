// hyparquet-writer's writer with a footer of version 1, the only one that readers of before 2017 take.
import { ParquetWriter } from 'hyparquet-writer'
import { writeIndexes } from 'hyparquet-writer/src/indexes.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'

/** Writes Parquet files whose footer says version 1. */
export class CompatParquetWriter extends ParquetWriter {
  override finish(): void | Promise<void> {
    writeIndexes(this.writer, this.pendingIndexes)
    writeMetadata(this.writer, {
      version: 1,
      created_by: this.createdBy,
      schema: this.schema,
      num_rows: this.num_rows,
      row_groups: this.row_groups,
      ...(this.kvMetadata === undefined ? {} : { key_value_metadata: this.kvMetadata }),
      // Not written: the length follows from the bytes.
      metadata_length: 0,
    })
    this.writer.appendUint32(0x31524150)
    return this.writer.finish()
  }
}
