// A data set on the Hugging Face hub as a store: `hf://datasets/org/name@revision/path`. The revision (default `main`) is
// resolved to its commit once, so that one open data set never mixes two revisions. HF_TOKEN opens private ones,
// HF_ENDPOINT names another hub. Addresses: https://huggingface.co/docs/hub/api
import { MimicitError, show } from '../base/errors.js'
import { createRangeClient, type RangeClientOptions } from './http/range-client.js'
import { createRemoteStore, encodePath } from './http/remote-store.js'
import type { Store } from './readable.js'

/** Bytes of an answer of the API at most: it lists every file of the repository. */
const MOST_API_BYTES = 256 << 20

/** The hub's own file, which it puts into every repository. */
const HUBS_OWN = '.gitattributes'

/** Parts of a location. */
export interface HubLocation {
  /** `org/name`. */
  readonly name: string
  readonly revision: string
  /** Directory inside the repository, '' for its root. */
  readonly directory: string
}

/**
 * Takes a location apart. A revision with a slash in it is written with `%2F`, but for `refs/pr/1` and `refs/convert/x`.
 * @throws MimicitError MIMICIT_BAD_VALUE
 */
export function parseHubLocation(location: string): HubLocation {
  const match = /^hf:\/\/datasets\/([\w.-]+\/[\w.-]+)(?:@(refs\/(?:pr|convert)\/[^/]+|[^/]+))?(?:\/(.*?))?\/?$/i.exec(
    location,
  )
  if (match?.[1] === undefined) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'hf://datasets/<organisation>/<name>, @<revision> and /<directory> if need be',
      where: 'the data set location',
      received: show(location),
    })
  }
  return { name: match[1], revision: decodeURIComponent(match[2] ?? 'main'), directory: match[3] ?? '' }
}

/** Opens an `hf://` location; the hub is asked when the first file is. */
export function openHub(location: string, options: RangeClientOptions = {}): Store {
  const { name, revision, directory } = parseHubLocation(location)
  const endpoint = (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  const token = process.env.HF_TOKEN?.trim()
  const client = createRangeClient({
    ...(token ? { authorise: async () => ({ authorization: `Bearer ${token}` }) } : {}),
    ...options,
  })
  const api = new URL(`${endpoint}/api/datasets/${name}/revision/${encodeURIComponent(revision)}`)
  const ask = async () => {
    const { parseRevision } = await import('./hf-revision.js')
    const answer = parseRevision(parseJson(await client.whole(api, MOST_API_BYTES)))
    if (answer !== undefined) return answer
    throw new MimicitError('MIMICIT_NETWORK', {
      expected: 'the commit of a revision',
      where: `${api.origin}${api.pathname}`,
      received: 'an answer without one',
      hint: 'Check HF_ENDPOINT.',
    })
  }
  let asked: ReturnType<typeof ask> | undefined
  const resolved = () => {
    if (asked === undefined) {
      asked = ask()
      // A failure is not remembered: whoever tries again asks again.
      asked.catch(() => {
        asked = undefined
      })
    }
    return asked
  }
  const prefix = directory === '' ? '' : `${directory}/`
  return createRemoteStore({
    location: location.replace(/\/+$/, ''),
    client,
    async urlOf(path) {
      const { sha } = await resolved()
      return new URL(`${endpoint}/datasets/${name}/resolve/${sha}/${encodePath(prefix + path)}`)
    },
    async list() {
      const files = (await resolved()).siblings?.map(({ rfilename }) => rfilename) ?? []
      return files
        .filter((file) => file !== HUBS_OWN && file.startsWith(prefix))
        .map((file) => file.slice(prefix.length))
        .sort()
    },
  })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
