// Counts the tokens of every pair of a data set, by one tokenizer and template, into a table of it: packing and token
// budgets are planned from these, and with the ids training tokenises nothing.
import { parseOptions } from '../../base/options.js'
import { openDirectory } from '../../io/directory.js'
import { addLengths } from '../../shards/add-lengths.js'
import { templateFingerprint } from '../../shards/lengths-table.js'
import type { Manifest } from '../../shards/manifest.js'
import { readManifest } from '../../shards/read-manifest.js'
import type { LengthsRow } from '../../text/lengths-row.js'
import { type TokenizeOptions, threadsFor, tokenizeSchema } from './options.js'
import { rowRules, tokenisedRows } from './rows.js'

/** What was counted. */
export interface TokenizeSummary {
  /** Name of the table: `gpt2-simple`. */
  readonly name: string
  readonly rows: number
  /** Of them those that were not there before. */
  readonly added: number
  /** Tokens of text of the pairs that were added, without any marks. */
  readonly tokens: number
  readonly manifest: Manifest
}

/**
 * Makes the lengths table of a tokenizer and template, or brings one up to date behind an append.
 * @param root directory of a data set
 * @throws MimicitError MIMICIT_NOT_A_DATASET, MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_TOKENIZER, MIMICIT_NOT_FOUND,
 * MIMICIT_BAD_VALUE for a name that another table has, MIMICIT_BUSY, MIMICIT_ABORTED; the data set stays as it was then
 */
export async function tokenizeDataset(
  root: string,
  { onProgress, signal, ...given }: TokenizeOptions,
): Promise<TokenizeSummary> {
  const settings = parseOptions('tokenizeDataset', tokenizeSchema, given)
  const rules = await rowRules(settings)
  const { tokenizer, template, cleaning } = rules
  const total = (await readManifest(openDirectory(root))).tables.pairs.rows
  const name = settings.name ?? tableName(tokenizer.name, settings.template, cleaning.name)
  let tokens = 0
  let done = 0
  async function* rows(from: number): AsyncGenerator<LengthsRow> {
    const threads = settings.workers ?? threadsFor(total - from)
    done = from
    for await (const row of tokenisedRows(root, settings, { from, to: total }, threads, signal)) {
      tokens += (row.unmarked ?? row.instruction) + row.response
      onProgress?.({ stage: 'tokenising', done: ++done, total, unit: 'pairs' })
      yield row
    }
  }
  const source = {
    tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
    template: { name: settings.template, fingerprint: templateFingerprint(template) },
    cleaning: cleaning.name,
    ids: settings.ids,
  }
  const { manifest, added } = await addLengths(root, name, source, rows)
  return { name, rows: manifest.lengths![name]!.rows, added, tokens, manifest }
}

/** A name that a manifest may hold. */
function tableName(...parts: readonly string[]): string {
  const said = parts.filter((part, i) => i < 2 || part !== 'none').join('-')
  return said.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'lengths'
}
