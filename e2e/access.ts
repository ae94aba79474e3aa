/** Who may do what, as the chart's files and the generated roles say it: for clouds in one process. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { rolesOf } from '../crds/generation/roles.ts'
import type { KubeObject, NewObject, ResourceType } from '../crds/kubernetes.ts'
import { definitions } from '../crds/v1alpha1/index.ts'
import { isConflict, isNotFound, type Client } from '../operator/runtime/client.ts'
import { serviceAccountGroups } from '../sandbox/apiserver/access/authentication.ts'
import type { UserInfo } from '../sandbox/apiserver/request.ts'
import type { ApiServer } from '../sandbox/apiserver/server.ts'

export const systemNamespace = 'kumulus-system'

const serviceAccount = (name: string): UserInfo =>
  ({ username: `system:serviceaccount:${systemNamespace}:${name}`, groups: serviceAccountGroups(systemNamespace) })

export const operatorUser: UserInfo = serviceAccount('kumulus-operator')
export const admissionUser: UserInfo = serviceAccount('kumulus-admission')

/** A person, whose rights are bindings alone. */
export const person = (username: string): UserInfo => ({ username, groups: [] })

export const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const

export const roleBindings: ResourceType = { ...rbac, kind: 'RoleBinding', plural: 'rolebindings', namespaced: true }

export const roles: ResourceType = { ...rbac, kind: 'Role', plural: 'roles', namespaced: true }

const kinds: readonly ResourceType[] = [
  roleBindings,
  roles,
  { ...rbac, kind: 'ClusterRole', plural: 'clusterroles', namespaced: false },
  { ...rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false },
  { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
]

type Manifest = NewObject & Record<string, unknown>

/** What a file of the chart holds, for a release in the namespace `kumulus-system`. */
export const deployed = (file: 'operator' | 'admission' | 'account'): Manifest[] =>
  parseAllDocuments(readFileSync(new URL(`../charts/kumulus/files/access/${file}.yaml`, import.meta.url), 'utf8')).map((document) => document.toJS() as Manifest)

/** Everything that is installed once for a cluster. */
export const installAccess = async (client: Client): Promise<void> => {
  const namespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } }
  for (const object of [namespace, ...rolesOf(definitions) as Manifest[], ...deployed('operator'), ...deployed('admission')]) await create(client, object)
}

/** Makes a namespace an account. */
export const openAccount = async (client: Client, namespace: string): Promise<void> => {
  for (const object of deployed('account')) await create(client, { ...object, metadata: { ...object.metadata, namespace } })
}

/** Lets a person into an account with one of its roles. */
export const letIn = (client: Client, who: UserInfo, namespace: string, role: string): Promise<void> => create(client, {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: `${who.username}-${role}`, namespace },
  roleRef: { apiGroup: rbac.group, kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: rbac.group, kind: 'User', name: who.username }],
})

/** Opens every namespace that comes, as a platform does that has nothing else in its cluster. */
export const openEveryAccount = (server: ApiServer, client: Client): void => {
  server.subscribe(({ bucket, type, object }) => {
    const { name = '' } = object.metadata
    if (bucket !== '/namespaces' || type !== 'ADDED' || name === systemNamespace || name.startsWith('kube-')) return
    openAccount(client, name).catch((error: unknown) => {
      // Deleted again at once.
      if (!isNotFound(error)) throw error
    })
  })
}

const create = async (client: Client, object: Manifest): Promise<void> => {
  const resource = kinds.find(({ kind }) => kind === object.kind)
  if (resource === undefined) throw new Error(`${object.kind} is nothing that access is made of`)
  await client.create<KubeObject>(resource, object).catch((error: unknown) => {
    if (!isConflict(error)) throw error
  })
}
