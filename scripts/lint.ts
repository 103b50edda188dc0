import { runStep } from './run-step.ts'

runStep('types', 'tsc', ['-p', '.'])
runStep('lint', 'eslint', ['--max-warnings=0', '.'])
runStep('format', 'prettier', ['--check', '--log-level=warn', '.'])
