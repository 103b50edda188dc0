import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** One step of a story: prose, a command with its arguments, and what it printed. */
export interface Step {
  prose: string
  command: string
  arguments: Readonly<Record<string, string>>
}

/**
 * Tells a story again and compares what is printed: prose lines (`# …`), a command, `----`, the expected output, an empty line.
 * With REWRITE=1 the file is written anew instead; the difference is for a person to read.
 */
export function tellStory(file: string, run: (step: Step) => string): void {
  const text = readFileSync(file, 'utf8')
  const told = stepsOf(text)
    .map((step) => `${step.prose}${step.line}\n----\n${run(step)}\n`)
    .join('\n')
  if (process.env['REWRITE'] === '1') writeFileSync(file, told)
  else assert.equal(text, told, `${path.basename(file)} tells another story; REWRITE=1 writes it anew`)
}

function stepsOf(text: string): (Step & { line: string })[] {
  const steps: (Step & { line: string })[] = []
  let prose = ''
  let isOutput = false
  for (const line of text.split('\n')) {
    if (isOutput) {
      if (line === '') isOutput = false
    } else if (line === '----') isOutput = true
    else if (line.startsWith('#') || line === '') prose += line === '' ? '' : `${line}\n`
    else {
      const [command, ...words] = line.split(' ')
      const named = words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)
      steps.push({ prose, line, command: command!, arguments: Object.fromEntries(named) })
      prose = ''
    }
  }
  return steps
}
