// The manifest's JSON Schema, for readers in other languages, made from the schema that reads it here.
import { z } from 'zod'
import { manifestSchema } from './manifest.js'

/** JSON Schema (draft 2020-12) of manifest.json without its checksum. */
export function manifestJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(manifestSchema)
  return { $schema, title: 'manifest.json of a mimicit data set, format version 1, without its checksum', ...rest }
}
