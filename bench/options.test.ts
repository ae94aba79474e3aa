import test from 'ava'
import { HELP, parseOptions, scenarios, type BenchOptions } from './options.ts'

const parsed = (...args: string[]): BenchOptions => {
  const options = parseOptions(args)
  if (options === 'help') throw new Error('help was not asked for')
  return options
}

test('without flags every scenario is measured, at sizes that do not take long', (t) => {
  const { only, sizes, profiles } = parsed()
  t.deepEqual(only, scenarios)
  t.true(Object.values(sizes).flat().every((size) => size <= 10_000))
  t.is(profiles, undefined)
})

test('--only takes the name of a scenario or of a figure', (t) => {
  t.deepEqual(parsed('--only', 'raw', '--only', 'cold_start_s').only, ['raw', 'rest'])
  t.throws(() => parsed('--only', 'speed'), { message: /--only speed: there is no such scenario or figure/ })
})

test('--full brings the sizes that the aims are stated for', (t) => {
  const { sizes } = parsed('--full')
  t.deepEqual(sizes.launch, [1000, 5000])
  t.deepEqual(sizes.rest, [10_000, 100_000])
})

test('--instances sets the size of every scenario, within bounds', (t) => {
  t.true(Object.values(parsed('--instances', '70').sizes).every((sizes) => sizes.length === 1 && sizes[0] === 70))
  for (const bad of ['0', '100001', '1e3', '-5', 'many']) t.throws(() => parsed(`--instances=${bad}`), { message: /--instances takes a number from 1 to 100000/ })
})

test('on a real control plane what only the sandbox has is not measured, and asking for it is refused', (t) => {
  const { only, cluster } = parsed('--cluster', 'kubernetes')
  t.is(cluster, 'kubernetes')
  t.deepEqual(only, ['raw', 'launch', 'arrivals', 'rest', 'churn', 'fairness'])
  t.is(parsed().cluster, 'sandbox')
  t.throws(() => parsed('--cluster', 'kubernetes', '--only', 'ssh'), { message: /--only ssh is about what only the sandbox has/ })
  t.throws(() => parsed('--cluster', 'kind'), { message: /--cluster takes sandbox or kubernetes, not kind/ })
})

test('the help names every scenario', (t) => {
  t.is(parseOptions(['--help']), 'help')
  for (const scenario of scenarios) t.regex(HELP, new RegExp(`^  ${scenario} `, 'm'))
})
