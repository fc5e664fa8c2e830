// The rules of the house, as pure functions over sources: each gets a map from path (`src/room/file.ts`) to text and gives
// back what breaks it, one line each. Imports are read with patterns, which is enough for formatted code: an import begins
// a line and names its module in quotes.

/** Sources by path relative to the project, with `/`. */
export type Sources = ReadonlyMap<string, string>

/** The rooms, top to bottom: a room may import only rooms above it. README.md lists the same. */
export const ROOMS = [
  'base',
  'tuple',
  'io',
  'vision',
  'text',
  'work',
  'tensors',
  'shards',
  'context',
  'import',
  'layout',
  'loader',
  'otter',
  'train',
  'llm',
  'syphus',
  'evaluate',
  'serve',
  'cli',
] as const

/** The public face sees every room but the last; only the last may see it. */
const INDEX = 'src/index.ts'
const LAST_ROOM = 'cli'
const ENTRY = 'src/cli/main.ts'

/** Packages that only some rooms may know, so that each can be replaced in one place. Types count too. */
const SEAMS: readonly { readonly packages: RegExp; readonly rooms: readonly string[]; readonly files?: RegExp }[] = [
  { packages: /^@tensorflow\//, rooms: ['tensors'] },
  { packages: /^(apache-arrow|flatbuffers|hyparquet|hyparquet-writer)(\/|$)/, rooms: ['shards', 'import'] },
  { packages: /^sharp(\/|$)/, rooms: ['vision'] },
  { packages: /^(node:)?worker_threads$/, rooms: ['base'], files: /worker[^/]*\.ts$/ },
]

const MOST_LINES = 400

const IMPORTS = [
  /^import\s+(?:type\s+)?[^'"`;=]*?\sfrom\s*['"]([^'"]+)['"]/gm,
  /^import\s*['"]([^'"]+)['"]/gm,
  /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*['"]([^'"]+)['"]/gm,
  /\b(?:import|require|import\.meta\.resolve)\(\s*['"]([^'"]+)['"]\s*\)/g,
  /\bcreateRequire\([^)]*\)\(\s*['"]([^'"]+)['"]\s*\)/g,
]

/** Every module a source names, types included; comment lines do not count. */
export function importsOf(source: string): string[] {
  const code = source.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, '')
  return IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]!))
}

/** The file a relative import means, or undefined for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/').replace(/\.js$/, '.ts')
}

const roomOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1]

/** 0 for the top room; the public face comes just above the last room. Undefined for a place outside the house. */
function rank(path: string): number | undefined {
  if (path === INDEX) return ROOMS.length - 1.5
  const room = ROOMS.indexOf(roomOf(path) as (typeof ROOMS)[number])
  return room < 0 ? undefined : room
}

function* relativeImports(sources: Sources): Generator<readonly [from: string, to: string]> {
  for (const [from, source] of sources) {
    for (const specifier of importsOf(source)) {
      const to = resolveImport(from, specifier)
      if (to !== undefined) yield [from, to]
    }
  }
}

/** Every file is in a room of the list, or is the public face. */
export function unknownRooms(sources: Sources): string[] {
  return [...sources.keys()]
    .filter((path) => rank(path) === undefined)
    .map(
      (path) => `${path}: ${roomOf(path) === undefined ? 'is in no room' : `room ${roomOf(path)} is not in the list`}`,
    )
}

/** A room imports only itself and rooms above it; nothing imports the command line's entry. */
export function upwardImports(sources: Sources): string[] {
  const faults: string[] = []
  for (const [from, to] of relativeImports(sources)) {
    if (to === ENTRY) faults.push(`${from}: imports ${to}, which is where the program starts`)
    else if (!to.startsWith('src/')) {
      if (to !== 'package.json') faults.push(`${from}: imports ${to}, which is outside the house`)
    } else if (from === INDEX && roomOf(to) === LAST_ROOM) faults.push(`${from}: imports ${to} of the command line`)
    else if ((rank(to) ?? 0) > (rank(from) ?? 0)) faults.push(`${from}: imports ${to}, which is further down`)
  }
  return faults
}

/** No file imports itself by way of others. One line a circle, from its first file in alphabetical order. */
export function importCircles(sources: Sources): string[] {
  const next = new Map<string, string[]>()
  for (const [from, to] of relativeImports(sources)) {
    if (sources.has(to)) next.set(from, [...(next.get(from) ?? []), to])
  }
  const circles = new Set<string>()
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      const circle = trail.slice(at)
      const first = circle.indexOf([...circle].sort()[0]!)
      circles.add([...circle.slice(first), ...circle.slice(0, first), circle[first]!].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const to of next.get(path) ?? []) walk(to, [...trail, path])
    done.add(path)
  }
  for (const path of [...sources.keys()].sort()) walk(path, [])
  return [...circles].sort()
}

