// What a plan is told apart by: everything that changes a batch, part by part, and its fingerprint.

/** Parts of a plan by name; `plan.json` beside a checkpoint holds them. */
export type PlanParts = Readonly<Record<string, unknown>>

/** Names of the parts in which two plans differ, nested ones with dots, with both values. */
export function planDifferences(before: PlanParts, now: PlanParts): string[] {
  return differences(before, now, '')
}

function differences(before: unknown, now: unknown, name: string): string[] {
  if (isTree(before) && isTree(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()
    return names.flatMap((key) => differences(before[key], now[key], name === '' ? key : `${name}.${key}`))
  }
  const [was, is] = [before, now].map((value) => JSON.stringify(value) ?? 'not set')
  return was === is ? [] : [`${name} (was ${short(was!)}, is ${short(is!)})`]
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && (!Array.isArray(value) || value.some((one) => typeof one === 'object'))

const short = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 57)}...`)
