import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { readConfig } from '../../src/config/load.ts'
import { ROOT } from '../support/documents.ts'

/** What can be known of the image and of docker-compose.yml without a container engine; building them is done by hand. */
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

interface Instruction {
  name: string
  value: string
}

describe('Dockerfile', () => {
  const instructions = instructionsOf(read('Dockerfile'))
  const valuesOf = (name: string): string[] =>
    instructions.filter((each) => each.name === name).map(({ value }) => value)
  const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
  const lastOf = (name: string): string => lastStage.findLast((each) => each.name === name)!.value
  const copied = valuesOf('COPY').filter((value) => !value.startsWith('--from')).map((value) => value.split(' ').slice(0, -1)) // prettier-ignore

  it('copies what is there, and what .dockerignore lets through', () => {
    const ignored = read('.dockerignore').split('\n').filter((line) => line !== '') // prettier-ignore
    assert.ok(copied.flat().length >= 8)
    for (const source of copied.flat()) {
      assert.ok(existsSync(path.join(ROOT, source)), source)
      assert.ok(!ignored.includes(source), `${source} is ignored`)
    }
  })

  it('copies every file that the program reads beside its code', () => {
    const folders = copied.flat().map((source) => source.replace(/^\.\//, ''))
    const urls = globSync('src/**/*.ts', { cwd: ROOT }).flatMap((file) =>
      [...read(file).matchAll(/new URL\('((?:\.\.\/)+[^']+)', import\.meta\.url\)/g)].map(([, relative]) =>
        path.join(path.dirname(file), relative!),
      ),
    )
    assert.ok(urls.length >= 2)
    for (const url of urls) assert.ok(folders.includes(url.split('/')[0]!), url)
  })

  it('starts the file that the build makes', () => {
    const { compilerOptions, include } = parse(read('tsconfig.build.json')) as {
      compilerOptions: { outDir: string; rootDir: string }
      include: string[]
    }
    const entry = (JSON.parse(lastOf('ENTRYPOINT')) as string[]).at(-1)!
    const source = entry.replace(`${compilerOptions.outDir}/`, `${compilerOptions.rootDir}/`).replace(/\.js$/, '.ts')
    assert.notEqual(source, entry)
    assert.deepEqual(include, [compilerOptions.rootDir])
    assert.ok(existsSync(path.join(ROOT, source)), source)
    const { bin } = JSON.parse(read('package.json')) as { bin: { evenkeel: string } }
    assert.equal(entry, bin.evenkeel)
  })

  it('runs as somebody who is not root, by number', () => {
    assert.match(lastOf('USER'), /^[1-9]\d*(:[1-9]\d*)?$/)
    assert.ok(
      lastStage.findIndex(({ name }) => name === 'USER') > lastStage.findLastIndex(({ name }) => name === 'RUN'),
    )
  })

  it('leaves install scripts and dev dependencies out', () => {
    const installing = valuesOf('RUN').filter((value) => /npm (ci|install|prune)/.test(value))
    assert.ok(installing.length > 0)
    for (const value of installing) assert.equal(value.split('npm ').length, value.split('--ignore-scripts').length)
    assert.match(installing.join(' '), /npm prune --omit=dev/)
  })

  it('has a Node that the package accepts', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    const least = Number(/\d+/.exec(engines.node)![0])
    for (const image of valuesOf('FROM')) assert.ok(Number(/^node:(\d+)/.exec(image)![1]) >= least, image)
  })
})

describe('docker-compose.yml', () => {
  const { services, volumes } = parse(read('docker-compose.yml')) as {
    services: Record<string, Service>
    volumes: Record<string, null>
  }
  const mounts = Object.values(services).flatMap((service) => (service.volumes ?? []).map((each) => each.split(':')))

  it('mounts what is there', () => {
    for (const [source] of mounts) {
      if (source!.startsWith('.')) assert.ok(existsSync(path.join(ROOT, source!)), source)
      else assert.ok(Object.hasOwn(volumes, source!), source)
    }
  })

  it('depends on services that are there, healthy only where there is a health check', () => {
    for (const { depends_on = {} } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        assert.ok(Object.hasOwn(services, name), name)
        if (condition === 'service_healthy') assert.ok(services[name]!.healthcheck, name)
      }
    }
  })

  const evenkeel = services['evenkeel']!
  const configFile = mounts.find(([, target]) => target === '/etc/evenkeel/evenkeel.yaml')![0]!
  const config = readConfig(read(configFile), configFile, {}, { needsLog: true })

  it('gives evenkeel a configuration that loads, with addresses of this network', () => {
    assert.ok(evenkeel.command.includes('/etc/evenkeel/evenkeel.yaml'))
    const hosts = [...config.kafka!.brokers, new URL((config.registry as { url: string }).url).host]
    for (const host of hosts) assert.ok(Object.hasOwn(services, host.split(':')[0]!), host)
    const [advertised] = services['kafka']!.environment!['KAFKA_ADVERTISED_LISTENERS']!.split(',')
    assert.equal(advertised, `PLAINTEXT://${config.kafka!.brokers[0]}`)
  })

  it('can write where its state is', () => {
    const [stateMount] = evenkeel.volumes!.filter((each) => each.endsWith(`:${config.state.directory}`))
    assert.ok(stateMount)
    assert.match(read('Dockerfile'), new RegExp(`chown 1000:1000 ${config.state.directory}$`, 'm'))
  })

  it('listens where other containers and the published port reach it, and says that this is meant', () => {
    assert.equal(config.http.host, '0.0.0.0')
    assert.ok(evenkeel.command.includes('--insecure-no-auth'))
    for (const { ports = [] } of Object.values(services)) {
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, 'published beyond this machine')
    }
    assert.ok(evenkeel.ports!.some((port) => port.endsWith(`:${config.http.port}`)))
  })

  it('lets Prometheus scrape it under the name it has there, with the limits of the sample', () => {
    const files = new Map(mounts.map(([source, target]) => [target!, source!]))
    const scraped = scrapeOf(read(files.get('/etc/prometheus/prometheus.yml')!))
    const sample = scrapeOf(read('config/prometheus.yml'))
    assert.deepEqual(scraped.scrape_configs[0]!.static_configs[0]!.targets, [`evenkeel:${config.http.port}`])
    assert.deepEqual(limitsOf(scraped), limitsOf(sample))
    for (const rules of scraped.rule_files) assert.ok(files.has(`/etc/prometheus/${rules}`), rules)
  })
})

interface Service {
  image?: string
  command: string[]
  environment?: Record<string, string>
  volumes?: string[]
  ports?: string[]
  healthcheck?: object
  depends_on?: Record<string, { condition: string }>
}

interface Scrape {
  rule_files: string[]
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
}

function limitsOf({ scrape_configs: [job] }: Scrape): [string, unknown][] {
  return Object.entries(job!).filter(([key]) => key !== 'static_configs')
}

function scrapeOf(text: string): Scrape {
  return parse(text) as Scrape
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n').filter((line) => line !== '' && !line.startsWith('#')) // prettier-ignore
  return lines.map((line) => ({ name: line.split(' ')[0]!, value: line.slice(line.indexOf(' ') + 1) }))
}
