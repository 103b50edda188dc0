import type { Results } from './results.ts'
export function writeDocument(_results: Results, _docs: string): void {}
