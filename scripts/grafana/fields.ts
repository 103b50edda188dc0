import { select } from './builder.ts'
import type { Dashboard, Panel } from './builder.ts'
import { JOB_AND_INSTANCE, STREAM } from './overview.ts'

const scope = ['stream=~"$stream"', 'field=~"$field"'] as const

const distance = (title: string, metric: string, description: string, max?: number): Panel => ({
  title,
  description: `${description} Over the last half hour to hour of slices. A picture, never a verdict.`,
  type: 'timeseries',
  unit: 'none',
  width: 12,
  ...(max === undefined ? {} : { max }),
  queries: [{ expr: `max by (stream, field, against) (${select(metric, ...scope)})`, legend: '{{stream}} {{field}} against {{against}}' }], // prettier-ignore
})

/** One field at a time, or all that drift most. */
export const fields: Dashboard = {
  file: 'evenkeel-fields.json',
  uid: 'evenkeel-fields',
  title: 'Evenkeel / Fields',
  description: 'How far each field has moved, and how sure that is. The fifty fields that drift most have names here, and every field with a firing alert; the rest is called other.', // prettier-ignore
  variables: [
    ...JOB_AND_INSTANCE,
    STREAM,
    { name: 'field', label: 'Field', of: select('evenkeel_drift_psi', 'stream=~"$stream"') },
  ],
  rows: [
    {
      title: 'How sure',
      panels: [
        {
          title: 'Evidence by check',
          description: 'Largest evidence of a change in these fields, in nats. It can fall again: it is of the windows that reach up to now.', // prettier-ignore
          type: 'timeseries',
          unit: 'none',
          width: 24,
          queries: [{ expr: `max by (stream, check, field) (${select('evenkeel_evidence_nats', ...scope)})`, legend: '{{stream}} {{check}} {{field}}' }], // prettier-ignore
        },
      ],
    },
    {
      title: 'How far',
      panels: [
        distance('PSI', 'evenkeel_drift_psi', 'Population stability index.'),
        distance('Jensen-Shannon distance', 'evenkeel_drift_js_distance', 'Base 2, so between 0 and 1.', 1),
        distance('Kolmogorov-Smirnov distance', 'evenkeel_drift_ks_distance', 'Largest gap of the two distribution functions; numeric fields.', 1), // prettier-ignore
        distance('Wasserstein distance', 'evenkeel_drift_wasserstein_ratio', "Over the reference's standard deviation; numeric fields."), // prettier-ignore
      ],
    },
  ],
}
