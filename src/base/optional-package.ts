// Packages that are used where somebody installed them: looked for when they are asked for, never before.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Loads an optional package: undefined when it is not installed. @throws what loading throws when it is there but broken */
export async function optionalPackage(name: string): Promise<unknown> {
  try {
    require.resolve(name)
  } catch {
    return undefined
  }
  const module: unknown = await import(name)
  return module
}
