import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { freePorts } from '../real/kafka-local.mjs'

const root = path.join(import.meta.dirname, '../..')

/** Prometheus and Alertmanager as Debian packages them (`prometheus`, `prometheus-alertmanager`): with their tools. */
export type Part = 'prometheus' | 'promtool' | 'prometheus-alertmanager' | 'amtool'

/** For `describe`'s and `it`'s option `skip`. In CI a missing part is a failure: the script that starts the tests there installs them. */
export function skipWithout(...parts: readonly Part[]): string | false {
  if (process.env.CI !== undefined) return false
  const missing = parts.filter((part) => spawnSync(part, ['--version']).error !== undefined)
  return missing.length === 0
    ? false
    : `SKIPPED: no ${missing.join(' and ')} here (apt install prometheus prometheus-alertmanager)`
}

export interface Sample {
  metric: Record<string, string>
  value: [number, string]
}

export interface PrometheusRule {
  name: string
  query: string
  state?: string
  health: string
  lastError?: string
}

/** One of our own for a test: nothing of what the machine may run already is touched. */
export class RealPrometheus {
  readonly url: string
  private readonly process: Started

  private constructor(url: string, process: Started) {
    this.url = url
    this.process = process
  }

  /** With the shipped scrape configuration and rules, in a hurry, for the service at `target`. */
  static async start(folder: string, options: PrometheusOptions): Promise<RealPrometheus> {
    cpSync(path.join(root, 'config/rules'), path.join(folder, 'rules'), { recursive: true })
    if (options.keepFiringFor !== undefined) {
      const file = path.join(folder, 'rules/evenkeel-alerts.yml')
      const rules = readFileSync(file, 'utf8')
      writeFileSync(file, rules.replaceAll('keep_firing_for: 5m', `keep_firing_for: ${options.keepFiringFor}`))
    }
    const sample = readFileSync(path.join(root, 'config/prometheus.yml'), 'utf8')
    const config = parse(sample.replace('127.0.0.1:8080', options.target)) as ScrapeConfig
    if (!JSON.stringify(config).includes(options.target)) throw new Error('config/prometheus.yml names another address')
    config.global = { scrape_interval: '1s', evaluation_interval: '1s' }
    if (options.alertmanager === undefined) delete config.alerting
    else config.alerting = { alertmanagers: [{ static_configs: [{ targets: [new URL(options.alertmanager).host] }] }] }
    writeFileSync(path.join(folder, 'prometheus.yml'), stringify(config))
    const [port] = await freePorts(1)
    const url = `http://127.0.0.1:${port}`
    // prettier-ignore
    const flags = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/prometheus`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn']
    const process = await Started.of('prometheus', flags, `${url}/-/ready`)
    return new RealPrometheus(url, process)
  }

  /** Asks for a value now; what is wrong with the query is thrown. */
  async query(promql: string): Promise<Sample[]> {
    const answer = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(promql)}`)
    const body = (await answer.json()) as { status: string; error?: string; data: { result: Sample[] } }
    if (body.status !== 'success') throw new Error(`${promql}: ${body.error}`)
    return body.data.result
  }

  async rules(): Promise<PrometheusRule[]> {
    const body = (await (await fetch(`${this.url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: PrometheusRule[] }[] }
    }
    return body.data.groups.flatMap(({ rules }) => rules)
  }

  stop(): Promise<void> {
    return this.process.stop()
  }
}

interface PrometheusOptions {
  /** host:port of the service. */
  target: string
  /** URL */
  alertmanager?: string
  /** In place of the five minutes of the rules on what is found. */
  keepFiringFor?: string
}

export class RealAlertmanager {
  readonly url: string
  private readonly process: Started

  private constructor(url: string, process: Started) {
    this.url = url
    this.process = process
  }

  static async start(folder: string, config: object, port?: number): Promise<RealAlertmanager> {
    writeFileSync(path.join(folder, 'alertmanager.yml'), stringify(config))
    const [free] = await freePorts(1)
    const url = `http://127.0.0.1:${port ?? free}`
    // prettier-ignore
    const flags = [`--config.file=${folder}/alertmanager.yml`, `--storage.path=${folder}/alertmanager`, `--web.listen-address=${new URL(url).host}`, '--cluster.listen-address=', '--log.level=warn']
    return new RealAlertmanager(url, await Started.of('prometheus-alertmanager', flags, `${url}/-/ready`))
  }

  /** What it holds, firing or not yet forgotten. */
  async alerts(): Promise<HeldAlert[]> {
    return (await (await fetch(`${this.url}/api/v2/alerts`)).json()) as HeldAlert[]
  }

  stop(): Promise<void> {
    return this.process.stop()
  }
}

export interface HeldAlert {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
  generatorURL: string
  status: { state: string }
}

interface ScrapeConfig {
  global: object
  alerting?: object
}

/** A child that answers; its own words are shown when it does not. */
class Started {
  private readonly child: ChildProcess

  private constructor(child: ChildProcess) {
    this.child = child
  }

  static async of(command: string, flags: readonly string[], readyUrl: string): Promise<Started> {
    const child = spawn(command, flags, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
    const started = new Started(child)
    for (const endMs = performance.now() + START_MS; ; await sleep(100)) {
      const isReady = await fetch(readyUrl).then(({ ok }) => ok, () => false) // prettier-ignore
      if (isReady) return started
      if (child.exitCode !== null || performance.now() > endMs) {
        await started.stop()
        throw new Error(`${command} did not become ready (exit ${child.exitCode}): ${said}`)
      }
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await exited
  }
}

const START_MS = 120_000
