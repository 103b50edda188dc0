import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, globSync, rmSync } from 'node:fs'

// Node does not strip types inside node_modules, so what is published is JavaScript.
rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
// What the pages are served with stands beside their code.
for (const file of globSync('src/page/*.{css,mjs,svg}')) copyFileSync(file, file.replace('src/', 'dist/'))
chmodSync('dist/main.js', 0o755)
