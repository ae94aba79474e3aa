/** Whether the network lets whoever fetches an image connect to an address. Asked at every connection, of the address that it goes to. */
export type MayConnect = (to: { address: string; port: number }) => boolean

/** Where a disk image comes from, as CDI's importer is told. */
export type ImageSource = {
  /** http or https; `docker://` names a container image that holds the disk. */
  url: string
  /** `sha256:<hex>`, of what comes over the wire. */
  checksum?: string
  /** Given for an object in a bucket, whose request is then signed. */
  credentials?: S3Credentials
  /** Of several that a container image is for, as Go calls it: `amd64`. */
  architecture?: string
  mayConnect?: MayConnect
}

/** `time`: milliseconds since the epoch, which the signature says. */
export type S3Credentials = { accessKeyId: string; secretKey: string; time: number }

/** Where the bytes of PersistentVolumes are. The CDI and CSI stand-ins drive it; `simulated` and `files` implement it. */
export type Disks = {
  /** Makes an empty disk. Does nothing when the disk exists. @param shared - several machines may write to it at once. */
  createBlank: (id: string, sizeBytes: number, shared?: boolean) => Promise<void>
  /**
   * Downloads a disk image, of any format and compression that CDI takes, into a new disk of `sizeBytes`. The disk appears only when it is whole.
   * Throws an Error with a message fit for a user: HTTP status, checksum difference, not a disk image, too big.
   */
  importImage: (
    id: string,
    source: ImageSource,
    sizeBytes: number,
    onProgress: (percent: number) => void,
    signal: AbortSignal,
  ) => Promise<void>
  /** A new disk with the bytes of another disk or snapshot, copy-on-write where it can. @param shared - as of `createBlank`. */
  clone: (id: string, from: string, sizeBytes: number, shared?: boolean) => Promise<void>
  /** A new disk with the same bytes, of which it has every one itself. The disk appears only when it is whole. */
  copy: (id: string, from: string, sizeBytes: number, onProgress: (percent: number) => void, signal: AbortSignal) => Promise<void>
  /** A read-only copy of a disk as it is now. */
  snapshot: (id: string, from: string) => Promise<void>
  /** Grows a disk; never shrinks. */
  resize: (id: string, sizeBytes: number) => Promise<void>
  /** Deletes a disk or snapshot. Does nothing when it is gone; its clones stay whole. */
  remove: (id: string) => Promise<void>
  /** File to boot from; undefined for a simulated disk or an unknown id. */
  pathOf: (id: string) => string | undefined
}
