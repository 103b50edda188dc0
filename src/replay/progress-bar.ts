import type { InputFile } from '../log/input/open-input.ts'

/** How much of the input is read; only on a terminal, at most ten times a second. */
export class ProgressBar {
  private readonly out: NodeJS.WritableStream & { isTTY?: boolean }
  private shownAtMs = 0

  constructor(out: NodeJS.WritableStream & { isTTY?: boolean }) {
    this.out = out
  }

  show(inputs: readonly Pick<InputFile, 'bytesRead' | 'bytesTotal'>[]): void {
    if (this.out.isTTY !== true || performance.now() - this.shownAtMs < 100) return
    this.shownAtMs = performance.now()
    const read = inputs.reduce((sum, { bytesRead }) => sum + bytesRead, 0)
    const total = inputs.reduce((sum, { bytesTotal }) => sum + (bytesTotal ?? NaN), 0)
    const megabytes = `${(read / 1e6).toFixed(1)} MB`
    if (!(total > 0)) return this.write(megabytes)
    const filled = Math.round((WIDTH * read) / total)
    this.write(`[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor((100 * read) / total)} % of ${(total / 1e6).toFixed(1)} MB`) // prettier-ignore
  }

  clear(): void {
    if (this.shownAtMs > 0) this.write('')
  }

  private write(text: string): void {
    this.out.write(`\r\u001b[K${text}`)
  }
}

const WIDTH = 30
