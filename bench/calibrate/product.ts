import { readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/shape.ts'
import type { CheckName } from '../../src/verdict/check.ts'
import { Budget } from '../../src/verdict/budget.ts'
import type { Scenario } from './scenario.ts'

/** The metrics that share a budget, as in a stream with that many fields, or that many rates. */
export const METRICS = 20

/** What the product makes of a scenario: which check judges it, under which policy. */
export interface Product {
  check: CheckName
  config: Config
  budget: Budget
}

export function productOf({ values }: Pick<Scenario, 'values'>): Product {
  switch (values.kind) {
    case 'rate':
      return engagement
    case 'missing':
      return { ...numeric, check: 'missing' }
    case 'zipf':
      return categorical
    default:
      return numeric
  }
}

export const STREAM = 'calibration'
export const FIELD = 'field-0'

const numeric = product('numeric', { fields: fieldsOf('numeric') })
const categorical = product('categorical', { fields: fieldsOf('categorical') })
const engagement = product('engagement', {
  fields: [{ name: FIELD, kind: 'categorical' }],
  engagement: Array.from({ length: METRICS }, (_, at) => ({
    name: `rate-${at}`,
    rate: { field: `field-${at}`, equals: 'true' },
  })),
})

function fieldsOf(kind: 'numeric' | 'categorical'): object[] {
  return Array.from({ length: METRICS }, (_, at) => ({ name: `field-${at}`, kind }))
}

/** A stream as a person would configure it, every default in force. */
function product(check: CheckName, stream: object): Product {
  const config = readConfig(
    JSON.stringify({
      instance: 'calibration',
      streams: [
        {
          name: STREAM,
          topic: 'events',
          format: 'json',
          eventTime: 'ts',
          unit: 'unit',
          cohort: { field: 'model', control: ['a'], candidate: ['b'] },
          ...stream,
        },
      ],
    }),
    'calibration',
    {},
  )
  return { check, config, budget: new Budget(config) }
}
