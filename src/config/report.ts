import type { Path } from './path.ts'

export type Report = (path: Path, message: string) => void

/** Reports every second use of a name, at the place of the second. */
export function reportRepeats(
  names: readonly (string | undefined)[],
  placeOf: (at: number) => Path,
  noun: string,
  report: Report,
): void {
  const seen = new Set<string>()
  for (const [at, name] of names.entries()) {
    if (name === undefined) continue
    if (seen.has(name)) report(placeOf(at), `there is already a ${noun} "${name}"`)
    seen.add(name)
  }
}

export function reportLostDigits(place: Path, report: Report): void {
  report(place, 'is too large for a number: write it in quotes, or its last digits are lost')
}
