import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { inspectImage } from './qcow2.ts'

const run = promisify(execFile)

/** Runs qemu-img. Throws an Error with what it said. */
export const qemuImg = async (words: string[], signal?: AbortSignal): Promise<void> => {
  try {
    await run('qemu-img', words, signal && { signal })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(stderr?.trim() || message, { cause: error })
  }
}

/**
 * The format of a layer, by its name, which we have given it: never by bytes that a guest could have written. `raw` is what several machines write
 * to, for of a qcow2 file each would keep the tables for itself.
 */
export const formatOf = (path: string): 'qcow2' | 'raw' => path.endsWith('.raw') ? 'raw' : 'qcow2'

/** Whatever came from `url` becomes a qcow2 of ours: only then is its format a fact and not the word of its maker. */
export const convertImage = async (of: { url: string; from: string; to: string; sizeBytes: number; signal: AbortSignal }): Promise<void> => {
  const { url, from, to, sizeBytes, signal } = of
  const kind = await inspectImage(from)
  if (kind.format === 'unknown') throw new Error(`${url} is not a disk image (raw or qcow2): it looks like ${kind.looksLike}`)
  if (kind.format === 'qcow2') {
    if (kind.backingFile !== undefined || kind.dataFile) throw new Error(`${url} is a qcow2 image that names another file: flatten it first (qemu-img convert)`)
    if (kind.encrypted) throw new Error(`${url} is an encrypted qcow2 image: decrypt it first (qemu-img convert)`)
  }
  if (kind.format !== 'raw') await refuseUnfit(url, kind.format, from, sizeBytes)
  await qemuImg(['convert', '-f', kind.format, '-O', 'qcow2', from, to], signal).catch((error: Error) => {
    signal.throwIfAborted()
    throw new Error(`${url} is a damaged disk image: ${error.message}`, { cause: error })
  })
  await qemuImg(['resize', '-q', '-f', 'qcow2', to, String(sizeBytes)])
}

type Copy = { from: string; to: string; sizeBytes: number; onProgress: (percent: number) => void; signal: AbortSignal }

/** Every byte of an image of ours, whatever layers it lies on, as one file. */
export const copyImage = async ({ from, to, sizeBytes, onProgress, signal }: Copy): Promise<void> => {
  const child = spawn('qemu-img', ['convert', '-p', '-f', 'qcow2', '-O', 'qcow2', from, to], { stdio: ['ignore', 'pipe', 'pipe'], signal })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (said = `${said}${text}`.slice(-1000)))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const percent = Number([...text.matchAll(/\((\d+\.\d+)\/100%\)/g)].at(-1)?.[1])
    if (Number.isFinite(percent)) onProgress(Math.min(99, percent))
  })
  const code = await new Promise<number | null>((resolve, reject) => void child.once('error', reject).once('close', resolve))
  signal.throwIfAborted()
  if (code !== 0) throw new Error(said.trim() || `qemu-img convert ended with ${code}`)
  await qemuImg(['resize', '-q', '-f', 'qcow2', to, String(sizeBytes)])
}

/** What only QEMU can read of a header; a VMDK can name a parent, too. */
const refuseUnfit = async (url: string, format: string, from: string, sizeBytes: number): Promise<void> => {
  const { stdout } = await run('qemu-img', ['info', '-f', format, '--output=json', from])
    .catch((error: Error & { stderr?: string }) => { throw new Error(`${url} is a damaged disk image: ${error.stderr?.trim() ?? error.message}`, { cause: error }) })
  const { 'virtual-size': bytes, 'backing-filename': backing } = JSON.parse(stdout) as { 'virtual-size': number; 'backing-filename'?: string }
  if (backing !== undefined) throw new Error(`${url} is a ${format} image that names another file: flatten it first (qemu-img convert)`)
  // In CDI's words: pkg/image/qemu.go of v1.66.0.
  if (bytes > sizeBytes) throw new Error(`virtual image size ${bytes} is larger than the reported available storage ${sizeBytes}. A larger PVC is required`)
}

/** Whether a machine writes to the file, as QEMU's locks say, but not of a shared one. @param where - `orBelow`: or to one that it lies on. */
export const isInUse = async (path: string, where?: 'orBelow'): Promise<boolean> => {
  try {
    await qemuImg(['info', '-f', formatOf(path), ...where === undefined ? [] : ['--backing-chain'], path])
    return false
  } catch (error) {
    if (/lock/.test((error as Error).message)) return true
    throw error
  }
}
