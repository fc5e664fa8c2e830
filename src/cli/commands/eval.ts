// mimicit eval: how good a model is, by several measures; one file for each below eval/.
import type { Command } from 'commander'
import { examples } from '../examples.js'
import { registerBenefit } from './eval/benefit.js'
import { registerCaption } from './eval/caption.js'
import { registerElo } from './eval/elo.js'
import { registerFewShot } from './eval/few-shot.js'
import { registerJudge } from './eval/judge.js'

/** Adds the commands. */
export function registerEval(program: Command): void {
  const command = program
    .command('eval')
    .description('Measure a model: captions and answers against references, by a judge, or by what people prefer.')
    .addHelpText(
      'after',
      examples(
        'eval caption --predictions p.json --references captions_val.json',
        'eval few-shot runs/first --task caption --shots 0,4 --out out/captions',
      ),
    )
  registerCaption(command)
  registerFewShot(command)
  registerJudge(command)
  registerElo(command)
  registerBenefit(command)
}
