// A process of its own that runs `mimicit import` of the built package and tells its time and peak memory.
// @ts-check
const [, , ...args] = process.argv
process.argv.splice(2, args.length, 'import', '--json', ...args)
const began = performance.now()
process.once('beforeExit', () => {
  if (process.exitCode) return
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const cpuMs = (userCPUTime + systemCPUTime) / 1000
  process.send?.({ ms: performance.now() - began, cpuMs, peakMb: (maxRSS * 1024) / 1e6 })
  process.disconnect?.()
})
// What the command prints is not the bench's to show.
process.stdout.write = () => true
await import('../dist/cli/main.js')
