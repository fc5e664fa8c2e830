// mimicit syphus translate: the pairs of a data set in other languages.
import { type Command, InvalidArgumentError } from 'commander'
import { formatCount, plural } from '../base/format.js'
import { usageWords } from '../llm/usage-words.js'
import { readGlossary } from '../syphus/translate/glossary.js'
import { TRANSLATION_FILTERS } from '../syphus/translate/judge-translation.js'
import type { TranslateOptions } from '../syphus/translate/options.js'
import { translatable } from '../syphus/translate/target-language.js'
import { estimateTranslation, type TranslateSummary, translateDataset } from '../syphus/translate/translate-dataset.js'
import { interruptSignal } from './exit.js'
import { type CacheFlags, cacheBytesOption, cacheOption, DATASET, takeCache } from './far.js'
import { addJudgingFlags, type JudgingFlags, judgingOptions } from './judging.js'
import { addModelFlags, estimateRows, type ModelFlags, modelOptions, showMeter, tellFound } from './model.js'
import { fraction, integer } from './parse.js'
import { progressBar } from './progress-bar.js'
import { renamedOption } from './renamed.js'
import { keyValueTable, print, printJson } from './table.js'

interface Flags extends ModelFlags, JudgingFlags, CacheFlags {
  readonly toLanguages: readonly string[]
  readonly fromLanguage: string
  readonly out: string
  readonly glossary?: string
  readonly pairsPerAsk?: number
  readonly backTranslate?: number
  readonly seed: number
  readonly onlyTranslations?: true
  readonly dryRun?: true
  readonly json?: true
}

/** Adds the command. */
export function registerSyphusTranslate(syphus: Command): void {
  const command = syphus
    .command('translate')
    .description('Translate the pairs of a data set with a language model, and check every translation.')
    .argument('<dataset>', DATASET)
    .requiredOption('--to-languages <tags>', `languages with commas between: ${translatable.join(',')}`, list)
    .option('--from-language <tag>', 'language of the pairs that are translated', 'en')
    .addOption(renamedOption('--to <languages>', '--to-languages'))
    .addOption(renamedOption('--from <language>', '--from-language'))
    .requiredOption('--out <dir>', 'directory to make; must not exist')
    .option('--glossary <file>', 'YAML or JSON: how names and terms are translated')
    .option('--pairs-per-ask <n>', 'pairs about the same visuals that go together at most (default: 8)', integer(1))
    .option('--back-translate <part>', 'part of the translations to translate back and compare, such as 1%', fraction)
    .option('--seed <n>', 'draws that part', integer(0), 0)
    .option('--only-translations', 'leave out the pairs that were there')
    .option('--dry-run', 'say what would be asked, and what it would take at most')
    .addOption(cacheOption())
    .addOption(cacheBytesOption())
    .option('--json', 'print the summary as JSON')
  addModelFlags(addJudgingFlags(command, TRANSLATION_FILTERS))
    .addHelpText(
      'after',
      `
Example:
  mimicit syphus translate out/dc --to-languages zh,ja,es,de,fr,ko,ar --model gpt-4o-mini --max-total-tokens 5000000 --out out/dc-8`,
    )
    .action(run)
}

function list(text: string): readonly string[] {
  const tags = text.split(',').map((tag) => tag.trim())
  if (tags.includes('')) throw new InvalidArgumentError('Expected language tags with commas between, such as zh,ja.')
  return tags
}

async function run(location: string, flags: Flags): Promise<void> {
  const { toLanguages: to, fromLanguage: from, out, glossary, dryRun, json } = flags
  const { pairsPerAsk, backTranslate, seed, onlyTranslations } = flags
  const options: TranslateOptions = {
    ...{ to, from, out, pairsPerAsk, backTranslate, seed, withSource: onlyTranslations !== true },
    model: modelOptions(flags, `${out}.journal.jsonl`),
    glossary: glossary === undefined ? undefined : await readGlossary(glossary),
    store: takeCache(flags).store,
    ...(await judgingOptions(flags)),
  }
  if (dryRun) {
    const estimate = await estimateTranslation(location, options)
    if (json) printJson(estimate)
    else print(keyValueTable(estimateRows(estimate)))
    return
  }
  const bar = progressBar()
  try {
    const watch = { onFound: tellFound, onMeter: showMeter(bar), onProgress: bar.update, signal: interruptSignal() }
    const summary = await translateDataset(location, { ...options, ...watch })
    bar.done()
    if (json) printJson(summary)
    else print(inWords(summary))
  } finally {
    bar.done()
  }
}

function inWords(summary: TranslateSummary): string {
  const { out, sources, languages, judged, responder, spent, maybePaid, invalidFile } = summary
  const rows = Object.entries(languages).map(([tag, { translated, invalid, warned, backTranslation }]) => {
    const score = backTranslation === null ? '' : `, chrF of the way back ${backTranslation.toFixed(3)}`
    return [
      tag,
      `${formatCount(translated)} of ${plural(sources, 'pair')}, ${invalid} invalid, ${warned} with a warning${score}`,
    ] as const
  })
  const objections = Object.entries(judged.objections).map(
    ([rule, { action, pairs }]) =>
      [action === 'drop' ? 'dropped' : 'warned of', `${plural(pairs, 'translation')}: ${rule}`] as const,
  )
  const lines = [
    keyValueTable([...rows, ...objections, ['asked', `${responder}: ${usageWords(spent)}`], ['data set', out]]),
  ]
  if (maybePaid > 0) lines.push(`${plural(maybePaid, 'call')} of earlier runs may have been paid for in vain.`)
  if (invalidFile !== null) lines.push(`What was not translated is listed in ${invalidFile}.`)
  return lines.join('\n')
}
