import { expect, test } from 'vitest'
import { englishTagger } from '../../src/text/english.js'

test('the model is loaded once, however often it is asked for: many loads break it', async () => {
  for (let n = 0; n < 40; n++) expect((await englishTagger())('A dog barks.')[1]).toMatchObject({ lemma: 'dog' })
})
