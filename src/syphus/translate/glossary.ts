// How names and terms are to be translated: a file that gives each term its form in each language, or keeps it as it is.
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import { readYaml } from '../read-yaml.js'

/** Forms of terms by language; `true` = it stays as it is in every language. */
export type Glossary = Readonly<Record<string, true | Readonly<Record<string, string>>>>

const schema = z.record(z.string().min(1), z.union([z.literal(true), z.record(z.string(), z.string().min(1))]))

/**
 * Reads a glossary from a YAML or JSON file: `Anna: { zh: 安娜, ja: アンナ }`, `IKEA: true`.
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_CONFIG
 */
export async function readGlossary(path: string): Promise<Glossary> {
  const bad = (received: string) =>
    new MimicitError('MIMICIT_BAD_CONFIG', {
      expected: 'terms, each with true or with its form by language',
      where: path,
      received,
      hint: 'Write a term a line: `Anna: { zh: 安娜 }`, or `IKEA: true`.',
    })
  const value = await readYaml(path, bad)
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw bad(show(value))
  return parsed.data
}

/** The terms of a glossary that stand in a text, with the form that they are to have in a language. */
export function termsIn(glossary: Glossary, text: string, language: string): readonly (readonly [string, string])[] {
  return Object.entries(glossary).flatMap(([term, forms]) => {
    const form = forms === true ? term : Object.hasOwn(forms, language) ? forms[language] : undefined
    return form === undefined || !hasTerm(text, term) ? [] : [[term, form] as const]
  })
}

const hasTerm = (text: string, term: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}])${term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'u').test(text)

/** Capitalised words inside the sentences of an English text: names, as far as that tells. */
export function latinNames(text: string): readonly string[] {
  const inside = text.matchAll(
    /(?<=[\p{Ll}\p{N},;:]["'”’)]? )(?!I\b)\p{Lu}[\p{L}\p{N}'’-]+(?: \p{Lu}[\p{L}\p{N}'’-]+)*/gu,
  )
  return [...new Set([...inside].map(([name]) => name))]
}
