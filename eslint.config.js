import tseslint from 'typescript-eslint'

/** The house's import directions: folder → folders it may not import. */
const forbidden = {
  'crds/**/*.ts': ['operator', 'webhooks', 'charts', 'sandbox', 'e2e', 'bench'],
  'operator/runtime/**/*.ts': ['operator/providers', 'operator/resources', 'webhooks', 'sandbox', 'e2e', 'bench', 'crds/v1alpha1'],
  'operator/providers/**/*.ts': ['operator/resources', 'webhooks', 'sandbox', 'e2e', 'bench'],
  'operator/{resources/**/*,*}.ts': ['sandbox', 'e2e', 'bench'],
  'webhooks/verdicts/**/*.ts': ['operator', 'sandbox', 'e2e', 'bench'],
  'webhooks/**/*.ts': ['sandbox', 'e2e', 'bench'],
  'images/**/*.ts': ['operator', 'webhooks', 'sandbox', 'e2e', 'bench'],
  'sandbox/**/*.ts': ['operator/resources', 'webhooks', 'e2e', 'bench'],
  // Beside KubeVirt's own control plane the node half is alone.
  'sandbox/stand-ins/kubevirt/node/**/*.ts': ['operator/resources', 'webhooks', 'e2e', 'bench', 'control'],
}

const directions = Object.entries(forbidden).map(([files, rooms]) => ({
  files: [files],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${rooms.join('|')})/`,
            message: 'This import goes against the direction of the house; see docs/design/2026-11-22-foundations.md.',
          },
        ],
      },
    ],
  },
}))

export default tseslint.config(
  { ignores: ['node_modules/', '.cache/', '.sandbox/', 'coverage/', 'dist/', 'crds/generated/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, properties: false, attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-len': ['error', { code: 150, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
    },
  },
  ...directions,
  {
    // One clock: a simulation must be able to hold it still.
    files: ['operator/**/*.ts', 'webhooks/**/*.ts', 'sandbox/stand-ins/**/*.ts', 'sandbox/apiserver/**/*.ts'],
    ignores: ['operator/runtime/clock.ts', '**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take the time from the Clock.' },
        { object: 'Math', property: 'random', message: 'Take randomness from a seeded source.' },
      ],
    },
  },
  {
    // Programs that people start talk to them; a test's body is a story, not a unit.
    files: ['**/*.test.ts', 'e2e/**/*.ts', 'bench/**/*.ts', 'sandbox/main.ts', 'sandbox/tools/**/*.ts', 'sandbox/guest/**/*.ts', 'crds/generation/drift.ts'],
    rules: { 'no-console': 'off' },
  },
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
)
