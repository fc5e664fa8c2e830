// Sums the test runner's JSON reports and prints one line: "N passed, N failed", with ", N skipped" where some were.
// Before it stands each failure by name with the first lines of its message, where the end of a long output is all one sees.
// `node .ci/summary.js a.json --skips-fail b.json`: in the reports after --skips-fail a skipped test counts as failed.
// A report that is missing and a file whose tests could not even be collected count as one failure each, so that a
// crash can never look like success. The exit code is 1 if anything failed.
// @ts-check
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'

const LINES_OF_A_FAILURE = 30

/**
 * @typedef {{ status: string, fullName?: string, failureMessages?: string[] }} TestReport
 * @typedef {{ status: string, name?: string, message?: string, assertionResults: TestReport[] }} FileReport
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

/**
 * Each failure with its file and why.
 * @param {{ testResults: FileReport[] } | undefined} report
 * @param {boolean} skipsFail
 * @returns {string[]}
 */
export function failures(report, skipsFail) {
  return (report?.testResults ?? []).flatMap(({ status, name, message, assertionResults }) => {
    const file = relative(process.cwd(), name ?? 'a file without a name')
    const tests = assertionResults.filter((test) => test.status !== 'passed' && (skipsFail || test.status === 'failed'))
    if (tests.length === 0 && status === 'failed') return [`FAILED ${file}: ${start(message ?? '')}`]
    return tests.map(({ status, fullName, failureMessages = [] }) => {
      return `${status === 'failed' ? 'FAILED' : 'SKIPPED'} ${file}: ${fullName}\n${start(failureMessages.join('\n'))}`
    })
  })
}

/** @param {string} message */
const start = (message) => message.split('\n').slice(0, LINES_OF_A_FAILURE).join('\n')

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
    const report = read(argument)
    for (const failure of failures(report, skipsFail)) console.log(failure)
    const sum = count(report, skipsFail)
    total.passed += sum.passed
    total.failed += sum.failed
    total.skipped += sum.skipped
  }
  console.log(line(total))
  if (total.failed > 0) process.exitCode = 1
}
