import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DemoScreen } from '../../src/demo/screen.ts'
import { toCloudEvent } from '../../src/alert/cloud-event.ts'
import { summaryText } from '../../src/replay/summary.ts'
import type { Io } from '../../src/commands/main.ts'
import type { Alert } from '../../src/verdict/check.ts'
import type { Report } from '../../src/verdict/report.ts'
import { fakeAlert, fakeCheck, fakeWatched, FROM_MS } from '../support/fake-facts.ts'

function alertOf(field: string, more: Partial<Alert> = {}): Alert {
  const others = ['a', 'b', 'c'].filter((name) => name !== field).map((name) => `missing ${name}`)
  const reason = `missing ${field}: 2.1 % against 0.0 %; 61.2 nats of evidence, 12.4 needed; also from this slice: ${others.join(', ')}`
  return { ...fakeAlert(field, 'firing'), reason, ...more }
}

function summaryOf(alerts: Alert[], watchList: Report['watchList'] = []): string[] {
  const known: Pick<Report, 'report' | 'digest' | 'codeVersion' | 'policyDigest' | 'streams'> = {
    report: 'evenkeel.report/v1',
    digest: '',
    codeVersion: '',
    policyDigest: '',
    streams: [],
  }
  const checks = [fakeCheck('price', 'FAIL')]
  return summaryText({ ...known, verdict: 'FAIL', reason: 'a reason', checks, alerts, watchList }).split('\n')
}

describe('the summary at a terminal', () => {
  it('tells alerts of one cause under one heading, each on a line without the names of the others', () => {
    const lines = summaryOf([alertOf('a'), alertOf('b', { severity: 'warning' }), alertOf('c', { state: 'resolved', resolvedAtMs: FROM_MS })]) // prettier-ignore
    assert.deepEqual(lines.slice(3, 7), [
      '2026-03-04T22:00:00Z  critical  3 alerts in one notice, 2 still firing',
      '  critical  missing a: 2.1 % against 0.0 %; 61.2 nats of evidence, 12.4 needed (still firing)',
      '  warning   missing b: 2.1 % against 0.0 %; 61.2 nats of evidence, 12.4 needed (still firing)',
      '  critical  missing c: 2.1 % against 0.0 %; 61.2 nats of evidence, 12.4 needed (resolved 2026-03-04T22:00:00Z)',
    ])
  })

  it('tells a single alert on one line, with its whole reason', () => {
    const alert = alertOf('a', { group: 'alone' })
    assert.equal(summaryOf([alert])[3], `2026-03-04T22:00:00Z  critical  ${alert.reason} (still firing)`)
  })

  it('lists what is to be watched, but not what fires already', () => {
    const lines = summaryOf([], [{ ...fakeWatched('a'), firing: true }, fakeWatched('b')])
    assert.ok(lines.includes('to watch     impressions/missing/b: 9.0 nats, an alarm needs 12.0'))
    assert.ok(!lines.some((line) => line.includes('missing/a')))
  })
})

describe('the screen of the demo', () => {
  it('tells alerts of one cause under one heading, and counts each of them', () => {
    const printed: string[] = []
    const io = { stdout: { write: (text: string) => printed.push(text) } } as unknown as Io
    const screen = new DemoScreen(io, 'http://localhost')
    const rests = {
      releaseId: null,
      verdictDigest: 'sha256:0',
      slices: { fromMs: 0, toMs: 0, count: 1, chain: '' },
      isComparable: true,
    }
    for (const alert of [alertOf('a'), alertOf('b'), alertOf('c', { group: 'another' })]) {
      const notice = { type: 'firing' as const, id: alert.id, fingerprint: 'f', alert, sliceStartMs: 0, sliceEndMs: FROM_MS, ...rests } // prettier-ignore
      const { value } = toCloudEvent(notice, 'demo')
      screen.alert({ topic: 't', partition: 0, offset: 0, timestampMs: 0, key: null, headers: {}, value: Buffer.from(value) }) // prettier-ignore
    }
    const lines = printed.join('').split('\n')
    assert.equal(lines.filter((line) => line.includes('FIRING')).length, 2)
    assert.equal(lines[3], '       and critical  missing b: 2.1 % against 0.0 %; 61.2 nats of evidence, 12.4 needed')
    assert.equal(screen.firingCount, 3)
  })
})
