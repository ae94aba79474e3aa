import type { KubeObject } from '../../../crds/kubernetes.ts'

/** Who may have a claim's bytes: one VolumeAttachment, for one machine. */
export type AttachmentRecord = {
  /** UID of the VolumeAttachment. */
  attachment: string
  /** UID of the VirtualMachine: a machine that is made again under the name is another. */
  machine: string
  /** Names of the Instance, which its machine has too, and of the VolumeAttachment. */
  instanceName: string
  attachmentName: string
}

/**
 * The records are annotations of the claim, `attachment.kumulus.dev/<UID of the VolumeAttachment>`, each written with the claim's resourceVersion as
 * its precondition: of two who want what one can have, the server lets one through.
 */
export const attachmentRecordsOf = ({ metadata }: Pick<KubeObject, 'metadata'>): AttachmentRecord[] =>
  Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) => {
    if (!key.startsWith(prefix)) return []
    const [machine = '', instanceName = '', attachmentName = ''] = value.split(' ')
    return [{ attachment: key.slice(prefix.length), machine, instanceName, attachmentName }]
  })

/** The annotation that makes a record; its value is null to take it off. */
export const recordAnnotation = (record: AttachmentRecord): Record<string, string> =>
  ({ [`${prefix}${record.attachment}`]: [record.machine, record.instanceName, record.attachmentName].join(' ') })

export const withoutRecord = (attachment: string): Record<string, null> => ({ [`${prefix}${attachment}`]: null })

const prefix = 'attachment.kumulus.dev/'
