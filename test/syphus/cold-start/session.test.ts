// The search for examples as a state machine.
import { describe, expect, it } from 'vitest'
import {
  type ColdStartAction,
  type ColdStartSession,
  decide,
  newSession,
} from '../../../src/syphus/cold-start/session.js'
import { pairList, pairsReply } from '../../../src/syphus/output-form.js'

const reply = pairsReply(['What is it?', 'A dog.'])
const better = pairsReply(['What is it?', 'A brown dog.'])
const candidate = (annotation: string) => ({ annotation, user: `about ${annotation}`, reply, objections: [] })
const run = (...actions: readonly ColdStartAction[]): ColdStartSession =>
  actions.reduce((session, action) => decide(session, action, pairList), newSession('visual-qa'))
const proposed: ColdStartAction = {
  kind: 'propose',
  candidates: ['a', 'b', 'c'].map(candidate),
  tried: ['a', 'b', 'c', 'd'],
}

describe('a search', () => {
  it('takes what is accepted and edited as examples, with the history of every decision', () => {
    const session = run(
      proposed,
      { kind: 'accept' },
      { kind: 'edit', reply: better },
      { kind: 'reject', reason: 'too short' },
      { kind: 'next-round' },
      { kind: 'propose', candidates: [candidate('e')], tried: ['e'] },
      { kind: 'accept' },
    )
    expect(session.examples).toEqual([
      { annotation: 'a', user: 'about a', reply },
      { annotation: 'b', user: 'about b', reply: better },
      { annotation: 'e', user: 'about e', reply },
    ])
    expect(session.history).toEqual([
      { round: 0, annotation: 'a', decision: 'accepted', proposed: reply, shown: [] },
      { round: 0, annotation: 'b', decision: 'edited', proposed: reply, shown: [] },
      { round: 0, annotation: 'c', decision: 'rejected', proposed: reply, shown: [], reason: 'too short' },
      { round: 1, annotation: 'e', decision: 'accepted', proposed: reply, shown: ['a', 'b'] },
    ])
    expect(session).toMatchObject({ round: 1, open: [], seen: ['a', 'b', 'c', 'd', 'e'] })
  })

  it('lets a chosen example go', () => {
    expect(run(proposed, { kind: 'accept' }, { kind: 'remove', annotation: 'a' }).examples).toEqual([])
  })

  it.each([
    ['a decision about nothing', [{ kind: 'accept' }]],
    ['candidates while others wait', [proposed, proposed]],
    ['a next round while candidates wait', [proposed, { kind: 'next-round' }]],
    [
      'an edit without the form of the task',
      [proposed, { kind: 'edit', reply: { pairs: [{ question: '', answer: 3 }] } }],
    ],
    ['an edit without pairs', [proposed, { kind: 'edit', reply: { pairs: [] } }]],
    ['the removal of what is no example', [proposed, { kind: 'remove', annotation: 'a' }]],
  ] as [string, ColdStartAction[]][])('refuses %s', (_, actions) => {
    expect(() => run(...actions)).toThrow(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
  })
})
