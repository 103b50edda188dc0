import { chmodSync, rmSync } from 'node:fs'
import { runStep } from './run-step.ts'

// Node does not strip types inside node_modules, so what is published is JavaScript.
rmSync('dist', { recursive: true, force: true })
runStep('build', 'tsc', ['-p', 'tsconfig.build.json'])
chmodSync('dist/main.js', 0o755)
