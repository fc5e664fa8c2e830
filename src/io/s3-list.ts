// The names of the files below a prefix of a bucket, page by page:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html

import { unable } from './http/network-error.js'
import type { RangeClient } from './http/range-client.js'

/** Bytes of a page at most: 1,000 names of at most 1,024 bytes, percent-encoded, with what is said of each. */
const MOST_PAGE_BYTES = 8 << 20
/** Pages at most: ten million files. */
const MOST_PAGES = 10_000

/**
 * Lists a bucket.
 * @param bucket address of the bucket
 * @param prefix '' or the beginning of the names that are wanted, with its `/`
 * @returns names without the prefix, sorted; undefined if we may not list, or the service cannot
 */
export async function listBucket(client: RangeClient, bucket: string, prefix: string): Promise<string[] | undefined> {
  const names: string[] = []
  let token: string | undefined
  let last: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const url = new URL(`${bucket}/`)
    const query = { 'encoding-type': 'url', 'list-type': '2', prefix, ...(token && { 'continuation-token': token }) }
    // In the order and the spelling that signatures are made of.
    const words = Object.entries(query).map(([name, value]) => `${name}=${encodeQuery(value)}`)
    url.search = words.sort().join('&')
    const answer = await client.wholeIfGiven(url, MOST_PAGE_BYTES)
    if (answer === undefined) return undefined
    const xml = Buffer.from(answer).toString('utf8')
    if (!/<ListBucketResult[\s>]/.test(xml)) return undefined
    const decode = field(xml, 'EncodingType') === 'url' ? decodeName : decodeEntities
    const keys = Array.from(xml.matchAll(/<Key>([^<]*)<\/Key>/g), ([, key]) => decode(key!))
    for (const name of keys) {
      // A name that ends with a slash is the folder of some tools.
      if (name.startsWith(prefix) && !name.endsWith('/')) names.push(name.slice(prefix.length))
    }
    token = field(xml, 'NextContinuationToken')
    if (field(xml, 'IsTruncated') !== 'true' || token === undefined) return names.sort()
    token = decodeEntities(token)
    // Whoever has more but says nothing new would have us ask for ever.
    if (keys.length === 0 || keys.at(-1) === last) break
    last = keys.at(-1)
  }
  throw unable(new URL(bucket), 'a list of files that ends', 'one that goes on')
}

const field = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]

const encodeQuery = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Services write a blank as `+` or as `%20`, and a plus always as `%2B`. */
const decodeName = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const decodeEntities = (text: string) =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name as string] ?? whole
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal))
  })
