// What a form of an export is: it says what it can hold, and writes its files. forms.ts lists the forms.
import type { Pair } from '../../tuple/tuple.js'
import type { Losses } from './losses.js'
import type { Output } from './output.js'

/** What some forms hold and others do not; what a form does not hold is counted and told. */
export type Aspect =
  | 'subset'
  | 'split'
  | 'language'
  | 'media kind'
  | 'metadata'
  | 'positions'
  | 'times'
  | 'clips'
  | 'aliases'
  | 'orphans'
  | 'picture ids'
  /** Of all pairs, also where subsets take turns. */
  | 'row order'
  /** Of the queries of a context table. */
  | 'context order'

/** A picture of an export. */
export interface ExportPicture {
  readonly row: number
  readonly ids: readonly string[]
  /** `jpeg`, `png`, ... */
  readonly format: string
  /** The original bytes. */
  readonly bytes: Uint8Array
}

/** A stored context table as ids; contexts that the export leaves out are not among them. */
export interface ExportContexts {
  /** Rows of its queries in its order. */
  readonly queries: Int32Array
  /** Ids of the contexts of a query; undefined if the table does not have it. */
  of(row: number): Promise<readonly string[] | undefined>
}

/** What a form gets: the chosen part of a data set, to be read as often as it likes, and where its files go. */
export interface ExportJob {
  readonly output: Output
  readonly losses: Losses
  /** Name of all files of a form that has one; without it they are named by their subsets. */
  readonly name: string | undefined
  /** For a field that names a date. */
  readonly time: string
  /** Names of the subsets, in the order of their first pairs. */
  readonly subsets: readonly string[]
  /** Whether any chosen pair names its split. */
  readonly hasSplits: boolean
  /** The id of a chosen pair. */
  idOf(row: number): string
  /** Number of the subset of a pair. */
  subsetOf(row: number): number
  /** Number of the first subset whose pairs name a picture; -1 if none does. */
  subsetOfMedia(row: number): number
  /** Subsets that share pictures, two by two. */
  readonly shared: readonly (readonly [number, number])[]
  /** Chosen pairs in order. */
  pairs(): AsyncGenerator<readonly [row: number, pair: Pair]>
  /** Number of chosen pictures. */
  readonly pictureCount: number
  /** Chosen pictures in order. @param orphans with those that no pair names @default false */
  pictures(options?: { readonly orphans?: boolean }): AsyncGenerator<ExportPicture>
  /** One picture by its row. */
  picture(row: number): Promise<ExportPicture>
  /** The file name of a picture: that of its first id. */
  pictureName(row: number): Promise<string>
  /** Names of the context tables. */
  readonly contextNames: readonly string[]
  /** A context table; undefined if there is none of that name. */
  contexts(name: string): Promise<ExportContexts | undefined>
}

/** A form that a data set can be exported to. */
export interface ExportForm {
  /** One line for people. */
  readonly title: string
  readonly holds: readonly Aspect[]
  /** The context tables that it holds. */
  readonly contexts: readonly string[] | 'all'
  /** The subset that an import gives to pairs whose ids name none. @default 'unnamed' */
  readonly namelessSubset?: string
  /** The options that it takes beside those of all forms. */
  readonly takes: readonly ('name' | 'time')[]
  write(job: ExportJob): Promise<void>
}
