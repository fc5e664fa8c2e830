// Bytes from somewhere: what a location may be, what is kept of it, and how reads are joined.
// What `import … from 'mimicit/io'` gives; what is not listed here may change in any release.
export type { CacheOptions } from './cache/with-cache.js'
export { type ByteRange, FAR_JOIN, type JoinLimits, LOCAL_JOIN } from './coalesce.js'
export type { NetworkOptions } from './http/range-client.js'
export type { CacheStats, ReadableFile, Store, StoreStats } from './readable.js'
export type { StoreOptions } from './store.js'
