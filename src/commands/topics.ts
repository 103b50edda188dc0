import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/shape.ts'
import { ownTopicSpecs, requiredAcls } from '../config/topic-specs.ts'
import type { AclRule, OwnTopicSpec, TopicOptions } from '../config/topic-specs.ts'
import { EXIT, MonitorError } from '../errors.ts'
import type { Io } from './main.ts'
import { configPathOf, readOptions } from './options.ts'

const HELP = `evenkeel topics [--config FILE] --print | --create

The topics that Evenkeel writes, and the rights it needs.

  --print                    as commands for Kafka's own tools, for whoever may create topics
  --json                     with --print: as JSON
  --create                   creates those that are missing; what is there is left as it is
  --config FILE, -c          default: $EVENKEEL_CONFIG, or else evenkeel.yaml
  --partitions N             of panes, slices and quarantine; default 12
  --replication-factor N     default 3, or the number of brokers where there are fewer (--print takes 3)
  --principal NAME           whom the printed rights are for; default User:evenkeel
  --help
`

/** `evenkeel topics`: prints or creates our own topics. */
export async function topics(args: string[], io: Io): Promise<number> {
  const options = readOptions(args, {
    print: { type: 'boolean' },
    json: { type: 'boolean' },
    create: { type: 'boolean' },
    config: { type: 'string', short: 'c' },
    partitions: { type: 'string' },
    'replication-factor': { type: 'string' },
    principal: { type: 'string', default: 'User:evenkeel' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) {
    io.stdout.write(HELP)
    return EXIT.ok
  }
  if (options.print === options.create) throw new MonitorError('EVENKEEL_USAGE', 'say either --print or --create')
  const path = configPathOf(options.config, io.env)
  const config = loadConfig(path, io.env, { needsLog: options.create === true })
  const topicOptions: Omit<TopicOptions, 'brokerCount'> = {
    ...countOption('partitions', options.partitions),
    ...countOption('replicationFactor', options['replication-factor']),
  }
  if (options.create) {
    // Talking to brokers is loaded only when it is asked for.
    const { createOwnTopics } = await import('./online/create-topics.ts')
    for await (const line of createOwnTopics(config, topicOptions)) io.stdout.write(`${line}\n`)
    return EXIT.ok
  }
  const specs = ownTopicSpecs(config, { brokerCount: 3, ...topicOptions })
  const acls = requiredAcls(config)
  io.stdout.write(options.json ? asJson(specs, acls) : asCommands(specs, acls, config, options.principal))
  return EXIT.ok
}

function countOption<K extends string>(name: K, text: string | undefined): { [key in K]?: number } {
  if (text === undefined) return {}
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new MonitorError('EVENKEEL_USAGE', `"${text}" is no number of ${name === 'partitions' ? name : 'replicas'}`)
  }
  return { [name]: Number(text) } as { [key in K]?: number }
}

function asJson(specs: readonly OwnTopicSpec[], acls: readonly AclRule[]): string {
  return `${JSON.stringify({ topics: specs, acls }, null, 2)}\n`
}

function asCommands(
  specs: readonly OwnTopicSpec[],
  acls: readonly AclRule[],
  config: Config,
  principal: string,
): string {
  const bootstrap = `--bootstrap-server ${config.kafka?.brokers.join(',') ?? 'HOST:PORT'}`
  const create = specs.map(({ topic, partitions, replicationFactor, config: settings, purpose }) => {
    const configs = Object.entries(settings).map(([key, value]) => `  --config ${key}=${value}`)
    const head = `kafka-topics.sh ${bootstrap} --create --if-not-exists --topic ${topic}`
    return [
      `# ${purpose}`,
      [head, `  --partitions ${partitions} --replication-factor ${replicationFactor}`, ...configs].join(' \\\n'),
    ].join('\n')
  })
  const allow = acls.map(({ resource, name, isPrefix, operations, purpose }) => {
    const what = resource === 'cluster' ? '--cluster' : `--${resource} ${name}`
    const pattern = isPrefix ? ' --resource-pattern-type prefixed' : ''
    const rights = operations.map((operation) => `--operation ${operation}`).join(' ')
    return `# ${purpose}\nkafka-acls.sh ${bootstrap} --add --allow-principal '${principal.replaceAll("'", "'\\''")}' ${rights} ${what}${pattern}`
  })
  return `${[...create, ...allow].join('\n\n')}\n`
}
