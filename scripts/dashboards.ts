// Writes config/grafana/dashboards/*.json:  node scripts/with-node.mjs scripts/dashboards.ts
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { dashboardJson } from './grafana/builder.ts'
import { fields } from './grafana/fields.ts'
import { health } from './grafana/health.ts'
import { overview } from './grafana/overview.ts'

export const DASHBOARDS = [overview, fields, health]

/** File names with their text as it should stand in config/grafana/dashboards; a test compares the two. */
export function dashboardFiles(): Map<string, string> {
  return new Map(DASHBOARDS.map((each) => [each.file, `${JSON.stringify(dashboardJson(each), null, 2)}\n`]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, text] of dashboardFiles())
    writeFileSync(new URL(`../config/grafana/dashboards/${file}`, import.meta.url), text)
}
