export interface KafkaLocal {
  version: string
  dir: string
  port: number
  controllerPort: number
  sparePort: number
  bootstrap: string
  readonly pid: number
  log(): string
  stop(options?: { graceful?: boolean; waitMs?: number }): Promise<void>
  kill(): Promise<void>
  halt(): Promise<void>
  restart(): Promise<void>
}

export type BrokerConfig = Readonly<Record<string, string | number | boolean>>

export interface StartOptions {
  version?: 'k44' | 'k39'
  heap?: number
  port?: number
  /** One of a cluster; see cluster.ts. */
  node?: { id: number; port: number; controllerPort: number }
  config?:
    | BrokerConfig
    | ((ports: { port: number; controllerPort: number; sparePort: number; dir: string }) => BrokerConfig)
  keep?: boolean
  jit?: 'fast' | 'full'
  timeoutMs?: number
  flags?: string[]
}

export function start(options?: StartOptions): Promise<KafkaLocal>
export function prepare(version?: 'k44' | 'k39'): Promise<string>
export function freePorts(count: number): Promise<number[]>
