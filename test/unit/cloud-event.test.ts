import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { toCloudEvent } from '../../src/alert/cloud-event.ts'
import { fingerprint, groupKey, noticeId } from '../../src/alert/identity.ts'
import type { AlertIdentity } from '../../src/alert/identity.ts'
import type { AlertNotice } from '../../src/alert/notice.ts'
import { SliceChain } from '../../src/alert/slice-chain.ts'
import { alertsToSend } from '../../src/alert/to-send.ts'
import { canonicalJson } from '../../src/ledger/canonical-json.ts'
import { sha256 } from '../../src/ledger/digest.ts'
import type { SealedSlice } from '../../src/slice/slice.ts'

const IDENTITY: AlertIdentity = {
  ...{ release: null, stream: 'impressions', check: 'missing', field: 'user.age', segment: null },
  ...{ cohort: 'candidate', against: 'control', direction: 'up' },
}
const GROUP = groupKey('impressions', 1772672100000)
const NOTICE: AlertNotice = {
  type: 'firing',
  id: noticeId(IDENTITY, 'firing', 1772672100000),
  fingerprint: fingerprint(IDENTITY),
  releaseId: null,
  sliceStartMs: 1772672100000,
  sliceEndMs: 1772672400000,
  verdictDigest: sha256('verdict'),
  slices: { fromMs: 1772409600000, toMs: 1772672400000, count: 876, chain: sha256('chain') },
  isComparable: true,
  alert: {
    ...{ check: 'missing', stream: 'impressions', field: 'user.age', segment: null, cohort: 'candidate' },
    ...{ id: noticeId(IDENTITY, 'firing', 1772672100000), against: 'control', severity: 'critical', state: 'firing' },
    ...{
      firedAtMs: 1772672400000,
      resolvedAtMs: null,
      group: GROUP,
      direction: 'up',
      n: { control: 500, candidate: 501 },
    },
    effect: { name: 'difference', estimate: 0.021, low: 0.018, high: 0.024, threshold: 0.005 },
    evidence: { nats: 61.2, thresholdNats: 12.4 },
    reason: 'missing user.age: 2.1 % of candidate values are missing against 0.0 % of control',
  },
}

describe('the event of an alert', () => {
  const validate = new Ajv({ strict: false }).compile(
    JSON.parse(readFileSync(new URL('../../schemas/alert.schema.json', import.meta.url), 'utf8')) as object,
  )

  it('is a CloudEvent whose data is the alert and what it rests on', () => {
    const { key, value, id } = toCloudEvent(NOTICE, 'shop-eu')
    const event = JSON.parse(value) as Record<string, unknown>
    assert.equal(key, NOTICE.fingerprint)
    assert.equal(id, NOTICE.id)
    assert.deepEqual(
      { ...event, data: null },
      {
        ...{ specversion: '1.0', type: 'io.evenkeel.alert.firing.v1', source: '/evenkeel/shop-eu' },
        ...{ subject: 'impressions/missing/user.age', id: NOTICE.id, time: '2026-03-05T01:00:00Z' },
        ...{ datacontenttype: 'application/json', alertgroup: GROUP, data: null },
      },
    )
    const { links, ...data } = event['data'] as Record<string, unknown>
    const { verdictDigest, slices } = NOTICE
    assert.deepEqual(data, { ...NOTICE.alert, releaseId: null, verdictDigest, slices })
    assert.match(
      (links as Record<string, string>)['compare']!,
      /^\/api\/v1\/compare\?stream=impressions&field=user\.age&a=control&b=candidate&from=2026-03-02T00%3A00%3A00Z/,
    )
  })

  it('keeps to its schema, also without a field, an effect and an interval', () => {
    const { effect } = NOTICE.alert
    const bare = { ...NOTICE.alert, field: null, effect: null, evidence: null }
    const omnibus = { ...NOTICE.alert, effect: { ...effect!, name: 'omnibus' as const, low: null, high: null } }
    for (const alert of [NOTICE.alert, bare, omnibus]) {
      const event: unknown = JSON.parse(
        toCloudEvent({ ...NOTICE, alert, isComparable: alert.field !== null }, 'shop-eu').value,
      )
      assert.ok(validate(event), JSON.stringify(validate.errors))
    }
    const { value } = toCloudEvent({ ...NOTICE, id: 'not an id' }, 'shop-eu')
    assert.equal(validate(JSON.parse(value)), false)
  })

  it('links to a comparison only where there is one: a time field may be at fault as well', () => {
    const alert = { ...NOTICE.alert, check: 'schema' as const, field: 'ts' }
    const { value } = toCloudEvent({ ...NOTICE, alert, isComparable: false }, 'shop-eu')
    const { links } = (JSON.parse(value) as { data: { links: object } }).data
    assert.deepEqual(Object.keys(links), ['alerts', 'cohorts', 'page'])
  })

  it('stands in canonical form, so that the same notice has the same bytes', () => {
    const { value } = toCloudEvent(NOTICE, 'shop-eu')
    assert.equal(value, canonicalJson(JSON.parse(value)))
  })
})

