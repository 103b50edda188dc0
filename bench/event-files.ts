import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import avsc from 'avsc'
import { event, SCHEMA } from './events.ts'

/** Writes events of the reference schema into an Avro object container: a file, or a pipe by its name. */
export async function writeContainer(path: string, count: number, stepMs: number): Promise<void> {
  const encoder = new avsc.streams.BlockEncoder(SCHEMA, { codec: 'null' })
  const out = encoder.pipe(createWriteStream(path))
  for (let index = 0; index < count; index++) {
    if (!encoder.write(event(index, stepMs))) await once(encoder, 'drain')
  }
  encoder.end()
  await finished(out)
}

export async function writeLines(path: string, count: number, stepMs: number): Promise<void> {
  const out = createWriteStream(path)
  for (let index = 0; index < count; index++) {
    if (!out.write(`${JSON.stringify(event(index, stepMs))}\n`)) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}
