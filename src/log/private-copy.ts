import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction } from 'node:vm'

/**
 * A copy of a CommonJS package that is ours alone, with some of its modules replaced.
 *
 * Patching the shared one would change it for whoever else in this process imports the package, and would depend on
 * who imports it first. `require.cache` cannot keep two copies apart, as modules that are required late look there.
 */
export class PrivateCopy {
  readonly #modules = new Map<string, { exports: unknown }>()
  readonly #resolve: (id: string) => string

  /** `replacements`: module id (as one would require it from outside) to what it exports instead. */
  constructor(resolve: (id: string) => string, replacements: Readonly<Record<string, unknown>>) {
    this.#resolve = resolve
    for (const [id, exports] of Object.entries(replacements)) this.#modules.set(resolve(id), { exports })
  }

  require(id: string): unknown {
    return this.#load(this.#resolve(id))
  }

  #load(file: string): unknown {
    const known = this.#modules.get(file)
    if (known !== undefined) return known.exports
    const module = { exports: {} as unknown }
    this.#modules.set(file, module)
    const source = readFileSync(file, 'utf8')
    if (file.endsWith('.json')) {
      module.exports = JSON.parse(source)
      return module.exports
    }
    const outer = createRequire(file)
    // What belongs to the package is relative in it; the rest (Node's own modules) is shared.
    const require = (id: string): unknown => (id.startsWith('.') ? this.#load(outer.resolve(id)) : outer(id))
    const names = ['exports', 'require', 'module', '__filename', '__dirname']
    const run = compileFunction(source, names, { filename: file })
    run.call(module.exports, module.exports, require, module, file, dirname(file))
    return module.exports
  }
}
