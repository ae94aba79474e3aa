import type { Probe, SourceMark } from './probe.ts'

/** What came of asking. `failure` is in words; `askedAt` in milliseconds since the epoch. */
export type Answer = { askedAt: number } & ({ mark: SourceMark } | { failure: string })

/** Questions to web servers, asked beside the passes of controllers: none waits for a server that takes its time. In memory alone. */
export type Probes = {
  /** What is known of the question of this key about this time: of a failure also while it is asked again. */
  answer: (key: string, time: number) => Answer | undefined
  /** Asks, unless it is being asked or was answered, or too many others are: so ask again soon. Of a key the last time alone is remembered. */
  ask: (question: { key: string; time: number; url: string; now: number }) => void
  forget: (key: string) => void
}

type Question = { time: number; isOpen: boolean; answer: Answer | undefined }

/** So many at once: a tenant with many slow servers keeps others waiting for seconds, not for good. */
const most = 8

export const createProbes = (probe: Probe): Probes => {
  const questions = new Map<string, Question>()
  let open = 0
  const about = (key: string, time: number): Question | undefined => {
    const question = questions.get(key)
    return question?.time === time ? question : undefined
  }
  return {
    answer: (key, time) => about(key, time)?.answer,
    ask: ({ key, time, url, now }) => {
      const before = about(key, time)
      if (before?.isOpen === true || (before?.answer !== undefined && 'mark' in before.answer) || open >= most) return
      const question: Question = { time, isOpen: true, answer: before?.answer }
      questions.set(key, question)
      open++
      void probe(url)
        .then(mark => ({ mark, askedAt: now }), (error: unknown) => ({ failure: wordsOf(error), askedAt: now }))
        .then(answer => {
          open--
          Object.assign(question, { answer, isOpen: false })
        })
    },
    forget: key => void questions.delete(key),
  }
}

const wordsOf = (error: unknown): string => error instanceof Error ? error.message : String(error)
