// The webgpu backend on a Vulkan in software: slow, but every number has to be that of the original modules.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** SwiftShader of Debian's chromium-common. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json'
const isThere = process.env.MIMICIT_LONG === '1' || existsSync(DRIVER)

test.skipIf(!isThere)(
  'a golden folder holds on webgpu (apt-get install chromium-common)',
  () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'parity/run.ts', 'test/goldens/llama', '--backend', 'webgpu'],
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, VK_DRIVER_FILES: DRIVER, VK_ICD_FILENAMES: DRIVER } },
    )
    expect(stdout, stderr).toMatch(/on webgpu/)
    expect(stdout).toMatch(/1\d\d compared, 0 beyond their tolerance/)
    expect(status).toBe(0)
  },
  900_000,
)
