import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { manifestJsonSchema } from '../../src/shards/manifest-json-schema.js'

test('schema/manifest.schema.json is what the code parses (node --import tsx scripts/schema.ts writes it)', () => {
  const committed = readFileSync(new URL('../../schema/manifest.schema.json', import.meta.url), 'utf8')
  expect(JSON.parse(committed)).toEqual(manifestJsonSchema())
})
