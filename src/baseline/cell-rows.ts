import type { BaselineMetric } from './baseline.ts'

/** A metric's figures by hour, with the cells they are counted in. */
export type CellRows = Pick<BaselineMetric, 'cells' | 'counts' | 'n' | 'x'>
