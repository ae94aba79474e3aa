import test from 'ava'
import { ApiError, createClient } from '../operator/runtime/client.ts'
import type { ApiResponse } from '../operator/runtime/transport.ts'
import { createInstance } from './create.ts'

const clientOf = (answers: (ApiResponse | Error)[]) => createClient({
  request: async () => {
    const answer = answers.shift()
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked once too often')
    return answer
  },
  stream: () => Promise.reject(new Error('nothing is watched')),
  close: async () => {},
})

const answer = (status: number, reason = ''): ApiResponse => ({ status, headers: {}, body: { kind: 'Status', reason, message: reason, code: status } })

test('an instance whose creation was not answered is created again, and may be there already', async (t) => {
  await t.notThrowsAsync(createInstance(clientOf([new Error('connect timeout'), answer(409, 'AlreadyExists')]), 'web', {}))
  await t.notThrowsAsync(createInstance(clientOf([new Error('connect timeout'), answer(201)]), 'web', {}))
})

test('a refusal is no reason to try again, nor is a name that was taken before', async (t) => {
  await t.throwsAsync(createInstance(clientOf([answer(422, 'Invalid')]), 'web', {}), { instanceOf: ApiError })
  await t.throwsAsync(createInstance(clientOf([answer(409, 'AlreadyExists')]), 'web', {}), { instanceOf: ApiError })
})
