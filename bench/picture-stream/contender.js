// A contender of the stream of pictures, in a process of its own, so that nobody's garbage is collected in the time of
// another: `contender.js <name> <dir>`. Each message asks for one pass; the answer is its milliseconds, and those of all
// cores.
// @ts-check
const [, , name = '', dir = ''] = process.argv
const { pass } = /** @type {{ pass(dir: string): Promise<() => Promise<void>> }} */ (await import(`./${name}.js`))
const run = await pass(dir)
process.on('message', async () => {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await run()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  process.send?.({ ms, cpuMs: (user + system) / 1000 })
})
process.send?.('ready')
