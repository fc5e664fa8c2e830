// The part of Python's pickle that plain data need: numbers, texts, lists, tuples, dicts. A pickle is a program; this
// interpreter knows no instruction that could do anything. Functions and classes are looked up among those that the caller
// hands in, and whatever else a file names is refused by that name before any of it is used.
//
// Every step makes at most one value of bounded size, and the number of steps is bounded: a small file cannot make us
// take much time or memory.
import { MimicitError, show } from '../../base/errors.js'
import { badWeights } from './bad-weights.js'

/** A function or class that a pickle may use. */
export type PickleGlobal =
  | { readonly kind: 'function'; readonly call: (args: readonly unknown[]) => unknown }
  /** Only ever handed to functions. */
  | { readonly kind: 'value'; readonly value: unknown }

/** A tuple, apart from a list. */
export class PickleTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** What the caller knows. */
export interface PickleWorld {
  /** Functions and classes by `module.name`. */
  readonly globals: ReadonlyMap<string, PickleGlobal>
  /** The object of a persistent id. */
  readonly persistent: (id: unknown) => unknown
  /** What the pickle is called in messages. */
  readonly where: string
}

/** A tensor takes some thirty steps; published weights have a thousand tensors. */
const MOST_STEPS = 1_000_000
const mark = Symbol('mark')

/** A name that was not in `globals`. */
function unsafe(name: string, where: string): MimicitError {
  return new MimicitError('MIMICIT_UNSAFE_PICKLE', {
    expected: 'a file that holds tensors and plain values only',
    where,
    received: `one that asks for ${show(name)}`,
    hint:
      'Nothing of it was run. Take such a file from somebody you trust only; Python can save its tensors alone: ' +
      'torch.save({"state_dict": model.state_dict()}, "weights.pt").',
  })
}

class Interpreter {
  private readonly stack: unknown[] = []
  private readonly memo = new Map<number, unknown>()
  private readonly view: DataView
  private readonly text = new TextDecoder()
  private at = 0

  constructor(
    private readonly bytes: Uint8Array,
    private readonly world: PickleWorld,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  run(): unknown {
    for (let step = 0; step < MOST_STEPS; step++) {
      const code = this.take(1)[0]!
      if (code === 0x2e) return this.pop()
      this.step(code)
    }
    throw this.bad(`at most ${MOST_STEPS} steps`, 'more')
  }

  private bad(expected: string, received: string): MimicitError {
    return badWeights(`${this.world.where}, byte ${this.at}`, expected, received)
  }

  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw this.bad(`${length} more bytes`, 'the end of the pickle')
    const part = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return part
  }

  private skip(length: number): void {
    this.take(length)
  }

  private string(length: number): string {
    return this.text.decode(this.take(length))
  }

  private float(): number {
    this.take(8)
    return this.view.getFloat64(this.at - 8, false)
  }

  /** The number of a 1, 2 or 4 byte field. */
  private count(size: 1 | 2 | 4): number {
    const start = this.at
    this.take(size)
    if (size === 1) return this.view.getUint8(start)
    return size === 2 ? this.view.getUint16(start, true) : this.view.getUint32(start, true)
  }

