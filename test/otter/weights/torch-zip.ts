// Zip files and pickles of torch.save made by hand, for what PyTorch itself would not write on a small disk or at all.

const bytes = (...values: number[]) => Uint8Array.from(values)
const text = (value: string) => new TextEncoder().encode(value)
export const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

const u16 = (n: number) => bytes(n & 255, n >> 8)
const u32 = (n: number) => new Uint8Array(Uint32Array.of(n).buffer)
const u64 = (n: number | bigint) => new Uint8Array(BigUint64Array.of(BigInt(n)).buffer)

/** How a zip file departs from a plain one. */
export interface ZipTwist {
  /** Write sizes, offsets and counts in the fields of zip64. */
  readonly zip64?: boolean
  readonly flags?: number
  readonly method?: number
  /** Added to the size of every entry in the directory. */
  readonly grow?: number
  readonly comment?: string
  /** Entries that the end of the file promises. */
  readonly count?: number
}

/** A zip file of stored entries. */
export function zip(entries: Readonly<Record<string, Uint8Array>>, twist: ZipTwist = {}): Uint8Array {
  const { zip64 = false, flags = 0, method = 0, grow = 0, comment = '' } = twist
  const locals: Uint8Array[] = []
  const central: Uint8Array[] = []
  let at = 0
  for (const [name, data] of Object.entries(entries)) {
    const size = data.length + grow
    // Padding, as PyTorch puts it before values so that they can be mapped.
    const padding = join(text('FB'), u16(5), new Uint8Array(5))
    const start = join(u32(0x04034b50), u16(45), u16(flags), u16(method), new Uint8Array(8), u32(data.length))
    const local = join(start, u32(data.length), u16(name.length), u16(padding.length), text(name), padding, data)
    const extra = zip64 ? join(u16(1), u16(24), u64(size), u64(size), u64(at)) : new Uint8Array(0)
    const small = (n: number) => u32(zip64 ? 0xffff_ffff : n)
    const head = join(u32(0x02014b50), u16(45), u16(45), u16(flags), u16(method), new Uint8Array(8))
    const sizes = join(small(size), small(size), u16(name.length), u16(extra.length), new Uint8Array(10), small(at))
    central.push(join(head, sizes, text(name), extra))
    locals.push(local)
    at += local.length
  }
  const directory = join(...central)
  const count = twist.count ?? central.length
  const end64 = join(
    ...[u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0), u64(count), u64(count)],
    ...[u64(directory.length), u64(at)],
    ...[u32(0x07064b50), u32(0), u64(at + directory.length), u32(1)],
  )
  const end = join(
    ...[u32(0x06054b50), u16(0), u16(0), u16(zip64 ? 0xffff : count), u16(zip64 ? 0xffff : count)],
    ...[u32(zip64 ? 0xffff_ffff : directory.length), u32(zip64 ? 0xffff_ffff : at), u16(comment.length), text(comment)],
  )
  return join(...locals, directory, ...(zip64 ? [end64] : []), end)
}

/** Instructions of a pickle. */
export const p = {
  global: (module: string, name: string) => text(`c${module}\n${name}\n`),
  text: (value: string) => join(text('X'), u32(text(value).length), text(value)),
  int: (n: number) => join(text('J'), u32(n)),
  /** A long of any size. */
  long: (n: bigint) => join(bytes(0x8a, 8), u64(n)),
  tuple: (...items: Uint8Array[]) => join(text('('), ...items, text('t')),
  dict: (...items: Uint8Array[]) => join(text('}('), ...items, text('u')),
  reduce: text('R'),
  raw: (...values: number[]) => bytes(...values),
  program: (...parts: Uint8Array[]) => join(bytes(0x80, 2), ...parts, text('.')),
}

/** A tensor over storage `0`, with numbers that may be lies. */
export function tensor(
  told: {
    readonly type?: string
    readonly stored?: number
    readonly offset?: number
    readonly shape?: number[]
    readonly strides?: number[]
    readonly key?: string
  } = {},
): Uint8Array {
  const { type = 'FloatStorage', stored = 4, offset = 0, shape = [4], strides = [1], key = '0' } = told
  const id = p.tuple(p.text('storage'), p.global('torch', type), p.text(key), p.text('cpu'), p.int(stored))
  const numbers = (list: number[]) => p.tuple(...list.map((n) => p.int(n)))
  const hooks = join(p.global('collections', 'OrderedDict'), p.raw(0x29), p.reduce)
  const args = p.tuple(join(id, p.raw(0x51)), p.int(offset), numbers(shape), numbers(strides), p.raw(0x89), hooks)
  return join(p.global('torch._utils', '_rebuild_tensor_v2'), args, p.reduce)
}

/** A file of torch.save with this pickle and four floats 0, 1, 2, 3. */
export const torchFile = (pickle: Uint8Array, twist?: ZipTwist): Uint8Array =>
  zip({ 'w/data.pkl': pickle, 'w/data/0': new Uint8Array(Float32Array.of(0, 1, 2, 3).buffer) }, twist)
