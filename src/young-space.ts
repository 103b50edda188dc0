import v8 from 'node:v8'

/**
 * V8 begins with 1 MB for young objects and doubles that whenever enough of them outlive a collection, up to 64 MB (less where
 * memory is limited, or as `--max-semi-space-size` says), twice over, and keeps it. When it does so nobody can foretell: resident
 * memory goes up in steps for millions of events. So it grows to its full size at once, and a process shows in its first minutes
 * what it will need after weeks.
 *
 * Trap: holding it small instead makes an event from Kafka up to half as dear again (8 MB), because what a fetch brought is alive
 * meanwhile, and each collection copies it.
 */
export function growYoungSpaceAtOnce(): void {
  v8.setFlagsFromString(`--semi-space-growth-factor=${GROWTH_FACTOR}`)
}

/** From 1 MB to the 64 MB that V8 gives at most of its own. */
const GROWTH_FACTOR = 64