  private count8(): number {
    const start = this.at
    this.take(8)
    const value = this.view.getBigUint64(start, true)
    if (value > BigInt(this.bytes.length)) throw this.bad('a length inside the pickle', `${value}`)
    return Number(value)
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0) throw this.bad('a line', 'the end of the pickle')
    const line = this.text.decode(this.take(end - this.at))
    this.at++
    return line
  }

  /** A long: a number where it is exact, else a bigint. */
  private long(length: number): number | bigint {
    if (length > 8) throw this.bad('an integer of at most 64 bits', `one of ${length} bytes`)
    let value = 0n
    for (const byte of this.take(length).toReversed()) value = (value << 8n) | BigInt(byte)
    const signed = BigInt.asIntN(8 * length, value)
    const number = Number(signed)
    return Number.isSafeInteger(number) ? number : signed
  }

  private pop(): unknown {
    const value = this.top()
    this.stack.pop()
    return value
  }

  private drop(): void {
    this.pop()
  }

  private dropToMark(): void {
    this.toMark()
  }

  private push(value: unknown): void {
    this.stack.push(value)
  }

  private top(): unknown {
    const value = this.stack.at(-1)
    if (this.stack.length === 0 || value === mark) throw this.bad('a value on the stack', 'none')
    return value
  }

  /** Everything above the last mark, and the mark away. */
  private toMark(): unknown[] {
    const at = this.stack.lastIndexOf(mark)
    if (at < 0) throw this.bad('a mark on the stack', 'none')
    const items = this.stack.splice(at + 1)
    this.stack.pop()
    return items
  }

  private tuple(size: number): void {
    const items: unknown[] = []
    for (let i = 0; i < size; i++) items.unshift(this.pop())
    this.push(new PickleTuple(items))
  }

  private extend(items: readonly unknown[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw this.bad('a list', show(typeof list))
    for (const item of items) list.push(item)
  }

  private setItems(items: readonly unknown[]): void {
    const dict = this.top()
    if (!(dict instanceof Map)) throw this.bad('a dict', show(typeof dict))
    if (items.length % 2 !== 0) throw this.bad('keys with values', 'a key without one')
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1])
  }

  private global(module: string, name: string): void {
    const found = this.world.globals.get(`${module}.${name}`)
    if (found === undefined) throw unsafe(`${module}.${name}`, this.world.where)
    this.push(found.kind === 'value' ? found.value : found)
  }

  private reduce(): void {
    const args = this.pop()
    const global = this.pop() as Partial<PickleGlobal> | null | undefined
    if (!(args instanceof PickleTuple)) throw this.bad('arguments', show(typeof args))
    if (typeof global !== 'object' || global?.kind !== 'function' || global.call === undefined)
      throw this.bad('a function', show(typeof global))
    this.push(global.call(args.items))
  }

  /** Attributes of an object: those of an OrderedDict (a state dict has `_metadata`) are of no use here. */
  private build(): void {
    this.pop()
    const target = this.top()
    if (!(target instanceof Map)) throw unsafe('an object with a state', this.world.where)
  }

  private stackGlobal(): void {
    const name = this.pop()
    const module = this.pop()
    if (typeof name !== 'string' || typeof module !== 'string') throw this.bad('a name', 'another value')
    this.global(module, name)
  }

  private remember(index: number): void {
    this.memo.set(index, this.top())
  }

  private recall(index: number): void {
    if (!this.memo.has(index)) throw this.bad('a value that was remembered', `number ${index}`)
    this.push(this.memo.get(index))
  }

  /** What each instruction does, under its name in Python's pickletools. */
  private static readonly instructions: ReadonlyMap<number, (it: Interpreter) => void> = new Map([
    /* PROTO */ [0x80, (it) => it.skip(1)],
    /* FRAME */ [0x95, (it) => it.skip(8)],
    /* MARK */ [0x28, (it) => it.push(mark)],
    /* POP */ [0x30, (it) => it.drop()],
    /* POP_MARK */ [0x31, (it) => it.dropToMark()],
    /* NONE */ [0x4e, (it) => it.push(null)],
    /* NEWTRUE */ [0x88, (it) => it.push(true)],
    /* NEWFALSE */ [0x89, (it) => it.push(false)],
    /* BININT */ [0x4a, (it) => it.push(it.count(4) | 0)],
    /* BININT1 */ [0x4b, (it) => it.push(it.count(1))],
    /* BININT2 */ [0x4d, (it) => it.push(it.count(2))],
    /* LONG1 */ [0x8a, (it) => it.push(it.long(it.count(1)))],
    /* LONG4 */ [0x8b, (it) => it.push(it.long(it.count(4)))],
    /* BINFLOAT */ [0x47, (it) => it.push(it.float())],
    /* BINUNICODE */ [0x58, (it) => it.push(it.string(it.count(4)))],
    /* SHORT_BINUNICODE */ [0x8c, (it) => it.push(it.string(it.count(1)))],
    /* BINUNICODE8 */ [0x8d, (it) => it.push(it.string(it.count8()))],
    /* BINSTRING, of Python 2 */ [0x54, (it) => it.push(it.string(it.count(4)))],
    /* SHORT_BINSTRING, of Python 2 */ [0x55, (it) => it.push(it.string(it.count(1)))],
    /* BINBYTES */ [0x42, (it) => it.push(it.take(it.count(4)))],
    /* SHORT_BINBYTES */ [0x43, (it) => it.push(it.take(it.count(1)))],
    /* BINBYTES8 */ [0x8e, (it) => it.push(it.take(it.count8()))],
    /* EMPTY_LIST */ [0x5d, (it) => it.push([])],
    /* APPEND */ [0x61, (it) => it.extend([it.pop()])],
    /* APPENDS */ [0x65, (it) => it.extend(it.toMark())],
    /* EMPTY_TUPLE */ [0x29, (it) => it.tuple(0)],
    /* TUPLE1 */ [0x85, (it) => it.tuple(1)],
    /* TUPLE2 */ [0x86, (it) => it.tuple(2)],
    /* TUPLE3 */ [0x87, (it) => it.tuple(3)],
    /* TUPLE */ [0x74, (it) => it.push(new PickleTuple(it.toMark()))],
    /* EMPTY_DICT */ [0x7d, (it) => it.push(new Map())],
    /* SETITEM */ [0x73, (it) => it.setItems([it.pop(), it.pop()].reverse())],
    /* SETITEMS */ [0x75, (it) => it.setItems(it.toMark())],
    /* BINPUT */ [0x71, (it) => it.remember(it.count(1))],
    /* LONG_BINPUT */ [0x72, (it) => it.remember(it.count(4))],
    /* MEMOIZE */ [0x94, (it) => it.remember(it.memo.size)],
    /* BINGET */ [0x68, (it) => it.recall(it.count(1))],
    /* LONG_BINGET */ [0x6a, (it) => it.recall(it.count(4))],
    /* GLOBAL */ [0x63, (it) => it.global(it.line(), it.line())],
    /* STACK_GLOBAL */ [0x93, (it) => it.stackGlobal()],
    /* REDUCE */ [0x52, (it) => it.reduce()],
    /* BUILD */ [0x62, (it) => it.build()],
    /* BINPERSID */ [0x51, (it) => it.push(it.world.persistent(it.pop()))],
  ])

  private step(code: number): void {
    const instruction = Interpreter.instructions.get(code)
    if (instruction === undefined)
      throw this.bad('an instruction of a pickle that plain data need', `byte 0x${code.toString(16).padStart(2, '0')}`)
    instruction(this)
  }
}

/**
 * The value of a pickle: null, booleans, numbers, texts, bytes, arrays (lists), `PickleTuple`, `Map` (dicts), and what the
 * functions of `world` give.
 *
 * @throws MIMICIT_UNSAFE_PICKLE naming a function or class that is not in `world`; MIMICIT_BAD_WEIGHTS for anything that is
 * no pickle of plain data
 */
export function unpickle(bytes: Uint8Array, world: PickleWorld): unknown {
  return new Interpreter(bytes, world).run()
}
