// Errors with stable codes (docs/errors.md), issues and progress as data, and reports as one page.
// What `import … from 'mimicit/base'` gives; what is not listed here may change in any release.
export { htmlPage } from './chart/html-page.js'
export type { Report, ReportSection } from './chart/report.js'
export { type ErrorCode, type ErrorParts, isMimicitError, MimicitError } from './errors.js'
export type { Issue, IssueCount } from './issues.js'
export type { OnProgress, Progress } from './progress.js'
export { version } from './version.js'
