import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { list, statusFields, struct, tags, text } from '../fields.ts'

/** `spec` of the Kumulus. */
export const kumulusSpec = struct('Nothing is asked for here: how Kumulus works is said where it is installed, in the values of its chart.', { tags: tags() })

/** `status` of the Kumulus. */
export const kumulusStatus = struct('What Kumulus builds on and how it finds it. Written by the operator alone.', {
  ...statusFields(),
  dependencies: list(struct('Something that Kumulus builds on.', {
    name: text({ description: 'Its name, which is also the type of a condition, for example KubeVirt.', min: 1, max: 63 }),
    version: text({ description: 'Version that it says it has.', max: 64 }),
  }), { description: 'What says its version.', max: 16, keys: ['name'] }).exactOptional(),
})

export type KumulusSpec = z.output<typeof kumulusSpec>
export type KumulusStatus = z.output<typeof kumulusStatus>
/** How the installation itself is. Cluster-scoped; the operator makes the one there is, `cluster`. */
export type Kumulus = Resource<KumulusSpec, KumulusStatus>

export const kumulus: Definition = define({
  kind: 'Kumulus',
  plural: 'kumuluses',
  namespaced: false,
  shortNames: ['kml'],
  description: 'How the installation itself is: whether what Kumulus builds on is there and as it must be. The operator makes the one there is, `cluster`, and reads nothing from it.',
  spec: kumulusSpec,
  status: kumulusStatus,
  columns: [
    { name: 'Ready', type: 'string', description: 'Whether all is there.', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'KubeVirt', type: 'string', description: 'Version of KubeVirt.', jsonPath: '.status.dependencies[?(@.name=="KubeVirt")].version' },
    { name: 'CDI', type: 'string', description: 'Version of CDI.', jsonPath: '.status.dependencies[?(@.name=="CDI")].version' },
  ],
  reasons: {
    DependencyMissing: 'Stalled: something that Kumulus builds on is missing or not as it must be; the message names it, and the condition of its name says what to do.',
    NotInstalled: 'On the condition of a dependency: it is not in the cluster; what needs it waits, everything else works.',
    NotDeployed: 'On the condition of a dependency: it is being installed, or failed to be; see its own status.',
    TooOld: 'On the condition of a dependency: it is older than what Kumulus has been tested with.',
    FeatureGateOff: 'On the condition KubeVirt: a feature gate is off that Kumulus needs; the message names it and what does not work.',
    NoDefault: 'On the conditions Storage and Snapshots: no class is marked as the default.',
  },
})
