// The columns of every table of format version 1 (schema/FORMAT.md, "Tables"), in a form-neutral way: Parquet elements
// are made from them in parquet-schema.ts, and other forms from the same lists.

/** The kinds of values a column can hold. */
export type ColumnKind =
  | 'string'
  | 'int32'
  | 'float64'
  | 'bytes'
  | 'image'
  | 'list<string>'
  | 'list<int32>'
  | 'list<float32>'
  | 'list<float64>'

/** One column. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** Stored as it is, without compression: pictures. */
  readonly raw?: true
  /** Free text: nobody looks for its smallest and largest value, so no statistics are made of it. */
  readonly prose?: true
  /** A row group says of itself where this column rises, so that nobody has to read numbers that only count up. */
  readonly mayRise?: true
}

/** One table. */
export interface TableSchema {
  readonly name: string
  readonly columns: readonly Column[]
}

const required = (name: string, kind: ColumnKind): Column => ({ name, kind, nullable: false })
const optional = (name: string, kind: ColumnKind): Column => ({ name, kind, nullable: true })

/** (I, R, X): one row a pair. */
export const pairsSchema: TableSchema = {
  name: 'pairs',
  columns: [
    required('id', 'string'),
    required('subset', 'string'),
    optional('split', 'string'),
    required('language', 'string'),
    { ...required('instruction', 'string'), prose: true },
    { ...required('response', 'string'), prose: true },
    required('media_kind', 'string'),
    required('media', 'list<int32>'),
    required('media_ids', 'list<string>'),
    optional('media_positions', 'list<int32>'),
    optional('media_times', 'list<float64>'),
    { ...optional('metadata', 'string'), prose: true },
  ],
}

/** One row a picture; `image` is the struct {bytes, path} that Hugging Face `datasets` knows as an Image. */
export const mediaSchema: TableSchema = {
  name: 'media',
  columns: [
    required('ids', 'list<string>'),
    required('width', 'int32'),
    required('height', 'int32'),
    required('byte_length', 'int32'),
    required('format', 'string'),
    optional('clip', 'string'),
    optional('frame_time', 'float64'),
    required('sha256', 'bytes'),
    // Last, so that the text of a row group lies together.
    { name: 'image', kind: 'image', nullable: false, raw: true },
  ],
}

/** What one C_psi gave: one row a query. */
export const contextSchema: TableSchema = {
  name: 'context',
  columns: [
    { ...required('query', 'int32'), mayRise: true },
    required('contexts', 'list<int32>'),
    optional('scores', 'list<float32>'),
  ],
}

/** How many tokens the texts of each pair are, by one tokenizer and template: row r is pair r. */
export const lengthsSchema: TableSchema = {
  name: 'lengths',
  columns: [
    required('instruction', 'int32'),
    optional('unmarked', 'int32'),
    optional('interleaved', 'int32'),
    required('response', 'int32'),
    optional('ids', 'list<int32>'),
    optional('unmarked_ids', 'list<int32>'),
    optional('interleaved_ids', 'list<int32>'),
  ],
}

/** Every kind of table. */
export const tableSchemas: readonly TableSchema[] = [pairsSchema, mediaSchema, contextSchema, lengthsSchema]

/** The columns of a table by its name in a data set: `pairs`, `media`, `context/<name>`, `lengths/<name>`. */
export function schemaOf(table: string): TableSchema {
  if (table === 'pairs') return pairsSchema
  if (table === 'media') return mediaSchema
  return table.startsWith('lengths/') ? lengthsSchema : contextSchema
}
