export interface RegistryLocal {
  url: string
  dir: string
  port: number
  readonly pid: number
  log(): string
  stop(): Promise<void>
  kill(): Promise<void>
  restart(): Promise<void>
}

export function start(options?: {
  port?: number
  config?: Readonly<Record<string, string>>
  timeoutMs?: number
}): Promise<RegistryLocal>
export function prepare(): Promise<string>
