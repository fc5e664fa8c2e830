// How often tests of chance try it. Each run of the checks tries other moments and bits, so that what is seldom is found in
// time; before a release, or after a change to what they are about, somebody tries it long enough to be certain at once.

/**
 * @param usual tries of every run of the checks
 * @param thorough tries with `MIMICIT_THOROUGH=1`
 */
export const repeats = (usual: number, thorough: number): number =>
  process.env.MIMICIT_THOROUGH === '1' ? thorough : usual
