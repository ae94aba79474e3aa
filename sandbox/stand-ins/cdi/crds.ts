import { age, anything, crd, flag, listOf, open, text } from '../crds.ts'

const group = 'cdi.kubevirt.io'
const version = 'v1beta1'
const reference = open({ namespace: text, name: text }, ['namespace', 'name'])

const source = open({
  http: open({ url: text, checksum: text, secretRef: text, certConfigMap: text }, ['url']),
  s3: open({ url: text, secretRef: text }, ['url']),
  registry: open({ url: text, platform: open({ architecture: text }) }),
  blank: anything,
  upload: anything,
  pvc: reference,
  snapshot: reference,
})

/** The kinds of CDI 1.66 that Kumulus uses. */
export const cdiCrds = [
  crd({
    group, version, kind: 'DataVolume', plural: 'datavolumes', shortNames: ['dv', 'dvs'], categories: ['all'], status: true,
    columns: [
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Progress', type: 'string', jsonPath: '.status.progress' },
      { name: 'Restarts', type: 'integer', jsonPath: '.status.restartCount' },
      age,
    ],
    schema: {
      required: ['spec'],
      properties: {
        spec: open({ source, sourceRef: open({ kind: text, name: text, namespace: text }, ['kind', 'name']), pvc: anything, storage: anything, contentType: text, preallocation: flag, checkpoints: listOf(anything) }),
      },
    },
  }),
  crd({
    group, version, kind: 'DataSource', plural: 'datasources', shortNames: ['das'], categories: ['all'],
    schema: { required: ['spec'], properties: { spec: open({ source: open({ pvc: reference, snapshot: reference, dataSource: reference }) }, ['source']) } },
  }),
  crd({
    group, version, kind: 'DataImportCron', plural: 'dataimportcrons', shortNames: ['dic', 'dics'], categories: ['all'],
    columns: [{ name: 'Format', type: 'string', jsonPath: '.status.sourceFormat' }],
    schema: { required: ['spec'], properties: { spec: open({ managedDataSource: text, schedule: text, template: anything }, ['managedDataSource', 'schedule', 'template']) } },
  }),
  crd({
    group, version, kind: 'CDI', plural: 'cdis', cluster: true, shortNames: ['cdi', 'cdis'],
    columns: [age, { name: 'Phase', type: 'string', jsonPath: '.status.phase' }], schema: { required: ['spec'] },
  }),
  crd({ group, version, kind: 'CDIConfig', plural: 'cdiconfigs', cluster: true, schema: { required: ['spec'] } }),
  crd({ group, version, kind: 'StorageProfile', plural: 'storageprofiles', cluster: true, status: true, schema: { required: ['spec'] } }),
]
