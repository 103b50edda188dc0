import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { buildServer } from '../../src/http/server.ts'
import { fakeFacts } from '../support/fake-facts.ts'

it('any path and query gets an answer or a problem, never an error inside', async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const errors: unknown[] = []
  const options = { host: '127.0.0.1', port: 0, version: '0', onError: (error: unknown) => errors.push(error) }
  const server = await buildServer(fakeFacts(), options)
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }).map((value) => encodeURIComponent(value.toWellFormed())),
    fc.constantFrom(
      'impressions',
      'price',
      'control',
      '__proto__',
      'constructor',
      '%00',
      '%zz',
      '..%2f..',
      '%',
      '+',
      '1e999',
      '-1',
    ),
    fc.string({ unit: fc.constantFrom(...'%25&=?#/+;[]{}"\'<>'), maxLength: 12 }),
  )
  const name = fc.oneof(
    fc.constantFrom('stream', 'field', 'a', 'b', 'from', 'to', 'state', 'verbose', 'toString', '__proto__[x]'),
    text,
  )
  const path = fc.oneof(
    fc.constantFrom(
      '/api/v1/compare',
      '/api/v1/alerts',
      '/api/v1/watch-list',
      '/api/v1/streams',
      '/readyz',
      '/metrics',
      '/openapi.json',
    ),
    text.map((value) => `/api/v1/streams/${value}/fields`),
    text.map((value) => `/problems/${value}`),
    text.map((value) => `/${value}`),
  )
  const query = fc.array(
    fc.tuple(name, text).map(([key, value]) => `${key}=${value}`),
    { maxLength: 6 },
  )
  await fc.assert(
    fc.asyncProperty(path, query, async (at, pairs) => {
      // The door lets only this machine's names in; what is tried here is what lies behind.
      const answer = await server.inject({ url: `${at}?${pairs.join('&')}`, headers: { host: 'localhost' } })
      assert.ok([200, 400, 404].includes(answer.statusCode), `${answer.statusCode} ${at}?${pairs.join('&')}`)
      if (answer.statusCode !== 200) {
        assert.equal(answer.headers['content-type'], 'application/problem+json')
        assert.equal(answer.json<{ status: number }>().status, answer.statusCode)
      }
      assert.deepEqual(errors, [])
    }),
    { seed, numRuns: 3000 },
  )
  await server.close()
})
