/** The demo's configuration, as a person would write it (JSON is YAML). */
export function demoConfigText(broker: string | undefined, port: string): string {
  // Topics of an earlier run on the same broker would be read again: each run has its own.
  const prefix = broker === undefined ? 'evenkeel-demo' : `evenkeel-demo-${Date.now().toString(36)}`
  return JSON.stringify({
    instance: 'demo',
    ...(broker === undefined ? { log: { directory: 'unused: the demo keeps its logs in memory' } } : { kafka: { brokers: [broker] } }), // prettier-ignore
    topics: { prefix },
    http: { listen: `127.0.0.1:${port}` },
    streams: [
      {
        name: 'impressions',
        topic: `${prefix}.impressions`,
        start: 'earliest',
        format: 'json',
        eventTime: { field: 'ts', unit: 'ms' },
        id: 'event_id',
        unit: 'visitor',
        // Fixed, so that every run, over whatever log, falls into the same buckets.
        salt: 'evenkeel-demo',
        cohort: { field: 'model_version', control: ['m1'], candidate: ['m2'] },
        allocation: { control: 0.5, candidate: 0.5 },
        fields: [
          { name: 'campaign', kind: 'categorical', role: 'segment' },
          { name: 'item_id', kind: 'categorical', role: 'prediction' },
          { name: 'position', kind: 'categorical' },
          { name: 'propensity', kind: 'numeric', role: 'prediction' },
          { name: 'user_feature_0', kind: 'categorical' },
          { name: 'user_feature_1', kind: 'categorical' },
          { name: 'user_feature_2', kind: 'categorical' },
          { name: 'user_feature_3', kind: 'categorical' },
          { name: 'item_feature_0', kind: 'numeric' },
          { name: 'affinity_total', kind: 'numeric' },
        ],
        engagement: [{ name: 'click_rate', rate: { field: 'click', equals: true } }],
      },
    ],
  })
}
