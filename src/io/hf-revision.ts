// What the API of the Hugging Face hub says of a revision, as far as it is needed.
import { z } from 'zod'

const revisionSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(z.object({ rfilename: z.string() })).optional(),
})

/** A revision: its commit, and the files of the repository. */
export type Revision = z.infer<typeof revisionSchema>

/** The revision of an answer; undefined for an answer that has none. */
export const parseRevision = (answer: unknown): Revision | undefined => revisionSchema.safeParse(answer).data
