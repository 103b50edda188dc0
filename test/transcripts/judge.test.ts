import { globSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Story } from '../support/story.ts'
import { tellStory } from '../support/transcript.ts'

describe('the stories of the judge', () => {
  for (const file of globSync('judge-*.txt', { cwd: import.meta.dirname }).sort()) {
    it(path.basename(file, '.txt'), () => {
      const story = new Story()
      tellStory(path.join(import.meta.dirname, file), (step) => story.tell(step))
    })
  }
})
