// A tokenizer by name: `bytes`, or the path of a tokenizer.json, whose library is loaded with the first of them.
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { asIoError } from '../io/directory.js'
import { byteTokenizer } from './byte-tokenizer.js'
import type { Tokenizer } from './tokenizer.js'

/**
 * Loads a tokenizer.
 * @param name `bytes` or the path of a tokenizer.json
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_TOKENIZER
 */
export async function loadTokenizer(name: string): Promise<Tokenizer> {
  if (name === byteTokenizer.name) return byteTokenizer
  let text: string
  try {
    text = await readFile(name, 'utf8')
  } catch (error) {
    throw asIoError(error, `the tokenizer ${name}`)
  }
  const { jsonTokenizer } = await import('./json-tokenizer.js')
  return jsonTokenizer(text, basename(dirname(name)) || 'tokenizer', name)
}
