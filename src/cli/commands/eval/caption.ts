// mimicit eval caption: scores of captions against references.
import { type Command, Option } from 'commander'
import {
  type CaptionFileOptions,
  type CaptionReport,
  evaluateCaptions,
  MISSING_POLICIES,
  UNREFERENCED_POLICIES,
} from '../../../evaluate/captions/evaluate-captions.js'
import { type CaptionMetricName, captionMetrics } from '../../../evaluate/metrics/index.js'
import { captionReport } from '../../../evaluate/report/captions.js'
import { captionTokenisers } from '../../../evaluate/tokens/index.js'
import { giveReport, type ReportFlags, reportOptions } from '../../report.js'

type Flags = ReportFlags & Required<Omit<CaptionFileOptions, 'metrics'>> & { readonly metrics?: CaptionMetricName[] }

/** Adds the command. */
export function registerCaption(evaluate: Command): void {
  const command = evaluate
    .command('caption')
    .description('Score captions against references: BLEU-1..4, METEOR, ROUGE-L, CIDEr, CIDEr-D.')
    .requiredOption('--predictions <file>', 'COCO results, an object from id to caption, JSON Lines, or lines of text')
    .requiredOption('--references <file...>', 'COCO annotations, or the same forms with one or more captions each')
    .addOption(
      new Option('--tokens <name>', 'how captions become words: as the COCO tools do, or at white space')
        .choices(Object.keys(captionTokenisers))
        .default('ptb'),
    )
    .addOption(new Option('--metrics <name...>', 'only these').choices(Object.keys(captionMetrics)))
    .addOption(
      new Option('--missing <policy>', 'a picture without a prediction: stop, score it as empty, or leave it out')
        .choices(MISSING_POLICIES)
        .default('error'),
    )
    .addOption(
      new Option('--unreferenced <policy>', 'a prediction without references: stop, or leave it out')
        .choices(UNREFERENCED_POLICIES)
        .default('error'),
    )
  reportOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  mimicit eval caption --predictions results.json --references captions_val2017.json --html captions.html
  mimicit eval caption --predictions hyp.txt --references ref1.txt ref2.txt --tokens whitespace
  mimicit eval caption --predictions results.json --references captions.json --missing empty --metrics cider-d bleu --json`,
    )
    .action(run)
}

async function run({ json, html, ...options }: Flags): Promise<void> {
  const report = await evaluateCaptions(options)
  await giveReport(
    { ...(json && { json }), ...(html !== undefined && { html }) },
    asJson(report),
    captionReport(report),
  )
}

/** Scores by name, of the set and of each picture. */
function asJson({ tokens, pictures, referenced, scores, items, issues }: CaptionReport) {
  return {
    ...{ tokens, pictures, referenced },
    scores: Object.fromEntries(scores.map(({ name, corpus }) => [name, corpus])),
    items: items.map(({ id, candidate }, i) => ({
      ...{ id, caption: candidate },
      scores: Object.fromEntries(scores.map(({ name, items: each }) => [name, each[i]])),
    })),
    issues,
  }
}
