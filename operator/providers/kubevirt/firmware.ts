import { hash } from 'node:crypto'

/**
 * UUID that the guest's firmware shows, from our object's UID. It must be set: KubeVirt's default hashes the machine's name alone, so that
 * namesakes of two namespaces share it (kubevirt#13156). It begins with `ec2`, as on EC2, by which cloud-init and agents know where they are.
 */
export const firmwareUUID = (uid: string): string => {
  const hex = hash('sha256', uid, 'hex')
  return [`ec2${hex.slice(0, 5)}`, hex.slice(5, 9), `4${hex.slice(9, 12)}`, `8${hex.slice(12, 15)}`, hex.slice(15, 27)].join('-')
}
