import { EXIT } from '../../errors.ts'
import { openBaseline } from '../../service/baseline-file.ts'
import type { Io } from '../main.ts'
import { describeBaseline } from './describe.ts'
import { readFileAndOptions } from './file-argument.ts'

export async function showBaseline(args: string[], io: Io): Promise<number> {
  const { file } = readFileAndOptions(args, {})
  io.stdout.write(describeBaseline(openBaseline(file)))
  return EXIT.ok
}
