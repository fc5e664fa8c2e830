// Words on a picture that go into the report of an import.
import type { Issue } from '../base/issues.js'

/** Something odd about a picture that is taken all the same. */
export type PictureRemark = Pick<Issue, 'code' | 'message'>
