// mimicit weights: what files of weights hold, and the same weights in another form.
import { type Command, Option } from 'commander'
import { formatBytes, formatCount, plural } from '../../base/format.js'
import { type ConvertOptions, convertWeights, outputSchemes } from '../../otter/weights/convert.js'
import { describeWeights, type WeightsFacts } from '../../otter/weights/describe.js'
import { writableDtypes } from '../../otter/weights/dtypes.js'
import { openWeights } from '../../otter/weights/open-weights.js'
import { examples } from '../examples.js'
import { interruptSignal } from '../exit.js'
import { byteCount } from '../parse.js'
import { progressBar } from '../progress-bar.js'
import { keyValueTable, print, printJson } from '../table.js'

const FILES =
  'safetensors, .pt or .bin of torch.save, an index of several, a directory of a model, or the URL of one of these'

/** Adds the commands. */
export function registerWeights(program: Command): void {
  const weights = program
    .command('weights')
    .description('Look at weights of OpenFlamingo, Otter, CLIP and language models, and convert them.')
    .addHelpText(
      'after',
      examples('weights info checkpoint.pt', 'weights convert checkpoint.pt --out otter.safetensors'),
    )
  weights
    .command('info')
    .description('Say what weights hold: parts, tensors, types, parameters, key scheme. Only headers are read.')
    .argument('<path>', FILES)
    .option('--tensors', 'list every tensor')
    .option('--json', 'print as JSON, with every tensor')
    .addHelpText('after', examples('weights info checkpoint.pt', 'weights info openflamingo-9b --tensors'))
    .action(info)
  weights
    .command('convert')
    .description(
      'Write weights as safetensors under the keys of one scheme; later inputs replace tensors of earlier ones.',
    )
    .argument('<in...>', FILES)
    .requiredOption('--out <path>', 'a file that ends in .safetensors, or a directory')
    .addOption(
      new Option('--scheme <name>', 'how tensors are called')
        .choices(Object.keys(outputSchemes))
        .default('openflamingo'),
    )
    .addOption(new Option('--dtype <type>', 'type of all tensors (default: that of each)').choices([...writableDtypes]))
    .option('--shard-bytes <n>', 'bytes of one file of a directory at most (default: 5GB)', byteCount)
    .option('--trainable-only', 'only perceiver, cross-attention, input embedding and a head of its own')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  mimicit weights convert clip-vit-large-patch14 llama-7b checkpoint.pt --out openflamingo-9b --dtype bfloat16
  mimicit weights convert final_weights.pt --trainable-only --out trained.safetensors`,
    )
    .action(convert)
}

async function info(path: string, flags: { readonly tensors?: true; readonly json?: true }): Promise<void> {
  const weights = await openWeights(path)
  try {
    const facts = describeWeights(weights)
    if (flags.json) printJson(facts)
    else print(infoText(facts, flags.tensors === true))
  } finally {
    await weights.close()
  }
}

/** Columns padded to their widest cell. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function infoText(facts: WeightsFacts, tensors: boolean): string {
  const head = keyValueTable([
    ['weights', facts.location],
    ['form', `${facts.form}, ${plural(facts.files.length, 'file')}`],
    ['key scheme', facts.scheme ?? 'none that is known'],
    ['parameters', formatCount(facts.parameters)],
    ['bytes', formatBytes(facts.bytes)],
  ])
  const parts = columns([
    ['part', 'tensors', 'parameters', 'bytes', 'types'],
    ...facts.parts.map((part) => [
      part.part,
      formatCount(part.tensors),
      formatCount(part.parameters),
      formatBytes(part.bytes),
      Object.entries(part.dtypes)
        .map(([dtype, count]) => (Object.keys(part.dtypes).length === 1 ? dtype : `${dtype} ${count}`))
        .join(', '),
    ]),
  ])
  const list = facts.tensors.map(({ name, dtype, shape, part }) => [name, dtype, `[${shape.join(', ')}]`, part])
  return [head, parts, ...(tensors ? [columns(list)] : [])].join('\n\n')
}

interface ConvertFlags extends Pick<ConvertOptions, 'scheme' | 'dtype' | 'shardBytes' | 'trainableOnly'> {
  readonly out: string
  readonly json?: true
}

async function convert(inputs: string[], { out, json, ...options }: ConvertFlags): Promise<void> {
  const bar = progressBar()
  try {
    const result = await convertWeights(inputs, out, { ...options, onProgress: bar.update, signal: interruptSignal() })
    bar.done()
    if (json) return printJson(result)
    const { tensors, bytes, files, schemes, replaced, aside } = result
    print(`${out}: ${plural(tensors, 'tensor')}, ${formatBytes(bytes)} in ${plural(files.length, 'file')}`)
    print(`  keys were those of ${schemes.join(', ')}`)
    if (replaced.length > 0)
      print(`  ${plural(replaced.length, 'tensor')} of an input replaced by those of a later one`)
    if (aside.length > 0) print(`  ${plural(aside.length, 'tensor')} not needed (buffers, copies, text towers)`)
  } finally {
    bar.done()
  }
}
