// `simulateEpoch`: what an epoch of a stream will cost, before anybody trains on it. The stream's own plan is gone through;
// what that takes is loaded when somebody asks.
import type { EpochSimulation, SimulationOptions } from './simulated-epoch.js'
import type { LoaderSource } from './sources.js'

export type { EpochSimulation, SimulationOptions } from './simulated-epoch.js'

/**
 * Goes through the plan of an epoch, as one rank has it. Token counts that are not stored are known only where batches are
 * filled by lengths; else every chosen context counts as fitting.
 * @param source as of `loadMimicIT`
 * @throws MimicitError as opening a stream does; MIMICIT_ABORTED
 */
export async function simulateEpoch(
  source: string | readonly LoaderSource[],
  options: SimulationOptions = {},
): Promise<EpochSimulation> {
  const { simulatedEpoch } = await import('./simulated-epoch.js')
  return await simulatedEpoch(source, options)
}
