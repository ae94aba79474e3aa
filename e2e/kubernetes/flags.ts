import { join } from 'node:path'
import type { Component } from './choice.ts'
import type { DataFolder } from './data-folder.ts'

/** What each program of a control plane is told: everything on loopback or on sockets in its folder, so that several never meet. */
export const flagsOf = (folder: DataFolder, port: number): Record<Component, string[]> => ({
  etcd: etcd(folder),
  'kube-apiserver': apiServer(folder, port),
  'kube-controller-manager': [
    ...client(folder),
    `--service-account-private-key-file=${folder.key('service-accounts')}`, `--root-ca-file=${folder.certificate('ca')}`,
    // It would be made where the machine's own kubelet looks.
    `--flex-volume-plugin-dir=${join(folder.path, 'flexvolume')}`,
  ],
  'kube-scheduler': client(folder),
})

/** Where etcd listens, in the folder of its control plane. */
export const etcdSocket = (path: string): string => join(path, 'etcd.sock')

const etcdURL = (folder: DataFolder): string => `unix://${etcdSocket(folder.path)}`

const etcd = (folder: DataFolder): string[] => [
  `--data-dir=${join(folder.path, 'etcd')}`,
  `--listen-client-urls=${etcdURL(folder)}`, `--listen-peer-urls=unix://${join(folder.path, 'peer.sock')}`,
  // For the other members of a cluster, which this one has not: nobody listens there.
  '--advertise-client-urls=http://localhost:2379', '--initial-advertise-peer-urls=http://localhost:2380', '--initial-cluster=default=http://localhost:2380',
  // A test's machine that loses its power has lost the test.
  '--unsafe-no-fsync', '--log-level=error',
]

const apiServer = (folder: DataFolder, port: number): string[] => [
  `--etcd-servers=${etcdURL(folder)}`,
  '--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${port}`,
  // Nobody comes by way of the Service, and no endpoint may be on loopback.
  '--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.96.0.0/16',
  `--tls-cert-file=${folder.certificate('apiserver')}`, `--tls-private-key-file=${folder.key('apiserver')}`,
  `--client-ca-file=${folder.certificate('ca')}`,
  `--kubelet-client-certificate=${folder.certificate('admin')}`, `--kubelet-client-key=${folder.key('admin')}`,
  `--requestheader-client-ca-file=${folder.certificate('front-proxy-ca')}`, '--requestheader-allowed-names=front-proxy',
  '--requestheader-username-headers=X-Remote-User', '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  `--proxy-client-cert-file=${folder.certificate('front-proxy')}`, `--proxy-client-key-file=${folder.key('front-proxy')}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${folder.key('service-accounts')}`, `--service-account-signing-key-file=${folder.key('service-accounts')}`,
  '--authorization-mode=RBAC', '--allow-privileged=true',
  `--audit-policy-file=${folder.auditPolicy}`, `--audit-log-path=${folder.auditLog}`, '--audit-log-maxsize=10000',
]

/** Of a component beside the API server: it serves nothing and shares its work with nobody. */
const client = ({ kubeconfig }: DataFolder): string[] => [
  `--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`,
  '--leader-elect=false', '--secure-port=0', '--kube-api-qps=500', '--kube-api-burst=1000',
]
