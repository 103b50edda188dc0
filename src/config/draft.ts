import type { Path } from './path.ts'
import type { Draft, RawConfig } from './raw.ts'

/** The configuration without its broken parts, so that everything else can still be checked. List positions stay. */
export function draftOf(raw: unknown, broken: readonly Path[]): Draft<RawConfig> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return {}
  const draft = structuredClone(raw)
  for (const path of broken) takeOut(draft, path)
  return draft
}

function takeOut(root: unknown, path: Path): void {
  let parent = root as Record<string | number, unknown> | undefined
  for (const step of path.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null) return
    parent = parent[step] as Record<string | number, unknown> | undefined
  }
  const last = path.at(-1)
  if (last === undefined || typeof parent !== 'object' || parent === null) return
  if (Array.isArray(parent)) parent[Number(last)] = undefined
  else delete parent[last]
}
