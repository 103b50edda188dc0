import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import assert from 'node:assert/strict'
import avro from 'avsc'
import { paneSchema } from '../../src/pane/pane-schema.ts'
import { sliceSchema } from '../../src/slice/slice-schema.ts'

const files = { pane: paneSchema, slice: sliceSchema }

for (const [name, schema] of Object.entries(files)) {
  describe(`schemas/${name}.avsc`, () => {
    const path = new URL(`../../schemas/${name}.avsc`, import.meta.url)

    it('is the schema that the code writes with (REWRITE=1 writes it anew)', () => {
      if (process.env.REWRITE === '1') writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`)
      assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), JSON.parse(JSON.stringify(schema)))
    })

    it('stands for itself and says what every record and field means', () => {
      avro.Type.forSchema(JSON.parse(readFileSync(path, 'utf8')) as avro.Schema)
      const undocumented: string[] = []
      visit(JSON.parse(readFileSync(path, 'utf8')), (node) => {
        const isNamed = node.type === 'record' || (typeof node.name === 'string' && node.type !== 'fixed')
        if (isNamed && !(typeof node.doc === 'string' && node.doc.length > 5)) undocumented.push(String(node.name))
      })
      assert.deepEqual(undocumented, [])
    })
  })
}

function visit(node: unknown, see: (node: Record<string, unknown>) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) see(node as Record<string, unknown>)
  for (const child of Object.values(node)) visit(child, see)
}
