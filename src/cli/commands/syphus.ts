// mimicit syphus: pairs made of visual annotations.
import type { Command } from 'commander'
import { examples } from '../examples.js'
import { registerSyphusColdStart } from '../syphus-cold-start.js'
import { registerSyphusRun } from '../syphus-run.js'
import { registerSyphusTranslate } from '../syphus-translate.js'

/** Adds the command; each of its parts is a file. */
export function registerSyphus(program: Command): void {
  const syphus = program
    .command('syphus')
    .description('Make instruction-response pairs of visual annotations (the Syphus pipeline of MIMIC-IT).')
    .addHelpText(
      'after',
      examples(
        'syphus run captions.json --task visual-qa --out out/qa',
        'syphus cold-start captions.json --task visual-qa --out examples.yaml',
      ),
    )
  for (const register of [registerSyphusRun, registerSyphusColdStart, registerSyphusTranslate]) register(syphus)
}
