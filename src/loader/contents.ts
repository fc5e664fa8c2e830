// What samples of several sources are made of: the columns of each source are read for all of them together and planned over.

import { contentAt, plan } from './plan/plan.js'
import type { PlannedSample, SampleContent } from './plan/planned.js'
import { createIndexReader } from './read-index.js'
import type { Source } from './source.js'
import { planRules } from './turn-index.js'
import type { TurnSource } from './turn-source.js'

/** What reading needs beside the sources. */
export interface ContentMeans {
  /** Of each source, for pairs whose counts are not stored; without it their counts stay unknown. */
  readonly turns: readonly Pick<TurnSource, 'get'>[]
  /** Throws where nothing more is to begin. */
  readonly goOn: () => void
}

/** The contents of samples. */
export interface Contents {
  /** @param epoch that of all the samples */
  of(epoch: number, samples: readonly PlannedSample[]): Promise<readonly SampleContent[]>
  close(): Promise<void>
}

/** Opens nothing yet. */
export function openContents(sources: readonly Source[], { turns, goOn }: ContentMeans): Contents {
  const readers = sources.map((source, at) => createIndexReader(source, { turns: turns[at], goOn }))
  return {
    async of(epoch, all) {
      const found = new Array<SampleContent>(all.length)
      for (const [at, source] of sources.entries()) {
        const places = all.flatMap((sample, place) => (sample.source === at ? [place] : []))
        if (places.length === 0) continue
        const { index, faults } = await readers[at]!.read(
          places.map((place) => all[place]!.row),
          epoch,
        )
        const sound = places.filter((place) => !faults.has(all[place]!.row))
        const rules = planRules(source.rules, source.settings.shots, source.orderOf(epoch))
        const content = plan(index, rules).content(sound.map((place) => all[place]!.row))
        for (const [i, place] of sound.entries()) found[place] = contentAt(content, i)
        for (const place of places) {
          const fault = faults.get(all[place]!.row)
          if (fault !== undefined) found[place] = { contexts: [], media: [], tokens: 0, fault }
        }
      }
      return found
    },
    async close() {
      await Promise.all(readers.map((reader) => reader.close()))
    },
  }
}
