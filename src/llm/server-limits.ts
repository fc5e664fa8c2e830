// What a server says of its limits: the headers `x-ratelimit-*` of OpenAI, which many servers have copied. `reset` is the
// time until a bucket that leaks steadily is full again, so what is missing in it, divided by that time, is its rate.
import type { RateState, ServerLimits } from './chat.js'
import type { HttpHeaders } from './http-exchange.js'

/** The limits in the headers of an answer; undefined if there are none. */
export function serverLimits(headers: HttpHeaders): ServerLimits | undefined {
  const requests = stateOf(headers, 'requests')
  const tokens = stateOf(headers, 'tokens')
  if (requests === undefined && tokens === undefined) return undefined
  return { ...(requests && { requests }), ...(tokens && { tokens }) }
}

/** Below this share of the limit, what is missing is too little to tell a rate from: times are rounded. */
const TELLING_SHARE = 0.002

function stateOf(headers: HttpHeaders, what: string): RateState | undefined {
  const limit = Number(headers.get(`x-ratelimit-limit-${what}`) ?? Number.NaN)
  const remaining = Number(headers.get(`x-ratelimit-remaining-${what}`) ?? Number.NaN)
  const seconds = parseReset(headers.get(`x-ratelimit-reset-${what}`) ?? '')
  const missing = limit - remaining
  if (seconds === undefined || seconds < 0.001 || !(missing >= 1) || missing < limit * TELLING_SHARE) return undefined
  return { remaining, perSecond: missing / seconds }
}

/** Seconds of `1s`, `6m0s`, `20ms`, `1h2m3.5s` or a bare number. */
function parseReset(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  const [, hours = 0, minutes = 0, seconds = 0, ms = 0] =
    /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text) ?? []
  const sum = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(ms) / 1000
  return text === '' || sum === 0 ? undefined : sum
}
