// Writes docs/metrics.md from the catalogue of metrics:  node scripts/with-node.mjs scripts/metrics-doc.ts
import { writeFileSync } from 'node:fs'
import { metricsPage } from '../src/telemetry/metrics-page.ts'

writeFileSync(new URL('../docs/metrics.md', import.meta.url), metricsPage())
