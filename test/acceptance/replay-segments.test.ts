import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Report } from '../../src/verdict/report.ts'
import { replayed } from '../support/replayed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { replayOf, SHOP_START_MS, shopConfig, shopEvents } from '../support/traffic.ts'

const HOUR_MS = 3_600_000
const folder = temporaryFolder()

/** Two days of a small shop; on the second, from noon on, the candidate loses the price in Italy. */
describe('replay judges inside declared segments', { concurrency: 2 }, () => {
  const base = shopConfig()['streams'] as { fields: { name: string }[] }[]
  const fields = base[0]!.fields.map((field) => (field.name === 'country' ? { ...field, role: 'segment' } : field))
  const config = shopConfig({ fields }, { panes: { length: '30m' } })
  const events = shopEvents({ hours: 48, perMinute: 12, users: 1500 }).map((event, at) => {
    const isHit = event.ts >= SHOP_START_MS + 36 * HOUR_MS && event.country === 'it' && event.model === 'm2'
    return isHit && at % 3 === 0 ? { ...event, price: null } : event
  })
  const inside = ({ checks }: Report) => checks.filter(({ segment }) => segment !== null)

  it('names the country, and says the same of one partition, three and twelve', async () => {
    const reports: Report[] = []
    for (const partitions of ['1', '3', '12']) {
      const args = [...replayOf(folder, `shop-${partitions}`, events, config), '--partitions', partitions]
      const { ended, report } = await replayed(args, folder, `shop-${partitions}`)
      assert.equal(ended.code, 1)
      reports.push(report)
    }
    const [one, three, twelve] = reports.map((report) => inside(report))
    assert.deepEqual(three, one)
    assert.deepEqual(twelve, one)
    const ids = one!.map(({ id }) => id)
    for (const country of ['de', 'es', 'fr', 'it']) assert.ok(ids.includes(`shop/engagement/click_rate[country=${country}]`)) // prettier-ignore
    assert.deepEqual(one!.filter(({ verdict }) => verdict === 'FAIL').map(({ id }) => id), ['shop/missing/price[country=it]']) // prettier-ignore

    const alerts = reports[0]!.alerts.filter(({ check }) => check === 'missing')
    assert.deepEqual(alerts.map(({ field, segment }) => [field, segment]).sort(), [['price', 'country=it'], ['price', null]].sort()) // prettier-ignore
    assert.equal(new Set(alerts.map(({ group }) => group)).size, 1)
    // A third of what comes from Italy, and a twelfth of all.
    const italy = alerts.find(({ segment }) => segment === 'country=it')!
    assert.ok(italy.effect!.estimate > 0.15 && italy.firedAtMs > SHOP_START_MS + 36 * HOUR_MS)
  })

  it('has none in less than a day, and none where the policy switches them off', async () => {
    const oneDay = events.filter(({ ts }) => ts < SHOP_START_MS + 24 * HOUR_MS)
    const short = await replayed(replayOf(folder, 'short', oneDay, config), folder, 'short')
    assert.deepEqual(inside(short.report), [])
    const off = { ...config, policy: { segments: 'off' } }
    const whole = await replayed(replayOf(folder, 'off', events, off), folder, 'off')
    assert.deepEqual(inside(whole.report), [])
  })
})
