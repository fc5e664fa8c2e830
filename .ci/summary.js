// Sums the test runner's JSON reports and prints one line: "N passed, N failed", with ", N skipped" where some were.
// `node .ci/summary.js a.json --skips-fail b.json`: in the reports after --skips-fail a skipped test counts as failed.
// A report that is missing and a file whose tests could not even be collected count as one failure each, so that a
// crash can never look like success. The exit code is 1 if anything failed.
// @ts-check
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileReport
 * @typedef {{ passed: number, failed: number, skipped: number }} Sum
 */

/**
 * Counts one report.
 * @param {{ testResults: FileReport[] } | undefined} report undefined for one that is missing
 * @param {boolean} skipsFail
 * @returns {Sum}
 */
export function count(report, skipsFail) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  if (report === undefined || report.testResults.length === 0) return { ...sum, failed: 1 }
  for (const { status, assertionResults } of report.testResults) {
    const failedBefore = sum.failed
    for (const test of assertionResults) {
      if (test.status === 'passed') sum.passed++
      else if (test.status === 'failed') sum.failed++
      else sum[skipsFail ? 'failed' : 'skipped']++
    }
    // A file can fail outside of its tests: while it is loaded, or in a hook.
    if (status === 'failed' && sum.failed === failedBefore) sum.failed++
  }
  return sum
}

/** @param {Sum} sum */
export function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** @param {string} path */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    console.log(`no report ${path}: ${/** @type {Error} */ (error).message}`)
    return undefined
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  let skipsFail = false
  for (const argument of process.argv.slice(2)) {
    if (argument === '--skips-fail') {
      skipsFail = true
      continue
    }
    const sum = count(read(argument), skipsFail)
    total.passed += sum.passed
    total.failed += sum.failed
    total.skipped += sum.skipped
  }
  console.log(line(total))
  if (total.failed > 0) process.exitCode = 1
}