/** Packages behind a seam are imported only by the rooms that are the seam. */
export function seamBreaches(sources: Sources): string[] {
  const faults: string[] = []
  for (const [path, source] of sources) {
    for (const specifier of importsOf(source)) {
      for (const { packages, rooms, files } of SEAMS) {
        if (!packages.test(specifier) || rooms.includes(roomOf(path) ?? '') || files?.test(path)) continue
        faults.push(`${path}: imports ${specifier}, which belongs to ${rooms.join(' and ')}`)
      }
    }
  }
  return faults
}

/** No file is longer than a few screens. */
export function longFiles(sources: Sources): string[] {
  return [...sources]
    .map(([path, source]) => [path, source.split('\n').length - (source.endsWith('\n') ? 1 : 0)] as const)
    .filter(([, lines]) => lines > MOST_LINES)
    .map(([path, lines]) => `${path}: ${lines} lines, more than ${MOST_LINES}`)
}

/** The public face of a room, which is a sub-path of the package too. */
const isFace = (path: string): boolean => /^src\/[^/]+\/index\.ts$/.test(path)

/**
 * The public face is nothing but the faces of rooms, each of which lists by name what is public, and everything that is
 * public has a doc comment where it is declared.
 */
export function undocumentedExports(sources: Sources): string[] {
  const index = sources.get(INDEX)
  if (index === undefined) return [`${INDEX}: is missing`]
  const rooms = [...index.matchAll(/^export\s+\*\s+from\s+'\.\/(\w+)\/index\.js'$/gm)].map(
    ([, room]) => `src/${room}/index.ts`,
  )
  const faults = [...sources.keys()]
    .filter((path) => isFace(path) && !rooms.includes(path))
    .map((path) => `${INDEX}: leaves out ${path}`)
  for (const path of [INDEX, ...rooms]) {
    const face = sources.get(path) ?? ''
    for (const [, from = ''] of face.matchAll(/^export\s+(?:type\s+)?\*.*?'([^']+)'/gm)) {
      if (path !== INDEX || !rooms.includes(resolveImport(INDEX, from) ?? ''))
        faults.push(`${path}: export * hides what is public`)
    }
    for (const [name, from] of reExports(face)) {
      const fault = docFault(sources, resolveImport(path, from) ?? from, name, new Set())
      if (fault !== undefined) faults.push(fault)
    }
  }
  return faults
}

/** Inside the house nobody goes through the face of a room: it loads all of the room. */
export function throughFaces(sources: Sources): string[] {
  return [...relativeImports(sources)]
    .filter(([from, to]) => from !== INDEX && isFace(to))
    .map(([from, to]) => `${from}: imports ${to}, the face of a room, instead of the file`)
}

/** Names a source hands on from other modules: `export { a, type B, c as d } from './x.js'` gives a, B and c. */
function reExports(source: string): [name: string, from: string][] {
  return [...source.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/gm)].flatMap(
    ([, list, from]) =>
      (list ?? '')
        .split(',')
        .map(
          (entry) =>
            entry
              .trim()
              .replace(/^type\s+/, '')
              .split(/\s+as\s+/)[0]!,
        )
        .filter((name) => name !== '')
        .map((name): [string, string] => [name, from!]),
  )
}

function docFault(sources: Sources, path: string, name: string, seen: Set<string>): string | undefined {
  const source = sources.get(path)
  if (source === undefined || seen.has(path)) return `${path}: ${name} cannot be followed to its declaration`
  const declaration = new RegExp(
    `(\\*\\/\\s*)?^(?:export\\s+)?(?:declare\\s+|abstract\\s+|async\\s+)*(?:function\\*?|class|const|let|interface|type|enum)\\s+${name}\\b`,
    'm',
  ).exec(source)
  if (declaration !== null) return declaration[1] === undefined ? `${path}: ${name} has no doc comment` : undefined
  const onward = reExports(source).find(([handed]) => handed === name)
  if (onward === undefined) return `${path}: ${name} cannot be followed to its declaration`
  return docFault(sources, resolveImport(path, onward[1]) ?? onward[1], name, seen.add(path))
}