describe('the identity of an alert', () => {
  it('is pinned: a consumer that has seen these ids must recognise them after an upgrade', () => {
    assert.equal(fingerprint(IDENTITY), '43e3c4d16c5ab5f85ed1ca7baea8c457')
    assert.equal(GROUP, '4be7a195f78e81867fa9277adea64702')
    assert.equal(noticeId(IDENTITY, 'firing', 1772672100000), '1ffe531f59bd315e7b4aebd65ca6e767')
  })

  it('differs by everything that makes another alert, and the id by type and slice too', () => {
    const others: AlertIdentity[] = [
      { ...IDENTITY, release: 'r1' },
      { ...IDENTITY, stream: 'clicks' },
      { ...IDENTITY, check: 'range' },
      { ...IDENTITY, field: null },
      { ...IDENTITY, segment: 'country=de' },
      { ...IDENTITY, cohort: 'control' },
      { ...IDENTITY, against: 'baseline' },
      { ...IDENTITY, direction: 'down' },
    ]
    assert.equal(new Set([IDENTITY, ...others].map(fingerprint)).size, 9)
    const ids = [
      noticeId(IDENTITY, 'firing', 0),
      noticeId(IDENTITY, 'resolved', 0),
      noticeId(IDENTITY, 'updated', 0),
      noticeId(IDENTITY, 'firing', 1),
    ]
    assert.equal(new Set(ids).size, 4)
  })
})

describe('what is to be sent', () => {
  const notices = ['a', 'b', 'c'].map((id) => ({ ...NOTICE, id }))

  it('is what is due and does not stand on the topic, in order', () => {
    const ids = (standing: string[]) => alertsToSend(notices, new Set(standing)).map(({ id }) => id)
    assert.deepEqual(ids([]), ['a', 'b', 'c'])
    assert.deepEqual(ids(['b']), ['a', 'c'])
    assert.deepEqual(ids(['a', 'b', 'c', 'another instance sent this']), [])
  })
})

describe('the chain of slices', () => {
  const sealed = (startMs: number, digest: string): SealedSlice => {
    const slice = { stream: 's', startMs, lengthMs: 10, number: 1, paneConfigDigest: '', streams: [] }
    return { slice, digest }
  }
  const chainOf = (...slices: SealedSlice[]) => {
    const chain = new SliceChain()
    slices.forEach((each) => chain.add(each))
    return chain.judged
  }

  it('is the running sha256 that its head describes', () => {
    const first = sha256(`${sha256('')}sha256:a`)
    const { chain, ...range } = chainOf(sealed(0, 'sha256:a'), sealed(10, 'sha256:b'))
    assert.deepEqual(range, { fromMs: 0, toMs: 20, count: 2 })
    assert.equal(chain, sha256(`${first}sha256:b`))
  })

  it('changes when slices are exchanged, changed or left out', () => {
    const [a, b, c] = [sealed(0, 'sha256:a'), sealed(10, 'sha256:b'), sealed(20, 'sha256:c')]
    const chains = [chainOf(a, b, c), chainOf(b, a, c), chainOf(a, c), chainOf(a, b)].map(({ chain }) => chain)
    assert.equal(new Set(chains).size, 4)
  })
})
