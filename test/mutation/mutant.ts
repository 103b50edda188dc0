/** One constant, broken: the program as it would be if somebody had mistyped it. */
export interface Mutant {
  /** From the root of the project. */
  file: string
  /** As it stands in the file, exactly once. */
  text: string
  broken: string
  /** The quickest test that must see it, below `test/` and without `.test.ts`. */
  test: string
}

type Row = readonly [text: string, broken: string, test?: string]

/** @param test that sees the rows that name no other */
export function inFile(file: string, test: string, rows: readonly Row[]): Mutant[] {
  return rows.map(([text, broken, own = test]) => ({ file, text, broken, test: own }))
}

/** `text` in the place of `broken`; the text must be there, and once, or nobody knows what was broken. */
export function breakText(source: string, { file, text, broken }: Omit<Mutant, 'test'>): string {
  const parts = source.split(text)
  if (parts.length !== 2) throw new Error(`${file} holds ${JSON.stringify(text)} ${parts.length - 1} times, not once`)
  return parts.join(broken)
}
