/** Whether the network lets whoever fetches an image connect to an address. Asked at every connection, of the address that it goes to. */
export type MayConnect = (to: { address: string; port: number }) => boolean

/** Where the bytes of PersistentVolumes are. The CDI and CSI stand-ins drive it; `simulated` and `files` implement it. */
export type Disks = {
  /** Makes an empty disk. Does nothing when the disk exists. */
  createBlank: (id: string, sizeBytes: number) => Promise<void>
  /**
   * Downloads a disk image (raw or qcow2) into a new disk of `sizeBytes`. The disk appears only when it is whole.
   * Throws an Error with a message fit for a user: HTTP status, checksum difference, not a disk image, too big.
   */
  importHttp: (
    id: string,
    source: { url: string; checksum?: string; mayConnect?: MayConnect },
    sizeBytes: number,
    onProgress: (percent: number) => void,
    signal: AbortSignal,
  ) => Promise<void>
  /** A new disk with the bytes of another disk or snapshot, copy-on-write where it can. */
  clone: (id: string, from: string, sizeBytes: number) => Promise<void>
  /** A read-only copy of a disk as it is now. */
  snapshot: (id: string, from: string) => Promise<void>
  /** Grows a disk; never shrinks. */
  resize: (id: string, sizeBytes: number) => Promise<void>
  /** Deletes a disk or snapshot. Does nothing when it is gone; its clones stay whole. */
  remove: (id: string) => Promise<void>
  /** File to boot from; undefined for a simulated disk or an unknown id. */
  pathOf: (id: string) => string | undefined
}
