/** The programs of the image, each by the name of its file there. */
export const programs = { operator: 'operator/main.ts', admission: 'webhooks/main.ts', resolver: 'operator/resolver/main.ts' } as const

export type ProgramName = keyof typeof programs

export const programNames = Object.keys(programs) as ProgramName[]
